use std::{net::SocketAddr, panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt;
use hyper::{Request, body::Incoming, upgrade::OnUpgrade};
use tower_service::Service;
use warp::{filters::BoxedFilter, reply::Response};

use super::{
    account::{Account, logged_path},
    body::carry_announcement,
    cors, head, operations,
    token::carry_token,
};
use crate::adapters::{
    connection::{ConnectionSlot, Guest},
    edge::{Client, Edge, Page},
    metrics::Metrics,
    problem::Problem,
};

/// Where every request comes in, whatever it asks for, and every answer goes out.
pub struct Front {
    routes: BoxedFilter<(Response,)>,
    edge: Arc<Edge>,
    account: Account,
}

impl Front {
    /// Stands before these routes, for those whom the edge lets in.
    #[must_use]
    pub const fn new(routes: BoxedFilter<(Response,)>, edge: Arc<Edge>, account: Account) -> Self {
        Self { routes, edge, account }
    }

    /// What lets clients in.
    pub(crate) fn edge(&self) -> &Edge {
        &self.edge
    }

    /// Where refusals are counted that come before any request.
    pub(crate) const fn metrics(&self) -> &Arc<Metrics> {
        &self.account.metrics
    }

    /// Answers a request that came over a connection from `peer`, whatever becomes of it.
    pub(crate) fn answer(
        &self,
        peer: SocketAddr,
        slot: &ConnectionSlot,
        mut request: Request<Incoming>,
    ) -> impl Future<Output = Response> {
        let client = self.edge.client(peer.ip(), request.headers());
        if request.extensions().get::<OnUpgrade>().is_some() {
            request.extensions_mut().insert(Guest { client, slot: slot.clone() });
        }
        self.account.of(client.address, request, move |request| self.respond(client, request))
    }

    async fn respond(&self, client: Client, request: Request<Incoming>) -> Response {
        let page = self.edge.origins().page(request.headers());
        let mut response = match self.admit(client, &request) {
            Err(refusal) => *refusal,
            Ok(()) if matches!(page, Page::Listed(_)) && cors::is_preflight(&request) => cors::preflight(),
            Ok(()) => self.route(request).await,
        };
        if let Page::Listed(origin) = page {
            cors::open(response.headers_mut(), origin);
        }
        if !self.edge.origins().is_empty() {
            cors::vary(response.headers_mut());
        }
        response
    }

    /// Lets a request in.
    fn admit(&self, client: Client, request: &Request<Incoming>) -> Result<(), Box<Response>> {
        head::check(request)?;
        if !operations::is_probe(request.uri().path()) {
            self.edge.admit_call(client).map_err(|problem| Box::new(problem.into_response()))?;
        }
        Ok(())
    }

    /// Has the routes answer.
    async fn route(&self, mut request: Request<Incoming>) -> Response {
        if let Err(problem) = head::check_target(request.uri()) {
            return problem.into_response();
        }
        carry_token(&mut request);
        carry_announcement(&mut request);
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
