//! Counters and gauges, in the `OpenMetrics` text format that Prometheus reads.

#[cfg(test)]
mod tests;

use std::fmt;

use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{
        counter::{ConstCounter, Counter},
        family::Family,
        gauge::{ConstGauge, Gauge},
    },
    registry::Registry,
};

use crate::{
    domain::{Census, EndReason},
    ports::Event,
};

/// Stands before every name.
const PREFIX: &str = "matchmaker";

/// The numbers that tell how the server fares; counting is one addition, without a look-up or a lock.
pub struct Metrics {
    registry: Registry,
    registrations: Counter,
    queue_joins: Counter,
    matches_created: Counter,
    matches_carried_forward: Counter,
    matches_finished: Counter,
    tickets_ended: TicketsEnded,
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
        let mut registry = Registry::with_prefix(PREFIX);
        Self {
            registrations: counter(&mut registry, "registrations", "Player registrations on a WebSocket"),
            queue_joins: counter(&mut registry, "queue_joins", "Tickets that began to wait"),
            matches_created: counter(&mut registry, "matches_created", "Matches stored"),
            matches_carried_forward: counter(
                &mut registry,
                "matches_carried_forward",
                "Matches settled by another call than the one that paired",
            ),
            matches_finished: counter(&mut registry, "matches_finished", "Matches finished"),
            tickets_ended: TicketsEnded::register(&mut registry),
            open_connections: gauge(&mut registry, "open_connections", "TCP connections being served"),
            open_sockets: gauge(&mut registry, "open_sockets", "WebSockets open, registered or not"),
            dropped_lines: Box::new(dropped_lines),
            registry,
        }
    }

    /// Counts an event.
    pub fn count(&self, event: Event<'_>) {
        let counter = match event {
            Event::PlayerRegistered(..) => &self.registrations,
            Event::QueueJoined(..) => &self.queue_joins,
            Event::MatchCreated(..) => &self.matches_created,
            Event::MatchCarriedForward(..) => &self.matches_carried_forward,
            Event::MatchFinished(..) => &self.matches_finished,
            Event::TicketEnded(ended) => self.tickets_ended.counter(ended.reason),
        };
        counter.inc();
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
        if let Some(census) = census {
            let mut read = |name: &str, help: &str, count: usize| {
                registry.register(name, help, ConstGauge::new(count as u64));
            };
            read("waiting_players", "Players who wait in a queue", census.waiting);
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

fn counter(registry: &mut Registry, name: &str, help: &str) -> Counter {
    let counter = Counter::default();
    registry.register(name, help, counter.clone());
    counter
}

fn gauge(registry: &mut Registry, name: &str, help: &str) -> Gauge {
    let gauge = Gauge::default();
    registry.register(name, help, gauge.clone());
    gauge
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

/// One counter a reason, all of them there from the start.
struct TicketsEnded {
    left: Counter,
    expired: Counter,
    disconnected: Counter,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabel {
    reason: &'static str,
}

impl TicketsEnded {
    fn register(registry: &mut Registry) -> Self {
        let family = Family::<ReasonLabel, Counter>::default();
        registry.register("tickets_ended", "Tickets that ended without a match, by reason", family.clone());
        let of = |reason: EndReason| family.get_or_create_owned(&ReasonLabel { reason: reason.as_str() });
        Self { left: of(EndReason::Left), expired: of(EndReason::Expired), disconnected: of(EndReason::Disconnected) }
    }

    const fn counter(&self, reason: EndReason) -> &Counter {
        match reason {
            EndReason::Left => &self.left,
            EndReason::Expired => &self.expired,
            EndReason::Disconnected => &self.disconnected,
        }
    }
}
