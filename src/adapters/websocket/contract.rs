//! The hub, held against the contract of the notifier.

use std::sync::Arc;

use async_trait::async_trait;

use super::SocketHub;
use crate::{
    adapters::{ManualClock, metrics::Metrics},
    ports::{
        Notifier,
        contract::{self, NotifierFixture, TestSockets},
    },
};

struct Hubs;

#[async_trait]
impl NotifierFixture for Hubs {
    async fn open(&self) -> (Arc<dyn Notifier>, Arc<dyn TestSockets>) {
        let hub = Arc::new(SocketHub::new(Arc::new(ManualClock::default()), Arc::new(Metrics::new(|| 0))));
        (hub.clone(), hub)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_socket_hub_fulfils_the_contract_of_the_notifier() {
    contract::notifier(&Hubs).await;
}
