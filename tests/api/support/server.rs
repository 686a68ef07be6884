use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http_body_util::Full;
use hyper::{Request, body::Bytes};
use matchmaker::{
    adapters::{ManualClock, Shutdown, configuration::Order, in_memory::InMemory},
    domain::Timestamp,
    ports::Clock,
};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::{
    Answer, Connection, Fault, Issuer, Key, Raw, Socket, clock::LoopClock, faults::Faults, node::Surroundings, request,
    soon, store::TestStore,
};

/// A server as `main` builds it, on a free port, with a clock that the test moves and stores that fail on demand; or, where the
/// tests are told so, two nodes on one Redis, which are spoken to by turns.
pub(crate) struct TestServer {
    pub(crate) address: SocketAddr,
    /// The operators' port, if it is another one.
    pub(crate) operations: Option<SocketAddr>,
    drain_delay: Duration,
    clock: Arc<ManualClock>,
    /// What the wall clock was set to, and when.
    wall_clock: Arc<Mutex<(Duration, Timestamp)>>,
    store: TestStore,
    nodes: Vec<TestNode>,
    turn: AtomicUsize,
    faults: Faults,
    shutdown: Shutdown,
}

/// One process's part, as it would be alone.
pub(super) struct TestNode {
    pub(super) address: SocketAddr,
    pub(super) operations: Option<SocketAddr>,
    pub(super) tending: Arc<LoopClock>,
    pub(super) sweeping: Arc<LoopClock>,
    pub(super) running: JoinHandle<()>,
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
        let order = Order::read(flags.map(Into::into), &[&InMemory]).expect("flags that the program takes");
        let Order::Serve(configuration) = order else { panic!("not the flags of a server: {order:?}") };
        let manual = Arc::new(ManualClock::default());
        let wall_clock = Arc::new(Mutex::new((Issuer::NOW, manual.now())));
        let store = TestStore::start().await;
        let (faults, shutdown) = (Faults::default(), Shutdown::default());
        let mut nodes = Vec::new();
        for _ in 0..store.nodes() {
            let surroundings = Surroundings {
                configuration: &configuration,
                manual: &manual,
                wall_clock: &wall_clock,
                store: &store,
                faults: &faults,
                shutdown: &shutdown,
            };
            nodes.push(surroundings.start_node().await);
        }
        let server = Self {
            address: nodes[0].address,
            operations: nodes[0].operations,
            drain_delay: configuration.network.drain_delay(),
            clock: manual,
            wall_clock,
            store,
            nodes,
            turn: AtomicUsize::new(0),
            faults,
            shutdown,
        };
        server.pass(Duration::ZERO).await;
        server
    }

    /// The address of the node whose turn it is.
    fn next_address(&self) -> SocketAddr {
        self.nodes[self.turn.fetch_add(1, Ordering::Relaxed) % self.nodes.len()].address
    }

    /// Time goes by, and the housekeeping has been done when this returns.
    pub(crate) async fn pass(&self, time: Duration) {
        self.pass_unswept(time).await;
        for node in &self.nodes {
            soon("the sockets are tended", node.tending.catch_up()).await;
            soon("a sweep is over", node.sweeping.catch_up()).await;
        }
    }

    /// Time goes by so shortly before the next call that no housekeeping comes in between: it waits for the next `pass`.
    pub(crate) async fn pass_unswept(&self, time: Duration) {
        self.clock.advance(time);
        self.store.advance(time).await;
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
        for node in &mut self.nodes {
            soon("the server is gone", &mut node.running).await.expect("the server does not panic");
        }
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.nodes.iter().all(|node| node.running.is_finished())
    }

    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Answer {
        Connection::open(self.next_address()).await.send(request).await
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
        Socket::open(self.next_address(), "/ws").await
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
        Raw::open(self.next_address()).await
    }

    /// The value of one series, or, named without labels, the sum of a metric's series; of what each node counts for itself,
    /// the sum of all nodes.
    pub(crate) async fn metric(&self, series: &str) -> u64 {
        let shared = ["active_matches", "connected_players", "waiting_players"];
        let is_shared = shared.iter().any(|name| series.contains(name));
        let mut sum = 0;
        for node in self.nodes.iter().take(if is_shared { 1 } else { self.nodes.len() }) {
            let request = request("GET", "/metrics").body(Full::default()).expect("a request");
            let answer = Connection::open(node.address).await.send(request).await;
            let values = answer.text.lines().filter_map(|line| line.strip_prefix(series));
            let values = values.filter(|rest| rest.starts_with([' ', '{'])).filter_map(|rest| rest.rsplit(' ').next());
            let values: Vec<u64> = values.map(|value| value.parse().expect("a count")).collect();
            assert!(!values.is_empty(), "no {series} in {}", answer.text);
            sum += values.iter().sum::<u64>();
        }
        sum
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
