use std::{env, sync::Arc, time::Duration};

use matchmaker::{
    adapters::{
        StoreNeeds, StoreSource, Stores,
        configuration::Configuration,
        metrics::Metrics,
        redis::{RedisClock, RedisSettings, TestRedis},
    },
    ports::{Clock, contract::TestClock},
};

use super::clock::LoopClock;
use crate::redis_server::{Options, RedisServer};

/// Says, as `redis`, that servers are two nodes on one Redis.
const VARIABLE: &str = "MATCHMAKER_TEST_STORE";

/// What the server under test keeps its tickets and matches in.
pub(super) enum TestStore {
    Memory,
    Redis { settings: RedisSettings, clock: Arc<RedisClock>, _server: Box<RedisServer> },
}

impl TestStore {
    pub(super) async fn start() -> Self {
        match env::var(VARIABLE).as_deref() {
            Err(_) => return Self::Memory,
            Ok("redis") => {}
            Ok(other) => panic!("{VARIABLE} is redis or is not there, and was {other}"),
        }
        // Where there is none, that is said in a line.
        let Some(server) = RedisServer::start(Options::default()) else { return Self::Memory };
        let url = server.url();
        let settings = RedisSettings::read(&StoreSource { store: &url, ..StoreSource::default() }).expect("an address");
        let (_, clock) = TestRedis::open(settings.clone()).await.expect("a Redis that can be used");
        Self::Redis { settings, clock, _server: Box::new(server) }
    }

    /// How many nodes a server is.
    pub(super) const fn nodes(&self) -> usize {
        match self {
            Self::Memory => 1,
            Self::Redis { .. } => 2,
        }
    }

    pub(super) async fn advance(&self, time: Duration) {
        if let Self::Redis { clock, .. } = self {
            clock.advance(time).await;
        }
    }

    /// The stores of one node, whose sockets are tended by a clock of their own.
    pub(super) async fn open(
        &self,
        configuration: &Configuration,
        clock: &Arc<dyn Clock>,
        tending: &Arc<LoopClock>,
        metrics: &Arc<Metrics>,
    ) -> Stores {
        let tending: Arc<dyn Clock> = Arc::<LoopClock>::clone(tending);
        let needs = StoreNeeds { clock: tending, ..configuration.store_needs(clock, metrics) };
        match self {
            Self::Memory => configuration.store().open(needs).await.expect("memory is always there"),
            Self::Redis { settings, .. } => TestRedis::stores(settings, needs).await.expect("a Redis that can be used"),
        }
    }
}
