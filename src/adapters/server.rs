//! The ports: connections in, warp's routes behind them, and an orderly end.

mod acceptor;
mod connection;
mod listeners;
pub mod wire;
mod workers;

use std::{sync::Arc, time::Duration};

use acceptor::Acceptor;
use connection::FIRST_HEAD_TIME;
pub use listeners::{ListenError, Listeners};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, mpsc},
};
pub use workers::Workers;

use super::{
    edge::{Edge, EdgeSettings},
    http::{Account, Front, Routes},
    metrics::Metrics,
    shutdown::Shutdown,
    websocket::SocketHub,
    within::within,
};
use crate::ports::Clock;

/// How many refused connections are read on at the same time after their answer.
const MAX_REFUSALS: usize = 128;

/// How many connections operators may have open at once. They are few, and out of the descriptors that are kept free of
/// clients, so that no crowd of these can keep those out.
const MAX_OPERATIONS_CONNECTIONS: usize = 64;

/// How many of those one address may have, so that a tool that leaks connections keeps nobody out who has another.
const MAX_OPERATIONS_CONNECTIONS_PER_ADDRESS: usize = 16;

/// How long a connection of operators may wait for its next request: no longer than for its first, since no user meets the
/// error of a probe or a scrape that comes too late, and idle ones take the places of others.
const OPERATIONS_KEEP_ALIVE: Duration = FIRST_HEAD_TIME;

/// How many refused connections of operators are read on at the same time.
const MAX_OPERATIONS_REFUSALS: usize = 8;

const OPERATIONS: ServerSettings =
    ServerSettings { max_connections: MAX_OPERATIONS_CONNECTIONS, keep_alive: OPERATIONS_KEEP_ALIVE };

/// How long connections are kept once the server is going away, so that what was sent before is read and answered.
const LAST_CALL: Duration = Duration::from_millis(500);

/// How long requests in flight may take after that.
const REQUESTS_TIME: Duration = Duration::from_secs(4);

/// How long the sockets may take to close after that; each has two seconds from its close frame on.
const SOCKETS_TIME: Duration = Duration::from_millis(2500);

/// How many connections there may be, and how long they live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerSettings {
    /// The most connections that may be open at once, sockets included.
    pub max_connections: usize,
    /// How long a connection may wait for its next request.
    pub keep_alive: Duration,
}

/// Serves routes until the server is to go away.
pub struct Server {
    /// Where connections come in.
    pub listeners: Listeners,
    /// What answers them.
    pub routes: Routes,
    /// How many there may be, and how long they live.
    pub settings: ServerSettings,
    /// Whether every request is logged.
    pub access_log: bool,
    /// The threads on which clients are served; without any, they are on the runtime that runs the server.
    pub workers: Workers,
}

impl Server {
    /// Serves until the shutdown begins, then answers the requests in flight, closes the sockets and returns: within
    /// eight seconds, whatever clients do. Operators who have a port of their own are served for as long as that takes.
    pub async fn run(self) {
        let Self { listeners, routes, settings, access_log, workers } = self;
        let (hub, shutdown, clock) = (Arc::clone(&routes.hub), routes.shutdown.clone(), Arc::clone(&routes.clock));
        let metrics = Arc::clone(&routes.metrics);
        let account = Account { metrics: Arc::clone(&metrics), clock: Arc::clone(&clock), access_log };
        let port = |listener, front, settings, refusals, shutdown, workers| {
            Port::new(
                listener,
                front,
                (settings, refusals),
                Arc::clone(&metrics),
                Arc::clone(&clock),
                shutdown,
                workers,
            )
        };
        let edge = Arc::clone(&routes.edge);
        let (routes, operations) = match listeners.operations {
            None => (routes.into_filter(), None),
            Some(listener) => {
                let [routes, operations] = routes.into_two_filters();
                let edge = Edge::new(edge_of_operators(), &clock, Arc::clone(&metrics));
                let front = Front::new(operations, Arc::new(edge), account.clone());
                let end = Shutdown::default();
                // On the server's own runtime, where no client keeps an operator waiting.
                let port = port(listener, front, OPERATIONS, MAX_OPERATIONS_REFUSALS, end.clone(), Workers::default());
                (routes, Some((port, end)))
            }
        };
        let front = Front::new(routes, edge, account);
        let public = port(listeners.public, front, settings, MAX_REFUSALS, shutdown.clone(), workers);
        let operations = operations.map(|(port, end)| {
            let ending = (end.clone(), Arc::clone(&clock));
            (end, tokio::spawn(async move { port.serve_operators(&ending.0, &*ending.1).await }))
        });
        public.serve(&shutdown, &hub, &*clock).await;
        if let Some((end, served)) = operations {
            end.begin();
            served.await.unwrap_or_else(|error| tracing::error!(%error, "the operators' port ended in a panic"));
        }
    }
}

/// Operators are let in as they come, each address with its share of the places.
fn edge_of_operators() -> EdgeSettings {
    let max_connections_per_address = Some(MAX_OPERATIONS_CONNECTIONS_PER_ADDRESS);
    EdgeSettings { max_connections_per_address, ..EdgeSettings::default() }
}

/// An open port, and word of when what came in there is done.
struct Port {
    acceptor: Acceptor,
    requests_done: mpsc::Receiver<()>,
    connections_done: mpsc::Receiver<()>,
}

impl Port {
    fn new(
        listener: TcpListener,
        front: Front,
        (settings, refusals): (ServerSettings, usize),
        metrics: Arc<Metrics>,
        clock: Arc<dyn Clock>,
        shutdown: Shutdown,
        workers: Workers,
    ) -> Self {
        let (requests, requests_done) = mpsc::channel(1);
        let (connections, connections_done) = mpsc::channel(1);
        let acceptor = Acceptor {
            listener,
            front: Arc::new(front),
            metrics,
            clock,
            shutdown,
            keep_alive: settings.keep_alive,
            slots: Arc::new(Semaphore::new(settings.max_connections.min(Semaphore::MAX_PERMITS))),
            refusals: Arc::new(Semaphore::new(refusals)),
            requests,
            connections,
            workers,
        };
        Self { acceptor, requests_done, connections_done }
    }

    /// Serves until the shutdown begins, then finishes what is in flight and closes the sockets.
    async fn serve(self, shutdown: &Shutdown, sockets: &SocketHub, clock: &dyn Clock) {
        let Self { acceptor, mut requests_done, mut connections_done } = self;
        acceptor.accept().await;
        within(requests_done.recv(), LAST_CALL, clock).await;
        shutdown.close_connections();
        within(requests_done.recv(), REQUESTS_TIME, clock).await;
        sockets.close_all();
        within(connections_done.recv(), SOCKETS_TIME, clock).await;
        shutdown.complete();
    }

    /// Serves until the shutdown begins; nobody waits long for what operators ask then.
    async fn serve_operators(self, shutdown: &Shutdown, clock: &dyn Clock) {
        let Self { acceptor, mut requests_done, .. } = self;
        acceptor.accept().await;
        shutdown.close_connections();
        within(requests_done.recv(), LAST_CALL, clock).await;
        shutdown.complete();
    }
}
