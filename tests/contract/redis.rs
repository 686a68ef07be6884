//! The adapters for several nodes, on a Redis of their own whose clock stands still.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use matchmaker::{
    adapters::redis::{Redis, RedisClock, RedisSettings, RedisSource, TestNodes, TestRedis},
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
}

impl InRedis {
    fn start() -> Option<Self> {
        Some(Self { server: RedisServer::start(Options::default())?, opened: AtomicU64::new(0) })
    }

    /// Keys that nobody has used.
    fn settings(&self) -> RedisSettings {
        let prefix = format!("test-{}", self.opened.fetch_add(1, Ordering::Relaxed));
        let source = RedisSource { url: &self.server.url(), prefix: Some(&prefix), ..RedisSource::default() };
        RedisSettings::read(&source).expect("a Redis that can be named")
    }

    async fn open(&self) -> (Redis, Arc<RedisClock>) {
        TestRedis::open(self.settings()).await.expect("a Redis that can be used")
    }
}

#[async_trait]
impl QueueStoreFixture for InRedis {
    async fn open(&self, settings: QueueSettings) -> (Arc<dyn QueueStore>, Arc<dyn TestClock>) {
        let (redis, clock) = self.open().await;
        (Arc::new(redis.queue_store(settings)), clock)
    }
}

#[async_trait]
impl MatchRepositoryFixture for InRedis {
    async fn open(&self, settings: RepositorySettings) -> (Arc<dyn MatchRepository>, Arc<dyn TestClock>) {
        let (redis, clock) = self.open().await;
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
