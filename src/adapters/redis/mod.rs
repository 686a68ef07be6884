//! Stores and a notifier in one Redis, which several servers share.
//!
//! Every verb is one function that runs in Redis, so one decision there, by Redis's own clock: `lua/` has them. A call has a
//! deadline in that clock, and one that is run later does nothing.

mod audit;
mod cannot_join;
mod failure;
mod foregone;
mod greeting;
mod inbox;
mod kind;
mod library;
mod link;
mod match_repository;
mod news;
mod node;
mod notifier;
mod queue_store;
mod records;
mod reply;
mod server_time;
mod serving;
mod settings;
#[cfg(feature = "testing")]
mod testing;
mod trouble;

use std::sync::Arc;

pub use audit::{CannotLook, look};
pub use cannot_join::CannotJoin;
pub use greeting::Unusable;
pub use kind::InRedis;
pub use match_repository::RedisMatchRepository;
pub use node::Node;
pub use notifier::RedisNotifier;
pub use queue_store::RedisQueueStore;
pub use settings::{RedisSettings, UnusableRedis};
#[cfg(feature = "testing")]
pub use testing::{RedisClock, TestNodes, TestRedis};

use foregone::Foregone;
use library::Library;
use link::Link;

use super::websocket::SocketHub;
use crate::{domain::QueueSettings, ports::RepositorySettings};

/// One Redis, from which the adapters are made.
pub struct Redis {
    link: Arc<Link>,
    foregone: Arc<Foregone>,
}

impl Redis {
    /// Connects, and goes on connecting anew whenever the connection breaks.
    ///
    /// # Errors
    ///
    /// [`Unusable`] when Redis cannot be reached now, or is not one that can be used.
    pub async fn open(settings: RedisSettings) -> Result<Self, Unusable> {
        Self::open_with(settings, Library::new()).await
    }

    async fn open_with(settings: RedisSettings, library: Library) -> Result<Self, Unusable> {
        Ok(Self { link: Arc::new(Link::open(settings, library).await?), foregone: Arc::default() })
    }

    /// The queue in this Redis.
    #[must_use]
    pub fn queue_store(&self, settings: QueueSettings) -> RedisQueueStore {
        RedisQueueStore::new(Arc::clone(&self.link), Arc::clone(&self.foregone), settings)
    }

    /// The matches in this Redis.
    #[must_use]
    pub fn match_repository(&self, settings: RepositorySettings) -> RedisMatchRepository {
        RedisMatchRepository::new(Arc::clone(&self.link), Arc::clone(&self.foregone), settings)
    }

    /// The way to all players, of whom this node's hub has some.
    #[must_use]
    pub fn notifier(&self, hub: Arc<SocketHub>) -> RedisNotifier {
        RedisNotifier::new(Arc::clone(&self.link), Arc::clone(&self.foregone), hub)
    }

    /// Makes this server one of those that share this Redis.
    ///
    /// # Errors
    ///
    /// [`CannotJoin`] when Redis does not answer, or the others go by another rule.
    pub async fn join(&self, queue: QueueSettings) -> Result<Node, CannotJoin> {
        Node::join(Arc::clone(&self.link), queue).await
    }
}
