use std::{net::SocketAddr, panic::AssertUnwindSafe};

use futures_util::FutureExt;
use hyper::{Request, body::Incoming};
use tower_service::Service;
use warp::{filters::BoxedFilter, reply::Response};

use super::{check_target, token::with_token};
use crate::adapters::problem::Problem;

/// Where every request comes in, whatever it asks for, and every answer goes out.
pub struct Front {
    routes: BoxedFilter<(Response,)>,
}

impl Front {
    /// Stands before these routes.
    #[must_use]
    pub const fn new(routes: BoxedFilter<(Response,)>) -> Self {
        Self { routes }
    }

    /// Answers a request that came over a connection from `_peer`, whatever becomes of it.
    pub(crate) async fn answer(&self, _peer: SocketAddr, request: Request<Incoming>) -> Response {
        if let Err(problem) = check_target(request.uri()) {
            return problem.into_response();
        }
        let request = with_token(request);
        let (method, target) = (request.method().clone(), request.uri().clone());
        match AssertUnwindSafe(warp::service(self.routes.clone()).call(request)).catch_unwind().await {
            Ok(Ok(response)) => response,
            Err(_) => {
                tracing::error!(%method, %target, "a request ended in a panic");
                Problem::internal().into_response()
            }
        }
    }
}
