//! The adapters for several nodes, on a Redis of their own whose clock stands still.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use matchmaker::{
    adapters::{
        StoreSource,
        audit::Audit,
        redis::{Redis, RedisClock, RedisSettings, TestNodes, TestRedis, look},
    },
    domain::QueueSettings,
    ports::{
        MatchRepository, Notifier, QueueStore, RepositorySettings,
        contract::{self, MatchRepositoryFixture, NotifierFixture, QueueStoreFixture, TestClock, TestSockets},
    },
};

use crate::redis_server::{Options, RedisServer};

/// What the notifier does not depend on.
const QUEUE: QueueSettings = QueueSettings {
    disconnect_grace: Duration::from_secs(30),
    search_time: Duration::from_mins(10),
    max_waiting: 1_000,
    max_matches: 1_000,
    pair_only_connected: false,
};

/// One Redis, in which each store has keys of its own.
struct InRedis {
    server: RedisServer,
    opened: AtomicU64,
    /// The queues that were opened, for an audit of what the suite leaves in them.
    queues: Mutex<Vec<(RedisSettings, QueueSettings)>>,
}

impl InRedis {
    fn start() -> Option<Self> {
        let server = RedisServer::start(Options::default())?;
        Some(Self { server, opened: AtomicU64::new(0), queues: Mutex::default() })
    }

    /// Keys that nobody has used.
    fn settings(&self) -> RedisSettings {
        let prefix = format!("test-{}", self.opened.fetch_add(1, Ordering::Relaxed));
        let source = StoreSource { store: &self.server.url(), prefix: Some(&prefix), ..StoreSource::default() };
        RedisSettings::read(&source).expect("a Redis that can be named")
    }

    async fn open(&self, settings: RedisSettings) -> (Redis, Arc<RedisClock>) {
        TestRedis::open(settings).await.expect("a Redis that can be used")
    }

    /// What an audit finds in the queues, but for what the suite does by itself: its sockets are of no node, some of several
    /// players, and its pairings are settled and released whatever became of their matches.
    async fn audit(&self) -> Vec<String> {
        let queues = self.queues.lock().expect("no panic").clone();
        let mut found = Vec::new();
        for (store, judged_by) in queues {
            let audit = look(&store, &judged_by, Duration::from_secs(20)).await.expect("a store that can be read");
            let Audit::Unsound(findings) = audit else { continue };
            let of_the_suite = [
                "there is something of node",
                "the socket 0.",
                "nobody stands in it",
                "is in two active matches",
                "is settled, and its match",
            ];
            found.extend(
                findings.into_iter().filter(|finding| !of_the_suite.iter().any(|known| finding.contains(known))),
            );
        }
        found
    }
}

#[async_trait]
impl QueueStoreFixture for InRedis {
    async fn open(&self, settings: QueueSettings) -> (Arc<dyn QueueStore>, Arc<dyn TestClock>) {
        let names = self.settings();
        self.queues.lock().expect("no panic").push((names.clone(), settings));
        let (redis, clock) = self.open(names).await;
        (Arc::new(redis.queue_store(settings)), clock)
    }
}

#[async_trait]
impl MatchRepositoryFixture for InRedis {
    async fn open(&self, settings: RepositorySettings) -> (Arc<dyn MatchRepository>, Arc<dyn TestClock>) {
        let (redis, clock) = self.open(self.settings()).await;
        (Arc::new(redis.match_repository(settings)), clock)
    }
}

/// Two nodes, with sockets on both by turns.
#[async_trait]
impl NotifierFixture for InRedis {
    async fn open(&self) -> (Arc<dyn Notifier>, Arc<dyn TestSockets>) {
        let settings = self.settings();
        let open = || async { Redis::open(settings.clone()).await.expect("a Redis that can be used") };
        let nodes = TestNodes::join(&[open().await, open().await], QUEUE).await.expect("Redis answers");
        (nodes.clone(), nodes)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_store_in_redis_fulfils_its_contract() {
    let Some(redis) = InRedis::start() else { return };
    contract::queue_store(&redis).await;
    assert_eq!(redis.audit().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_match_repository_in_redis_fulfils_its_contract() {
    let Some(redis) = InRedis::start() else { return };
    contract::match_repository(&redis).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_notifier_on_two_nodes_fulfils_its_contract() {
    let Some(redis) = InRedis::start() else { return };
    contract::notifier(&redis).await;
}
