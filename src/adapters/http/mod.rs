//! The HTTP side: routes, and what is sent over them.

mod account;
mod body;
mod cors;
mod find_match;
mod front;
mod head;
mod matches;
mod operations;
mod token;

use std::{borrow::Cow, convert::Infallible, future::Future, sync::Arc};

use bytes::Bytes;
use futures_util::FutureExt;
use percent_encoding::percent_decode_str;
use serde::Serialize;
use warp::{
    Filter, Rejection,
    filters::BoxedFilter,
    http::{HeaderValue, Method, header::CONTENT_TYPE},
    reply::Response,
};

pub use account::Account;
use body::Announcement;
#[cfg(feature = "testing")]
pub(crate) use find_match::read_request;
pub use front::Front;
pub(crate) use token::Token;
use token::token;

use super::{
    call,
    edge::Edge,
    gate::Gate,
    metrics::{Limit, Metrics, Route},
    problem::{Code, Problem},
    shutdown::Shutdown,
    websocket::{self, SocketHub},
};
use crate::{domain::Terms, matchmaking::Matchmaking, ports::Clock};

/// What the routes are served from.
pub struct Routes {
    /// The use cases.
    pub matchmaking: Arc<Matchmaking>,
    /// What every client has to pass.
    pub edge: Arc<Edge>,
    /// On which terms players may be paired.
    pub terms: Terms,
    /// What every call has to pass.
    pub gate: Arc<Gate>,
    /// The open sockets.
    pub hub: Arc<SocketHub>,
    /// What is measured.
    pub metrics: Arc<Metrics>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Whether the server is going away.
    pub shutdown: Shutdown,
}

impl Routes {
    /// Every route of the product, as one filter that answers every request.
    #[must_use]
    pub fn into_filter(self) -> BoxedFilter<(Response,)> {
        let operations = self.operations();
        let (find_match, others) = self.calls();
        let others = others.or(operations).unify().boxed();
        find_match.or(others).unify().recover(recover).unify().boxed()
    }

    /// What the public and what the operators have, each as one filter that answers every request.
    #[must_use]
    pub fn into_two_filters(self) -> [BoxedFilter<(Response,)>; 2] {
        let operations = self.operations().recover(recover).unify().boxed();
        let (find_match, others) = self.calls();
        [find_match.or(others.boxed()).unify().recover(recover).unify().boxed(), operations]
    }

    fn operations(&self) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
        operations::routes(&self.matchmaking, &self.terms, Arc::clone(&self.metrics), &self.shutdown)
    }

    /// The call that nearly all of them are, and the others, which are to be boxed: each request clones all that it might
    /// have to try next.
    fn calls(
        self,
    ) -> (
        impl Filter<Extract = (Response,), Error = Rejection> + Clone,
        impl Filter<Extract = (Response,), Error = Rejection> + Clone,
    ) {
        let Self { matchmaking, terms, edge, gate, hub, metrics, clock, shutdown } = self;
        let api = Arc::new(Api {
            matchmaking: Arc::clone(&matchmaking),
            terms,
            gate: Arc::clone(&gate),
            metrics: Arc::clone(&metrics),
            clock: Arc::clone(&clock),
            shutdown: shutdown.clone(),
        });
        let surroundings = websocket::Surroundings { matchmaking, edge, gate, hub, metrics, clock, shutdown };
        let sockets = websocket::route(Arc::new(surroundings)).map(|response| {
            call::is_for(Route::WebSocket);
            response
        });
        let others = standing_route(Arc::clone(&api))
            .or(match_route(Arc::clone(&api)))
            .unify()
            .or(finish_route(Arc::clone(&api)))
            .unify()
            .or(sockets)
            .unify();
        (find_match_route(api), others)
    }
}

/// What the calls of players and game servers are answered from.
struct Api {
    matchmaking: Arc<Matchmaking>,
    terms: Terms,
    gate: Arc<Gate>,
    metrics: Arc<Metrics>,
    clock: Arc<dyn Clock>,
    shutdown: Shutdown,
}

impl Api {
    /// Nothing new is begun by a server that is going away.
    fn check_open(&self) -> Result<(), Problem> {
        if self.shutdown.has_begun() { Err(Problem::shutting_down()) } else { Ok(()) }
    }
}

