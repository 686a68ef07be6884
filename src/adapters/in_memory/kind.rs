use std::{error::Error, future::pending, sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::sync::watch;

use super::{InMemoryMatchRepository, InMemoryQueueStore};
use crate::{
    adapters::{Store, StoreKind, StoreNeeds, StoreSource, Stores, Upkeep, audit::Audit, websocket::SocketHub},
    domain::QueueSettings,
};

const NAME: &str = "memory";

/// Stores that live and die with the process. They take no setting beside their name.
pub struct InMemory;

impl StoreKind for InMemory {
    fn synopsis(&self) -> &'static str {
        NAME
    }

    fn help(&self) -> &'static str {
        "With memory they live and die with the process, and no other setting of a store is taken."
    }

    fn is_named_by(&self, store: &str) -> bool {
        store == NAME
    }

    fn read(&self, source: &StoreSource<'_>) -> Result<Arc<dyn Store>, String> {
        let others = source.others;
        match source.given_beside() {
            Some(setting) => {
                Err(format!("{setting} does nothing with --store {NAME}: give --store {others} too, or neither"))
            }
            None => Ok(Arc::new(Memory { others: others.to_owned() })),
        }
    }
}

/// The memory of this process.
#[derive(Debug)]
struct Memory {
    others: String,
}

#[async_trait]
impl Store for Memory {
    async fn open(&self, needs: StoreNeeds) -> Result<Stores, Box<dyn Error>> {
        let StoreNeeds { queue, matches, clock, metrics } = needs;
        let hub = Arc::new(SocketHub::new(Arc::clone(&clock), metrics));
        Ok(Stores {
            queue: Arc::new(InMemoryQueueStore::new(queue, Arc::clone(&clock))),
            matches: Arc::new(InMemoryMatchRepository::new(matches, clock)),
            notifier: Arc::<SocketHub>::clone(&hub),
            hub,
            // What is in memory is there for as long as anybody asks.
            losses: watch::Sender::new(0).subscribe(),
            upkeep: Arc::new(NoUpkeep),
        })
    }

    async fn audit(&self, _: QueueSettings, _: Duration) -> Result<Audit, Box<dyn Error>> {
        let others = &self.others;
        Err(format!("{NAME} dies with its process, and no other can look into it: name a store with --store {others}")
            .into())
    }
}

struct NoUpkeep;

#[async_trait]
impl Upkeep for NoUpkeep {
    async fn run(self: Arc<Self>) -> Box<dyn Error + Send + Sync> {
        pending().await
    }

    async fn end(&self) {}
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_setting_that_would_do_nothing_is_refused_with_the_advice_to_take_another_store() {
        let file = Some(Path::new("x"));
        let source = StoreSource { others: "shelf://board", ..StoreSource::default() };
        for (source, setting) in [
            (StoreSource { prefix: Some("x"), ..source }, "--store-prefix (or STORE_PREFIX in the environment)"),
            (
                StoreSource { password_file: file, ..source },
                "--store-password-file (or STORE_PASSWORD_FILE in the environment)",
            ),
            (StoreSource { authority_file: file, ..source }, "--store-ca-file (or STORE_CA_FILE in the environment)"),
        ] {
            let advice = "does nothing with --store memory: give --store shelf://board too, or neither";
            assert_eq!(InMemory.read(&source).expect_err("it is refused"), format!("{setting} {advice}"));
        }
    }

    #[tokio::test]
    async fn memory_is_named_by_its_word_and_cannot_be_audited() {
        assert!(InMemory.is_named_by("memory"));
        for other in ["", "Memory", "memory://", "shelf://board"] {
            assert!(!InMemory.is_named_by(other), "{other}");
        }
        let source = StoreSource { store: "memory", others: "shelf://board", ..StoreSource::default() };
        let store = InMemory.read(&source).expect("memory");
        let judged_by = QueueSettings {
            disconnect_grace: Duration::ZERO,
            search_time: Duration::ZERO,
            max_waiting: 1,
            max_matches: 1,
            pair_only_connected: false,
        };
        let refused = store.audit(judged_by, Duration::ZERO).await.expect_err("no other can look into it");
        assert_eq!(
            refused.to_string(),
            "memory dies with its process, and no other can look into it: name a store with --store shelf://board"
        );
    }
}
