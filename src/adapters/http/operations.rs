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
    domain::{Asset, Census, Game, Terms},
    matchmaking::Matchmaking,
};

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

pub(super) fn routes(
    matchmaking: &Arc<Matchmaking>,
    terms: &Terms,
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
    let (matchmaking, listed) = (Arc::clone(matchmaking), listed(terms));
    let metrics = warp::path!("metrics").and(warp::method()).then(move |method: Method| {
        let (matchmaking, metrics, listed) = (Arc::clone(&matchmaking), Arc::clone(&metrics), Arc::clone(&listed));
        answer(Route::Metrics, async move {
            only_get(&method)?;
            let census = matchmaking.census().await.ok().map(|mut census| {
                for pair in listed.iter() {
                    census.waiting_by_game.entry(pair.clone()).or_default();
                }
                census
            });
            let mut response = Response::new(metrics.render(census.as_ref()).into());
            let content_type = HeaderValue::from_static(Metrics::CONTENT_TYPE);
            response.headers_mut().insert(CONTENT_TYPE, content_type);
            Ok(response)
        })
    });
    health.or(ready).unify().or(metrics).unify()
}

/// The pairs that have a series also while nobody waits for them: those of the games there are. Where they are more than a
/// census tells apart, none has, since a zero could be false then.
fn listed(terms: &Terms) -> Arc<[(Game, Asset)]> {
    let pairs = terms.games().flat_map(|game| Asset::ALL.map(|asset| (game.clone(), asset)));
    let pairs: Vec<_> = pairs.take(Census::MAX_GAMES + 1).collect();
    if pairs.len() > Census::MAX_GAMES { Arc::default() } else { pairs.into() }
}

/// Whether this is what load balancers ask, however often: it costs next to nothing, and a refusal would tell them that
/// the server is sick.
pub(super) fn is_probe(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz")
}

fn only_get(method: &Method) -> Result<(), Problem> {
    match *method {
        Method::GET | Method::HEAD => Ok(()),
        _ => Err(Problem::method_not_allowed("GET, HEAD")),
    }
}
