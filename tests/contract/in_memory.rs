//! The adapters that the server uses.

use std::sync::Arc;

use async_trait::async_trait;
use matchmaker::{
    adapters::{
        ManualClock,
        in_memory::{InMemoryMatchRepository, InMemoryQueueStore},
    },
    domain::QueueSettings,
    ports::{
        MatchRepository, QueueStore, RepositorySettings,
        contract::{self, MatchRepositoryFixture, QueueStoreFixture, TestClock},
    },
};

struct InMemory;

#[async_trait]
impl QueueStoreFixture for InMemory {
    async fn open(&self, settings: QueueSettings) -> (Arc<dyn QueueStore>, Arc<dyn TestClock>) {
        let clock = Arc::new(ManualClock::default());
        (Arc::new(InMemoryQueueStore::new(settings, clock.clone())), clock)
    }
}

#[async_trait]
impl MatchRepositoryFixture for InMemory {
    async fn open(&self, settings: RepositorySettings) -> (Arc<dyn MatchRepository>, Arc<dyn TestClock>) {
        let clock = Arc::new(ManualClock::default());
        (Arc::new(InMemoryMatchRepository::new(settings, clock.clone())), clock)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_in_memory_queue_store_fulfils_its_contract() {
    contract::queue_store(&InMemory).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_in_memory_match_repository_fulfils_its_contract() {
    contract::match_repository(&InMemory).await;
}
