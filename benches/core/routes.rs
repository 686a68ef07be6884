//! Whole calls, from the parsed head of a request to the answer that is to be written: all that is ours between hyper's two
//! ends. Nobody is connected, and nothing is logged.

use std::{cell::Cell, sync::Arc};

use bytes::Bytes;
use divan::Bencher;
use futures_util::FutureExt;
use http_body_util::Full;
use matchmaker::{
    adapters::{
        AuthenticationOff, Gate, LoggingJournal, ManualClock, RandomMatchIds, Shutdown,
        edge::{Edge, EdgeSettings},
        http::Routes,
        in_memory::{InMemoryMatchRepository, InMemoryQueueStore},
        metrics::Metrics,
        rate_limit::RateLimit,
        websocket::SocketHub,
    },
    domain::Terms,
    matchmaking::{Matchmaking, Ports},
    ports::{Clock, RepositorySettings},
};
use tower_service::Service;
use warp::{filters::BoxedFilter, http::Request, reply::Response};

use crate::crowd::{Crowd, Keys, on_own_keys, player};

fn routes(crowd: Crowd) -> BoxedFilter<(Response,)> {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::default());
    let metrics = Arc::new(Metrics::new(|| 0));
    let hub = Arc::new(SocketHub::new(Arc::clone(&clock), Arc::clone(&metrics)));
    let settings = RepositorySettings {
        match_lifetime: None,
        match_retention: std::time::Duration::from_hours(1),
        max_matches: 2_000_000,
    };
    let matchmaking = Arc::new(Matchmaking::new(Ports {
        queue: Arc::new(InMemoryQueueStore::new(crowd.settings(), Arc::clone(&clock))),
        matches: Arc::new(InMemoryMatchRepository::new(settings, Arc::clone(&clock))),
        notifier: Arc::<SocketHub>::clone(&hub),
        journal: Arc::new(LoggingJournal::new(Arc::clone(&metrics))),
        match_ids: Arc::new(RandomMatchIds),
    }));
    let calls_of_players = RateLimit::new(None, &clock);
    let routes = Routes {
        matchmaking,
        terms: Terms::default(),
        edge: Arc::new(Edge::new(EdgeSettings::default(), &clock, Arc::clone(&metrics))),
        gate: Arc::new(Gate::new(
            Arc::new(AuthenticationOff),
            calls_of_players,
            Arc::clone(&metrics),
            Arc::clone(&clock),
        )),
        hub,
        metrics,
        clock,
        shutdown: Shutdown::default(),
    };
    routes.into_filter()
}

fn ask(number: u64, amount: u64) -> Request<Full<Bytes>> {
    let player = player(number);
    let body = format!(r#"{{"game":"chess","asset":"USDT","amount":{amount},"playerId":"{player}"}}"#);
    let request = Request::post("/api/find-match").header("content-type", "application/json");
    request.body(Full::new(body.into())).expect("a request")
}

fn answer(routes: &BoxedFilter<(Response,)>, request: Request<Full<Bytes>>) -> Response {
    let answer = warp::service(routes.clone()).call(request).now_or_never().expect("nothing waits");
    let response = answer.unwrap_or_else(|never| match never {});
    assert!(response.status().is_success(), "{response:?}");
    response
}

/// Somebody who waits asks again, while a crowd waits.
#[divan::bench(args = on_own_keys(), sample_size = 32)]
fn retry(bencher: Bencher, crowd: Crowd) {
    let routes = routes(crowd);
    for number in 0..crowd.size {
        answer(&routes, ask(number, number + 1));
    }
    let last = Cell::new(0);
    let request = || {
        last.set((last.get() + 618_031) % crowd.size);
        ask(last.get(), last.get() + 1)
    };
    bencher.with_inputs(request).bench_local_values(|request| answer(&routes, request));
}

/// A whole match: of two who are new, the one asks and then the other, for a key that nobody else asks for.
#[divan::bench(sample_size = 32)]
fn ask_and_be_matched(bencher: Bencher) {
    let routes = routes(Crowd { keys: Keys::Own, size: 0 });
    let last = Cell::new(0);
    let requests = || {
        let number = last.replace(last.get() + 2);
        [ask(number, 1), ask(number + 1, 1)]
    };
    bencher.with_inputs(requests).bench_local_values(|requests| requests.map(|request| answer(&routes, request)));
}
