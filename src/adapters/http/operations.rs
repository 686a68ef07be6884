//! What operators and their tools ask: is it alive, is it ready, what does it do.

use std::sync::Arc;

use serde::Serialize;
use warp::{
    Filter, Rejection,
    http::{HeaderValue, Method, header::CONTENT_TYPE},
    reply::Response,
};

use super::{answer, ok};
use crate::{
    adapters::{
        metrics::{Metrics, Route},
        problem::Problem,
        shutdown::Shutdown,
    },
    matchmaking::Matchmaking,
};

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

pub(super) fn routes(
    matchmaking: &Arc<Matchmaking>,
    metrics: Arc<Metrics>,
    shutdown: &Shutdown,
) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let health = warp::path!("healthz").and(warp::method()).then(move |method: Method| {
        answer(Route::Health, async move {
            only_get(&method)?;
            Ok(ok(&Health { status: "ok" }))
        })
    });
    let ready = {
        let (matchmaking, shutdown) = (Arc::clone(matchmaking), shutdown.clone());
        warp::path!("readyz").and(warp::method()).then(move |method: Method| {
            let (matchmaking, shutdown) = (Arc::clone(&matchmaking), shutdown.clone());
            answer(Route::Readiness, async move {
                only_get(&method)?;
                if shutdown.is_announced() {
                    return Err(Problem::shutting_down());
                }
                matchmaking.census().await?;
                Ok(ok(&Health { status: "ready" }))
            })
        })
    };
    let matchmaking = Arc::clone(matchmaking);
    let metrics = warp::path!("metrics").and(warp::method()).then(move |method: Method| {
        let (matchmaking, metrics) = (Arc::clone(&matchmaking), Arc::clone(&metrics));
        answer(Route::Metrics, async move {
            only_get(&method)?;
            let census = matchmaking.census().await.ok();
            let mut response = Response::new(metrics.render(census.as_ref()).into());
            let content_type = HeaderValue::from_static(Metrics::CONTENT_TYPE);
            response.headers_mut().insert(CONTENT_TYPE, content_type);
            Ok(response)
        })
    });
    health.or(ready).unify().or(metrics).unify()
}

/// Whether this path is one of theirs.
pub(super) fn is_path(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz" | "/metrics")
}

fn only_get(method: &Method) -> Result<(), Problem> {
    match *method {
        Method::GET | Method::HEAD => Ok(()),
        _ => Err(Problem::method_not_allowed("GET, HEAD")),
    }
}
