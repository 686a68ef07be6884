use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http_body_util::Full;
use hyper::{Request, body::Bytes};
use matchmaker::{
    adapters::{
        AuthenticationOff, Gate, JwtAuthenticator, LoggingJournal, ManualClock, RandomMatchIds, Shutdown,
        configuration::Order,
        edge::Edge,
        http::Routes,
        in_memory::{InMemoryMatchRepository, InMemoryQueueStore},
        metrics::Metrics,
        rate_limit::RateLimit,
        server::{Server, Workers},
        websocket::SocketHub,
    },
    domain::Timestamp,
    matchmaking::{Matchmaking, Ports},
    ports::{Authenticator, Clock},
};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::{
    Answer, Connection, Fault, Issuer, Key, Raw, Socket,
    clock::LoopClock,
    faults::{Faults, FaultyMatchRepository, FaultyQueueStore},
    request, soon,
};

/// A server as `main` builds it, on a free port, with a clock that the test moves and stores that fail on demand.
pub(crate) struct TestServer {
    pub(crate) address: SocketAddr,
    /// The operators' port, if it is another one.
    pub(crate) operations: Option<SocketAddr>,
    drain_delay: Duration,
    clock: Arc<ManualClock>,
    /// What the wall clock was set to, and when.
    wall_clock: Arc<Mutex<(Duration, Timestamp)>>,
    tending: Arc<LoopClock>,
    sweeping: Arc<LoopClock>,
    faults: Faults,
    shutdown: Shutdown,
    running: JoinHandle<()>,
}

impl TestServer {
    pub(crate) async fn start() -> Self {
        Self::with([]).await
    }

    /// A server with these flags; its players call as often as they like unless a flag says otherwise.
    pub(crate) async fn with<const N: usize>(flags: [&str; N]) -> Self {
        Self::with_flags(&flags).await
    }

    pub(crate) async fn with_flags(flags: &[&str]) -> Self {
        // The clock stands still in most tests, and so does the time in which a player may call again.
        let unlimited =
            (!flags.iter().any(|flag| flag.starts_with("--rate-limit-player"))).then_some("--rate-limit-player=0");
        let flags = flags.iter().copied();
        let flags = ["matchmaker", "--host=127.0.0.1", "--port=0"].into_iter().chain(unlimited).chain(flags);
        let order = Order::read(flags.map(Into::into)).expect("flags that the program takes");
        let Order::Serve(configuration) = order else { panic!("not the flags of a server: {order:?}") };
        let settings = configuration.network.server_settings(4096).expect("as many connections as asked for");
        let listeners = configuration.network.listen().expect("free ports");
        let address = listeners.public.local_addr().expect("an address");
        let operations = listeners.operations.as_ref().map(|listener| listener.local_addr().expect("an address"));

        let manual = Arc::new(ManualClock::default());
        let wall_clock = Arc::new(Mutex::new((Issuer::NOW, manual.now())));
        let clock: Arc<dyn Clock> = Arc::<ManualClock>::clone(&manual);
        let (tending, sweeping) = (LoopClock::new(&manual), LoopClock::new(&manual));
        let metrics = Arc::new(Metrics::new(|| 0));
        let hub = Arc::new(SocketHub::new(Arc::<LoopClock>::clone(&tending), Arc::clone(&metrics)));
        let faults = Faults::default();
        let queue = InMemoryQueueStore::new(configuration.queue_settings(), Arc::clone(&clock));
        let matches = InMemoryMatchRepository::new(configuration.repository_settings(), Arc::clone(&clock));
        let matchmaking = Arc::new(Matchmaking::new(Ports {
            queue: Arc::new(FaultyQueueStore { store: queue, faults: faults.clone() }),
            matches: Arc::new(FaultyMatchRepository { repository: matches, faults: faults.clone() }),
            notifier: Arc::<SocketHub>::clone(&hub),
            journal: Arc::new(LoggingJournal::new(Arc::clone(&metrics))),
            match_ids: Arc::new(RandomMatchIds),
        }));
        let jwt = configuration.identity.jwt().expect("settings that do not contradict each other");
        let authenticator: Arc<dyn Authenticator> = match jwt {
            None => Arc::new(AuthenticationOff),
            Some(jwt) => {
                let (wall_clock, manual) = (Arc::clone(&wall_clock), Arc::clone(&manual));
                let authenticator = JwtAuthenticator::new(jwt, Arc::clone(&clock)).expect("keys that can be used");
                Arc::new(authenticator.with_unix_time(move || {
                    let (set_to, set_at) = *wall_clock.lock().unwrap_or_else(PoisonError::into_inner);
                    set_to.saturating_add(manual.now().since(set_at))
                }))
            }
        };
        let shutdown = Shutdown::default();
        let calls_of_players = RateLimit::new(configuration.calls_of_players(), &clock);
        let routes = Routes {
            matchmaking: Arc::clone(&matchmaking),
            terms: configuration.terms().clone(),
            edge: Arc::new(Edge::new(configuration.edge_settings(), &clock, Arc::clone(&metrics))),
            gate: Arc::new(Gate::new(authenticator, calls_of_players, Arc::clone(&metrics), Arc::clone(&clock))),
            hub: Arc::clone(&hub),
            metrics,
            clock,
            shutdown: shutdown.clone(),
        };
        let server = Server { listeners, routes, settings, access_log: false, workers: Workers::default() };
        tokio::spawn(hub.tend_for_ever());
        tokio::spawn(matchmaking.sweep_for_ever(Arc::<LoopClock>::clone(&sweeping)));
        let running = tokio::spawn(server.run());
        let drain_delay = configuration.network.drain_delay();
        let server = Self {
            address,
            operations,
            drain_delay,
            clock: manual,
            wall_clock,
            tending,
            sweeping,
            faults,
            shutdown,
            running,
        };
        server.pass(Duration::ZERO).await;
        server
    }

