//! Counters, gauges and histograms, in the `OpenMetrics` text format that Prometheus reads.

mod each;
mod label;
#[cfg(test)]
mod tests;

use std::{fmt, time::Duration};

use prometheus_client::{
    encoding::text,
    metrics::{
        counter::{ConstCounter, Counter},
        gauge::{ConstGauge, Gauge},
        histogram::Histogram,
        info::Info,
    },
    registry::{Metric, Registry, Unit},
};
use warp::http::StatusCode;

use each::{Each, WaitingPlayers};
use label::{Close, Label, Status};
pub(crate) use label::{Limit, Push, Route, StoreCall};

use crate::{
    domain::{Census, EndReason},
    ports::{CarriedBy, Event},
};

/// Stands before every name.
const PREFIX: &str = "matchmaker";

/// How long the server takes for something, in seconds: from what is too fast to matter to what nobody waits for.
const SERVER_TIMES: [f64; 17] =
    [50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// How long a player waits for another, in seconds.
const WAITING_TIMES: [f64; 14] = [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0];

/// The numbers that tell how the server fares; counting is an addition or two, without a look-up.
pub struct Metrics {
    registry: Registry,
    requests: Each<(Route, Status), Counter>,
    request_times: Each<Route, Histogram>,
    registrations: Counter,
    queue_joins: Counter,
    matches_created: Counter,
    matches_carried_forward: Each<CarriedBy, Counter>,
    matches_finished: Counter,
    tickets_ended: Each<EndReason, Counter>,
    times_to_match: Histogram,
    times_to_tell: Histogram,
    pushes_queued: Each<Push, Counter>,
    pushes_sent_at_registration: Counter,
    pushes_dropped: Each<Push, Counter>,
    sockets_closed: Each<Close, Counter>,
    limits_hit: Each<Limit, Counter>,
    store_calls: Each<StoreCall, Counter>,
    store_call_times: Histogram,
    open_connections: Gauge,
    open_sockets: Gauge,
    dropped_lines: Box<dyn Fn() -> u64 + Send + Sync>,
}

impl Metrics {
    /// The content type of what [`render`](Self::render) writes.
    pub const CONTENT_TYPE: &'static str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /// Metrics that all stand at zero; `dropped_lines` tells how many log lines were dropped since the start.
    #[must_use]
    pub fn new(dropped_lines: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        let mut all = Registration(Registry::with_prefix(PREFIX));
        all.0.register("build", "What is running", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        Self {
            requests: all.each("http_requests", "Requests answered, by route and status"),
            request_times: all.times_of_each(
                "http_request_duration",
                "From a request's head to the head of its answer, by route",
                &SERVER_TIMES,
            ),
            registrations: all.one("registrations", "Player registrations on a WebSocket"),
            queue_joins: all.one("queue_joins", "Tickets that began to wait"),
            matches_created: all.one("matches_created", "Matches stored"),
            matches_carried_forward: all
                .each("matches_carried_forward", "Matches settled by another than the call that paired, by whom"),
            matches_finished: all.one("matches_finished", "Matches finished"),
            tickets_ended: all.each("tickets_ended", "Tickets that ended without a match, by reason"),
            times_to_match: all.times(
                "time_to_match",
                "How long the first player of a match had waited when it was paired",
                &WAITING_TIMES,
            ),
            times_to_tell: all.times(
                "time_to_tell",
                "From a pairing to its match_found written on a socket that was registered already",
                &SERVER_TIMES,
            ),
            pushes_queued: all.each("pushes_queued", "Messages queued for a socket, by type"),
            pushes_sent_at_registration: all.one(
                "pushes_sent_at_registration",
                "match_found sent to who registers while in a match, first or again; queued too",
            ),
            pushes_dropped: all
                .each("pushes_dropped", "Messages not written, since their socket was full or closed, by type"),
            sockets_closed: all.each(
                "sockets_closed",
                "WebSockets ended, by the code that the server closed them with, or by the client",
            ),
            limits_hit: all.each("limits_hit", "Times somebody was turned away at a bound, by bound"),
            store_calls: all.each("store_calls", "Calls to a store that is shared with other servers, by outcome"),
            store_call_times: all.times(
                "store_call_duration",
                "From a call to a shared store, with its wait for its turn, to its answer or its end",
                &SERVER_TIMES,
            ),
            open_connections: all.one("open_connections", "TCP connections being served"),
            open_sockets: all.one("open_sockets", "WebSockets open, registered or not"),
            dropped_lines: Box::new(dropped_lines),
            registry: all.0,
        }
    }

    /// Counts an event.
    pub fn count(&self, event: Event<'_>) {
        let counter = match event {
            Event::PlayerRegistered(..) => &self.registrations,
            Event::QueueJoined(..) => &self.queue_joins,
            Event::MatchCreated(match_) => {
                self.times_to_match.observe(match_.waited().as_secs_f64());
                &self.matches_created
            }
            Event::MatchCarriedForward(_, by) => self.matches_carried_forward.of(by),
            Event::MatchFinished(..) => &self.matches_finished,
            Event::TicketEnded(ended) => self.tickets_ended.of(ended.reason),
        };
        counter.inc();
    }

    /// A request was answered.
    pub(crate) fn answered(&self, route: Route, status: StatusCode, time: Duration) {
        self.requests.of((route, Status::of(status.as_str()))).inc();
        self.request_times.of(route).observe(time.as_secs_f64());
    }

    /// A message waits to be written on a socket.
    pub(crate) fn push_queued(&self, push: Push) {
        self.pushes_queued.of(push).inc();
    }

    /// A player was told at his registration of the match that he stands in.
    pub(crate) fn push_sent_at_registration(&self) {
        self.pushes_sent_at_registration.inc();
    }

    /// A message will not be written.
    pub(crate) fn push_dropped(&self, push: Push) {
        self.pushes_dropped.of(push).inc();
    }

    /// A `match_found` was written on a socket, so long after the pairing.
    pub(crate) fn told(&self, time: Duration) {
        self.times_to_tell.observe(time.as_secs_f64());
    }

    /// A socket was closed with this code; with none, the client ended it.
    pub(crate) fn socket_closed(&self, code: Option<u16>) {
        self.sockets_closed.of(Close::of(code)).inc();
    }

    /// Somebody was turned away at a bound.
    pub(crate) fn limit_hit(&self, limit: Limit) {
        self.limits_hit.of(limit).inc();
    }

    /// A call to a shared store has ended.
    pub(crate) fn store_called(&self, outcome: StoreCall, time: Duration) {
        self.store_calls.of(outcome).inc();
        self.store_call_times.observe(time.as_secs_f64());
    }

    /// A TCP connection is served for as long as the answer lives.
    pub fn open_connection(&self) -> Open {
        Open::new(&self.open_connections)
    }

    /// A WebSocket is open for as long as the answer lives.
    pub fn open_socket(&self) -> Open {
        Open::new(&self.open_sockets)
    }

    /// Every metric as it is now. Without a census its gauges are left out: a gap is true, an old number is not.
    #[must_use]
    pub fn render(&self, census: Option<&Census>) -> String {
        encoded(&self.registry) + &encoded(&self.read_now(census)) + "# EOF\n"
    }

    /// What is kept elsewhere, and read for each rendering.
    fn read_now(&self, census: Option<&Census>) -> Registry {
        let mut registry = Registry::with_prefix(PREFIX);
        let dropped = ConstCounter::new((self.dropped_lines)());
        registry.register("log_lines_dropped", "Log lines that were not written, for want of room or output", dropped);
        let reachable = ConstGauge::new(u64::from(census.is_some()));
        registry.register("stores_reachable", "Whether both stores answer", reachable);
        if let Some(census) = census {
            let waiting = WaitingPlayers::of(census);
            registry.register("waiting_players", "Players who wait in a queue, by game and asset", waiting);
            let mut read = |name: &str, help: &str, count: usize| {
                registry.register(name, help, ConstGauge::new(count as u64));
            };
            read("active_matches", "Matches that players stand in", census.matches);
            read("connected_players", "Players with a live WebSocket", census.connected);
        }
        registry
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Metrics").finish_non_exhaustive()
    }
}

fn encoded(registry: &Registry) -> String {
    let mut encoded = String::with_capacity(4096);
    text::encode_registry(&mut encoded, registry).expect("a String takes whatever is written to it");
    encoded
}

/// What is registered, one after the other.
struct Registration(Registry);

impl Registration {
    fn one<M: Metric + Clone + Default>(&mut self, name: &str, help: &str) -> M {
        let metric = M::default();
        self.0.register(name, help, metric.clone());
        metric
    }

    fn each<L: Label>(&mut self, name: &str, help: &str) -> Each<L, Counter> {
        let counters = Each::new(Counter::default);
        self.0.register(name, help, counters.clone());
        counters
    }

    fn times(&mut self, name: &str, help: &str, buckets: &[f64]) -> Histogram {
        let histogram = Histogram::new(buckets.iter().copied());
        self.0.register_with_unit(name, help, Unit::Seconds, histogram.clone());
        histogram
    }

    fn times_of_each<L: Label>(&mut self, name: &str, help: &str, buckets: &[f64]) -> Each<L, Histogram> {
        let histograms = Each::new(|| Histogram::new(buckets.iter().copied()));
        self.0.register_with_unit(name, help, Unit::Seconds, histograms.clone());
        histograms
    }
}

/// Counts one thing as open while it lives.
#[derive(Debug)]
#[must_use = "the thing counts as open only while this lives"]
pub struct Open(Gauge);

impl Open {
    fn new(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}
