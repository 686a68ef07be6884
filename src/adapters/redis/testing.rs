//! A Redis whose clock a test moves, and nodes whose inboxes are read when a test has done something.

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use redis::Cmd;
use tokio::sync::Mutex;

use super::{CannotJoin, Library, Link, Node, Redis, RedisNotifier, RedisSettings, Unusable, serving::assemble};
use crate::{
    adapters::{ManualClock, StoreNeeds, Stores, metrics::Metrics, websocket::SocketHub},
    domain::{Greeting, Notice, PlayerId, QueueSettings, SocketId, Timestamp},
    ports::{
        Greeted, Notifier, PortError,
        contract::{TestClock, TestSocket, TestSockets},
    },
};

/// Opens a Redis with a clock that stands still.
pub struct TestRedis;

impl TestRedis {
    /// The Redis, and its clock.
    ///
    /// # Errors
    ///
    /// [`Unusable`] when it cannot be reached.
    pub async fn open(settings: RedisSettings) -> Result<(Redis, Arc<RedisClock>), Unusable> {
        let redis = Redis::open_with(settings, Library::with_standing_clock()).await?;
        let clock = RedisClock { link: Arc::clone(&redis.link) };
        clock.start().await;
        Ok((redis, Arc::new(clock)))
    }

    /// The stores of one more node, whose inbox is read as it fills; no lease is renewed, and none is over.
    ///
    /// # Errors
    ///
    /// When Redis cannot be used.
    pub async fn stores(settings: &RedisSettings, needs: StoreNeeds) -> Result<Stores, Box<dyn Error + Send + Sync>> {
        let (redis, _) = Self::open(settings.clone()).await?;
        let (stores, node) = assemble(&redis, needs).await?;
        let hub = Arc::clone(&stores.hub);
        tokio::spawn(async move { node.read_for_ever(&hub).await });
        Ok(stores)
    }
}

/// Where the clock stands at the start.
const START: Duration = Duration::from_secs(1_000);

/// What the functions take for the time: a key, which they read.
pub struct RedisClock {
    link: Arc<Link>,
}

impl RedisClock {
    /// Lets it stand at the start, if it is new.
    async fn start(&self) {
        let mut command = Cmd::new();
        command.arg("SET").arg(self.link.key("clock")).arg(START.as_micros().to_string()).arg("NX");
        self.link.command(&command).await.expect("Redis answers");
    }

    async fn ask(&self, command: &mut Cmd) -> u64 {
        let answer = self.link.command(command).await.expect("Redis answers");
        redis::from_redis_value(answer).expect("a number of microseconds")
    }
}

#[async_trait]
impl TestClock for RedisClock {
    async fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.ask(Cmd::new().arg("GET").arg(self.link.key("clock"))).await)
    }

    async fn advance(&self, by: Duration) {
        let by = by.as_micros().to_string();
        self.ask(Cmd::new().arg("INCRBY").arg(self.link.key("clock")).arg(by)).await;
    }
}

/// Several nodes on one Redis, as one notifier: sockets are opened on each in its turn, and so are players told.
///
/// What was told has arrived at every node when the verb returns, as in a process of its own it has a moment later.
pub struct TestNodes {
    nodes: Vec<TestNode>,
    turn: AtomicUsize,
}

struct TestNode {
    node: Node,
    hub: Arc<SocketHub>,
    notifier: RedisNotifier,
    /// Whoever reads the inbox reads it to its end before another does.
    reading: Mutex<()>,
}

impl TestNodes {
    /// So many nodes.
    ///
    /// # Errors
    ///
    /// When Redis does not answer.
    pub async fn join(redis: &[Redis], queue: QueueSettings) -> Result<Arc<Self>, CannotJoin> {
        let mut nodes = Vec::new();
        for redis in redis {
            let node = redis.join(queue).await?;
            let hub = SocketHub::new(Arc::new(ManualClock::default()), Arc::new(Metrics::new(|| 0)));
            let hub = Arc::new(hub.with_first_socket(node.first_socket()));
            let notifier = redis.notifier(Arc::clone(&hub));
            nodes.push(TestNode { node, hub, notifier, reading: Mutex::default() });
        }
        Ok(Arc::new(Self { nodes, turn: AtomicUsize::new(0) }))
    }

    fn next(&self) -> &TestNode {
        &self.nodes[self.turn.fetch_add(1, Ordering::Relaxed) % self.nodes.len()]
    }

    /// The node that has the socket.
    fn of(&self, socket: SocketId) -> &TestNode {
        let before = self.nodes.iter().filter(|node| node.node.first_socket() < socket);
        let nearest = before.max_by_key(|node| node.node.first_socket());
        nearest.expect("a socket that was opened on one of the nodes")
    }

    /// Lets everything arrive, then gives the answer.
    async fn after<T>(&self, answer: Result<T, PortError>) -> Result<T, PortError> {
        for TestNode { node, hub, reading, .. } in &self.nodes {
            let _alone = reading.lock().await;
            node.read_what_is_there(hub).await?;
        }
        answer
    }
}

#[async_trait]
impl Notifier for TestNodes {
    async fn attach(&self, player: &PlayerId, socket: SocketId) -> Result<(), PortError> {
        self.after(self.of(socket).notifier.attach(player, socket).await).await
    }

    async fn greet(&self, player: &PlayerId, socket: SocketId, greeting: &Greeting) -> Result<Greeted, PortError> {
        self.after(self.of(socket).notifier.greet(player, socket, greeting).await).await
    }

    async fn tell(&self, player: &PlayerId, notice: &Notice) -> Result<(), PortError> {
        self.after(self.next().notifier.tell(player, notice).await).await
    }

    async fn detach(&self, player: &PlayerId, socket: SocketId) -> Result<(), PortError> {
        self.after(self.of(socket).notifier.detach(player, socket).await).await
    }
}

#[async_trait]
impl TestSockets for TestNodes {
    async fn open(&self) -> Box<dyn TestSocket> {
        self.next().hub.open().await
    }
}
