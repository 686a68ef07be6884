use std::{net::SocketAddr, panic::AssertUnwindSafe};

use futures_util::FutureExt;
use hyper::{Request, body::Incoming};
use tower_service::Service;
use warp::{filters::BoxedFilter, reply::Response};

use super::{
    account::{Account, logged_path},
    check_target,
};
use crate::adapters::problem::Problem;

/// Where every request comes in, whatever it asks for, and every answer goes out.
pub struct Front {
    routes: BoxedFilter<(Response,)>,
    account: Account,
}

impl Front {
    /// Stands before these routes.
    #[must_use]
    pub const fn new(routes: BoxedFilter<(Response,)>, account: Account) -> Self {
        Self { routes, account }
    }

    /// Answers a request that came over a connection from `peer`, whatever becomes of it.
    pub(crate) async fn answer(&self, peer: SocketAddr, request: Request<Incoming>) -> Response {
        self.account.of(peer, request, |request| self.respond(request)).await
    }

    async fn respond(&self, request: Request<Incoming>) -> Response {
        if let Err(problem) = check_target(request.uri()) {
            return problem.into_response();
        }
        let (method, target) = (request.method().clone(), request.uri().clone());
        match AssertUnwindSafe(warp::service(self.routes.clone()).call(request)).catch_unwind().await {
            Ok(Ok(response)) => response,
            Err(_) => {
                tracing::error!(%method, path = logged_path(&target), "a request ended in a panic");
                Problem::internal().into_response()
            }
        }
    }
}
