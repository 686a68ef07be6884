//! Some nodes on one Redis, and what players do with them.

use std::{
    collections::BTreeMap,
    io,
    process::Command,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{
    PATIENCE,
    http::{self, Answer, Call, Key},
    node::Node,
    proxy::{Harm, Proxy},
    record::Record,
    redis_server::{Options, RedisServer},
    socket::Socket,
};

/// Between two tries of what is to be repeated.
const PAUSE: Duration = Duration::from_millis(50);

/// A prefix that is not the default, so that every key is seen to have it.
const PREFIX: &str = "nodes";

/// How nodes are set up.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) nodes: usize,
    pub(crate) redis: Options,
    /// Whether a proxy lies between each node and Redis.
    pub(crate) proxied: bool,
    /// More flags for each node.
    pub(crate) flags: &'static [&'static str],
}

impl Default for Setup {
    fn default() -> Self {
        Self { nodes: 3, redis: Options::default(), proxied: false, flags: &[] }
    }
}

/// The nodes and their Redis.
pub(crate) struct Cluster {
    pub(crate) nodes: Vec<Node>,
    pub(crate) record: Arc<Record>,
    redis: Mutex<RedisServer>,
    /// Why calls were repeated, and how often.
    hiccups: Mutex<BTreeMap<String, usize>>,
    /// Where the logs are.
    _folder: TempDir,
}

impl Cluster {
    /// Starts them; `None` where there is no Redis to be started.
    pub(crate) fn start(setup: &Setup) -> Option<Arc<Self>> {
        let redis = RedisServer::start(setup.redis.clone())?;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let node = |number: usize| {
            let proxy = setup.proxied.then(|| Proxy::start(redis.address()));
            let url = redis.url_at(proxy.as_ref().map_or(redis.address(), Proxy::address));
            // All players of a test are at one address and ask as fast as they can.
            let unlimited = ["--rate-limit-player=0".to_owned(), "--log-level=debug".to_owned()];
            let store = [format!("--store={url}"), format!("--store-prefix={PREFIX}")];
            let more = setup.flags.iter().map(|&flag| flag.to_owned());
            let arguments: Vec<String> = store.into_iter().chain(unlimited).chain(more).collect();
            Node::start(&arguments, &folder.path().join(number.to_string()), proxy)
        };
        let nodes = (0..setup.nodes).map(node).collect();
        let (redis, hiccups) = (Mutex::new(redis), Mutex::default());
        Some(Arc::new(Self { nodes, record: Arc::default(), redis, hiccups, _folder: folder }))
    }

    /// Two or three nodes as they come.
    pub(crate) fn of(nodes: usize) -> Option<Arc<Self>> {
        Self::start(&Setup { nodes, ..Setup::default() })
    }