fn find_match_route(api: Arc<Api>) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone {
    warp::path!("api" / "find-match")
        .and(warp::method())
        .and(token())
        .and(body::announcement())
        .and(warp::body::stream())
        .then(move |method, token: Token, announcement: Announcement, body| {
            let api = Arc::clone(&api);
            answer(Route::FindMatch, async move {
                api.check_open()?;
                if method != Method::POST {
                    return Err(Problem::method_not_allowed("POST"));
                }
                let caller = match token.caller(&api.gate).await {
                    Ok(caller) => caller,
                    Err(problem) => {
                        body::ignore(body, &api.clock);
                        return Err(problem);
                    }
                };
                let body = body::read(announcement, body, &api.clock, &api.metrics).await.inspect_err(|problem| {
                    if problem.code() == Code::BodyTooLarge {
                        api.metrics.limit_hit(Limit::Body);
                    }
                })?;
                announcement.check_media_type()?;
                find_match::find(&api, &caller, &body).await
            })
        })
}

fn standing_route(api: Arc<Api>) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone {
    warp::path!("api" / "find-match" / String).and(warp::method()).and(token()).then(
        move |player: String, method, token: Token| {
            let api = Arc::clone(&api);
            let route = if method == Method::DELETE { Route::Leave } else { Route::Standing };
            answer(route, async move {
                api.check_open()?;
                if !matches!(method, Method::GET | Method::HEAD | Method::DELETE) {
                    return Err(Problem::method_not_allowed("GET, HEAD, DELETE"));
                }
                let caller = token.caller(&api.gate).await?;
                if method == Method::DELETE {
                    find_match::leave(&api, &caller, &player).await
                } else {
                    find_match::standing(&api, &caller, &player).await
                }
            })
        },
    )
}

fn match_route(api: Arc<Api>) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone {
    warp::path!("api" / "match" / String).and(warp::method()).and(token()).then(
        move |id: String, method, token: Token| {
            let api = Arc::clone(&api);
            answer(Route::Match, async move {
                api.check_open()?;
                if !matches!(method, Method::GET | Method::HEAD) {
                    return Err(Problem::method_not_allowed("GET, HEAD"));
                }
                let caller = token.caller(&api.gate).await?;
                matches::get(&api, &caller, &id).await
            })
        },
    )
}

fn finish_route(api: Arc<Api>) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone {
    warp::path!("api" / "match" / String / "finish").and(warp::method()).and(token()).and(warp::body::stream()).then(
        move |id: String, method, token: Token, body| {
            let api = Arc::clone(&api);
            body::ignore(body, &api.clock);
            answer(Route::Finish, async move {
                api.check_open()?;
                if method != Method::POST {
                    return Err(Problem::method_not_allowed("POST"));
                }
                let caller = token.caller(&api.gate).await?;
                matches::finish(&api, &caller, &id).await
            })
        },
    )
}

fn no_such_path() -> Problem {
    Problem::not_found("no such path; a trailing slash makes another path")
}

/// The one place where a rejection becomes an answer.
async fn recover(rejection: Rejection) -> Result<Response, Infallible> {
    let problem = if rejection.is_not_found() {
        no_such_path()
    } else {
        tracing::error!(?rejection, "a request was rejected for a reason that no route should have");
        Problem::internal()
    };
    Ok(problem.into_response())
}

/// What becomes of a call that asks for this. No async function, which would keep room for the future twice, and copy it from
/// one place to the other.
fn answer(route: Route, result: impl Future<Output = Result<Response, Problem>>) -> impl Future<Output = Response> {
    call::is_for(route);
    result.map(|result| result.unwrap_or_else(Problem::into_response))
}

fn ok(document: &impl Serialize) -> Response {
    let body = serde_json::to_vec(document).expect("an answer has string keys only");
    let mut response = Response::new(Bytes::from(body).into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Decodes a path segment once. What is no UTF-8 then can be no id either.
fn decode(segment: &str) -> Cow<'_, str> {
    percent_decode_str(segment).decode_utf8_lossy()
}