    /// Time goes by, and the housekeeping has been done when this returns.
    pub(crate) async fn pass(&self, time: Duration) {
        self.clock.advance(time);
        soon("the sockets are tended", self.tending.catch_up()).await;
        soon("a sweep is over", self.sweeping.catch_up()).await;
    }

    /// Time goes by so shortly before the next call that no housekeeping comes in between: it waits for the next `pass`.
    pub(crate) fn pass_unswept(&self, time: Duration) {
        self.clock.advance(time);
    }

    /// Somebody sets the wall clock, to so long after the epoch; that is no time that passes.
    pub(crate) fn set_wall_clock(&self, unix_time: Duration) {
        *self.wall_clock.lock().unwrap_or_else(PoisonError::into_inner) = (unix_time, self.clock.now());
    }

    /// From now on the stores' calls of this name fail like this.
    pub(crate) fn break_store(&self, verb: &'static str, fault: Fault) {
        self.faults.set(verb, Some(fault));
    }

    pub(crate) fn mend_store(&self, verb: &'static str) {
        self.faults.set(verb, None);
    }

    /// The server is told to go away, as by a signal.
    pub(crate) fn signal(&self) {
        let (shutdown, delay, clock) = (self.shutdown.clone(), self.drain_delay, Arc::clone(&self.clock));
        tokio::spawn(async move { shutdown.begin_after(delay, &*clock).await });
    }

    /// The server is to go away.
    pub(crate) fn shut_down(&self) {
        self.shutdown.begin();
    }

    /// Returns once the server is gone.
    pub(crate) async fn gone(&mut self) {
        soon("the server is gone", &mut self.running).await.expect("the server does not panic");
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.running.is_finished()
    }

    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Answer {
        Connection::open(self.address).await.send(request).await
    }

    pub(crate) async fn call(&self, method: &str, target: &str) -> Answer {
        self.send(request(method, target).body(Full::default()).expect("a request")).await
    }

    pub(crate) async fn get(&self, target: &str) -> Answer {
        self.call("GET", target).await
    }

    pub(crate) async fn post(&self, target: &str, content_type: &str, body: impl Into<Bytes>) -> Answer {
        let request = request("POST", target).header("content-type", content_type);
        self.send(request.body(Full::new(body.into())).expect("a request")).await
    }

    /// Asks with this body.
    pub(crate) async fn ask(&self, body: impl Into<Bytes>) -> Answer {
        self.post("/api/find-match", "application/json", body).await
    }

    pub(crate) async fn find(&self, player: &str, key: Key) -> Answer {
        self.ask(key.body(player)).await
    }

    pub(crate) async fn standing(&self, player: &str) -> Answer {
        self.get(&format!("/api/find-match/{player}")).await
    }

    pub(crate) async fn leave(&self, player: &str) -> Answer {
        self.call("DELETE", &format!("/api/find-match/{player}")).await
    }

    pub(crate) async fn match_(&self, id: &str) -> Answer {
        self.get(&format!("/api/match/{id}")).await
    }

    pub(crate) async fn finish(&self, id: &str) -> Answer {
        self.call("POST", &format!("/api/match/{id}/finish")).await
    }

    /// Both ask under the key, one after the other; gives the match they are in.
    pub(crate) async fn pair(&self, first: &str, second: &str, key: Key) -> String {
        self.find(first, key).await.assert_waiting();
        self.find(second, key).await.match_id()
    }

    pub(crate) async fn assert_standing(&self, player: &str, standing: Value) {
        self.standing(player).await.assert_ok(&standing);
    }

    pub(crate) async fn assert_idle(&self, player: &str) {
        self.assert_standing(player, json!({"status": "idle"})).await;
    }

    pub(crate) async fn assert_matched(&self, player: &str, id: &str) {
        self.assert_standing(player, json!({"status": "matched", "matchId": id})).await;
    }

    /// A WebSocket that has not registered.
    pub(crate) async fn open_socket(&self) -> Socket {
        Socket::open(self.address, "/ws").await
    }

    /// A WebSocket registered for a player who is idle.
    pub(crate) async fn connect(&self, player: &str) -> Socket {
        self.reconnect(player, "idle").await
    }

    /// A WebSocket registered for a player who stands like this.
    pub(crate) async fn reconnect(&self, player: &str, status: &str) -> Socket {
        let mut socket = self.open_socket().await;
        socket.register(player).await;
        socket.expect_registered(player, status).await;
        socket
    }

    pub(crate) async fn raw(&self) -> Raw {
        Raw::open(self.address).await
    }

    /// The value of one series, or, named without labels, the sum of a metric's series.
    pub(crate) async fn metric(&self, series: &str) -> u64 {
        let answer = self.get("/metrics").await;
        let values = answer.text.lines().filter_map(|line| line.strip_prefix(series));
        let values = values.filter(|rest| rest.starts_with([' ', '{'])).filter_map(|rest| rest.rsplit(' ').next());
        let values: Vec<u64> = values.map(|value| value.parse().expect("a count")).collect();
        assert!(!values.is_empty(), "no {series} in {}", answer.text);
        values.iter().sum()
    }

    /// Returns once the metric has this value.
    pub(crate) async fn metric_reaches(&self, series: &str, value: u64) {
        let reached = async {
            while self.metric(series).await != value {
                tokio::task::yield_now().await;
            }
        };
        soon(&format!("{series} reaches {value}"), reached).await;
    }
}
