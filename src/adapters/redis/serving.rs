use std::{error::Error, sync::Arc};

use async_trait::async_trait;

use super::{CannotJoin, Node, Redis, RedisSettings, Unusable};
use crate::adapters::{
    Upkeep,
    stores::{StoreNeeds, Stores},
    websocket::SocketHub,
};

/// Why a server cannot begin with a Redis.
#[derive(Debug, thiserror::Error)]
pub(super) enum CannotServe {
    #[error("{0}")]
    Unusable(#[from] Unusable),
    #[error("{0}")]
    CannotJoin(#[from] CannotJoin),
}

/// Stores in a Redis, which this server joins as one of those that share it.
pub(super) async fn open(settings: &RedisSettings, needs: StoreNeeds) -> Result<Stores, CannotServe> {
    let redis = Redis::open(settings.clone()).await?;
    let (stores, node) = assemble(&redis, needs).await?;
    tracing::info!(store = %settings, prefix = settings.prefix(), node = node.number(), "joined the nodes on Redis");
    Ok(stores)
}

/// Joins as a node; its stores, and the node itself.
pub(super) async fn assemble(redis: &Redis, needs: StoreNeeds) -> Result<(Stores, Arc<Node>), CannotJoin> {
    let StoreNeeds { queue, matches, clock, metrics } = needs;
    redis.link.count_calls(&metrics);
    let node = Arc::new(redis.join(queue).await?);
    let hub = Arc::new(SocketHub::new(clock, metrics).with_first_socket(node.first_socket()));
    let stores = Stores {
        queue: Arc::new(redis.queue_store(queue).united()),
        matches: Arc::new(redis.match_repository(matches).united()),
        notifier: Arc::new(redis.notifier(Arc::clone(&hub))),
        hub: Arc::clone(&hub),
        losses: node.losses(),
        upkeep: Arc::new(UpkeepOfNode { node: Arc::clone(&node), hub }),
    };
    Ok((stores, node))
}

/// The lease and the inbox.
struct UpkeepOfNode {
    node: Arc<Node>,
    hub: Arc<SocketHub>,
}

#[async_trait]
impl Upkeep for UpkeepOfNode {
    async fn run(self: Arc<Self>) -> Box<dyn Error + Send + Sync> {
        tokio::select! {
            reason = self.node.beat_for_ever(&self.hub) => reason.into(),
            never = self.node.read_for_ever(&self.hub) => match never {},
        }
    }

    async fn end(&self) {
        if let Err(error) = self.node.part().await {
            tracing::warn!(%error, "the others could not be told that this node is gone; its lease runs out");
        }
    }
}