    pub(crate) fn redis(&self) -> MutexGuard<'_, RedisServer> {
        self.redis.lock().expect("no thread panicked")
    }

    /// The Redis is gone, and this one, its replica until now, is led to in its place.
    pub(crate) fn fail_over(&self, replica: RedisServer) {
        for node in 0..self.nodes.len() {
            self.proxy(node).refuse();
        }
        replica.command(&["REPLICAOF", "NO", "ONE"]);
        for node in 0..self.nodes.len() {
            self.proxy(node).lead_to(replica.address());
            self.proxy(node).come_back();
        }
        *self.redis() = replica;
    }

    /// New connections lead to this Redis; those that are open go on to the other, which is given back.
    pub(crate) fn move_to(&self, redis: RedisServer) -> RedisServer {
        for node in 0..self.nodes.len() {
            self.proxy(node).lead_to(redis.address());
        }
        std::mem::replace(&mut self.redis(), redis)
    }

    /// Cuts the connection on which a node waits for messages, with the next that it sends there.
    pub(crate) async fn cut_messages(&self, node: usize) {
        self.proxy(node).harm(Harm::CutAfter, 0, |sent| sent.name.starts_with("XREAD"));
        let begun = Instant::now();
        while !self.proxy(node).has_harmed() {
            assert!(begun.elapsed() < PATIENCE, "node {node} waits for no messages");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Why calls were repeated by those who insisted, and how often.
    pub(crate) fn hiccups(&self) -> BTreeMap<String, usize> {
        self.hiccups.lock().expect("no thread panicked").clone()
    }

    pub(crate) fn proxy(&self, node: usize) -> &Proxy {
        self.nodes[node].proxy.as_ref().expect("the nodes were to have proxies")
    }

    /// Makes a call of a node, which may be gone.
    pub(crate) async fn try_call(&self, node: usize, call: &Call) -> io::Result<Answer> {
        self.record.asks(call);
        let answer = http::call(self.nodes[node].address, call).await?;
        self.record.answered(call, &answer);
        assert_ne!(answer.status, 500, "{call:?}: {answer:?}");
        Ok(answer)
    }

    /// Makes a call of a node that is there, once.
    pub(crate) async fn call(&self, node: usize, call: &Call) -> Answer {
        let answer = self.try_call(node, call).await;
        answer.unwrap_or_else(|error| panic!("{call:?} of node {node}: {error}"))
    }

    /// As a client asks who repeats what was put off: on a machine that is too busy, Redis may be late once.
    pub(crate) async fn find(&self, node: usize, player: &str, key: &Key) -> Answer {
        self.insist_on(&[node], &Call::find(player, key)).await
    }

    pub(crate) async fn leave(&self, node: usize, player: &str) -> Answer {
        self.insist_on(&[node], &Call::Leave(player.to_owned())).await
    }

    pub(crate) async fn standing(&self, node: usize, player: &str) -> Answer {
        self.insist_on(&[node], &Call::Standing(player.to_owned())).await
    }

    pub(crate) async fn match_(&self, node: usize, id: &str) -> Answer {
        self.insist_on(&[node], &Call::Match(id.to_owned())).await
    }

    pub(crate) async fn finish(&self, node: usize, id: &str) -> Answer {
        self.insist_on(&[node], &Call::Finish(id.to_owned())).await
    }

    /// Repeats a call, of this node and then of the others in turn, until it is answered with more than that it is to be
    /// repeated.
    pub(crate) async fn insist(&self, first: usize, call: &Call) -> Answer {
        self.insist_on(&self.from(first), call).await
    }

    /// The same, of these nodes.
    pub(crate) async fn insist_on(&self, nodes: &[usize], call: &Call) -> Answer {
        let begun = Instant::now();
        for &node in nodes.iter().cycle() {
            let why = match self.try_call(node, call).await {
                Ok(answer) if !answer.is_put_off() => return answer,
                Ok(answer) => answer.json()["code"].as_str().unwrap_or_default().to_owned(),
                Err(error) => error.kind().to_string(),
            };
            assert!(begun.elapsed() < PATIENCE, "{call:?} is answered by nobody; last: {why}");
            *self.hiccups.lock().expect("no thread panicked").entry(why).or_default() += 1;
            tokio::time::sleep(PAUSE).await;
        }
        unreachable!("there are nodes")
    }

    /// Asks for a player's socket, which node may be gone or going.
    pub(crate) async fn try_register(&self, node: usize, player: &str) -> Option<Socket> {
        let socket = Socket::open(self.nodes[node].address, player, &self.record).await.ok()?;
        socket.registered().await.map(|_| socket)
    }

    /// A registered socket on this node.
    pub(crate) async fn register(&self, node: usize, player: &str) -> Socket {
        let registered = self.try_register(node, player).await;
        registered.unwrap_or_else(|| panic!("node {node} registers nobody"))
    }

    /// A registered socket on this node, or on one of the others in turn.
    pub(crate) async fn register_anywhere(&self, first: usize, player: &str) -> Socket {
        let begun = Instant::now();
        for &node in self.from(first).iter().cycle() {
            if let Some(socket) = self.try_register(node, player).await {
                return socket;
            }
            assert!(begun.elapsed() < PATIENCE, "{player} is registered nowhere");
            tokio::time::sleep(PAUSE).await;
        }
        unreachable!("there are nodes")
    }

    /// The sum of a series over the nodes that are there.
    pub(crate) async fn metric(&self, series: &str) -> u64 {
        let mut sum = 0;
        for node in &self.nodes {
            let Ok(answer) = http::call(node.address, &Call::Metrics).await else { continue };
            let mut values = answer.body.lines().filter_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
            sum += values.next().map_or(0, |value| value.parse::<u64>().expect("a number"));
        }
        sum
    }

    /// Waits until a series has this sum.
    pub(crate) async fn metric_reaches(&self, series: &str, sum: u64) {
        let begun = Instant::now();
        while self.metric(series).await < sum {
            assert!(begun.elapsed() < PATIENCE, "{series} does not become {sum}: {}", self.metric(series).await);
            tokio::time::sleep(PAUSE).await;
        }
        assert_eq!(self.metric(series).await, sum, "{series}");
    }

    /// What stands in Redis is sound; gives what the audit says of it.
    pub(crate) async fn audit(&self) -> String {
        let url = self.redis().url();
        let audit = tokio::task::spawn_blocking(move || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_matchmaker"));
            command.env_clear().args(["audit", "--store", &url, "--store-prefix", PREFIX]).output()
        });
        let output = audit.await.expect("it ends").expect("the program starts");
        let [said, complained] = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        assert!(output.status.success(), "{}: {said}{complained}", output.status);
        said
    }

    fn from(&self, first: usize) -> Vec<usize> {
        (0..self.nodes.len()).map(|step| (first + step) % self.nodes.len()).collect()
    }
}
