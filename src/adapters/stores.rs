use std::sync::Arc;

use tokio::sync::watch;

use super::{metrics::Metrics, upkeep::Upkeep, websocket::SocketHub};
use crate::{
    domain::QueueSettings,
    ports::{Clock, MatchRepository, Notifier, QueueStore, RepositorySettings},
};

/// What every store is opened with.
pub struct StoreNeeds {
    /// The times and bounds of the queue.
    pub queue: QueueSettings,
    /// The times and the bound of the match repository.
    pub matches: RepositorySettings,
    /// The time of this process.
    pub clock: Arc<dyn Clock>,
    /// What is measured.
    pub metrics: Arc<Metrics>,
}

/// The stores and the notifier that a server runs on, of one kind, and the sockets that it holds.
pub struct Stores {
    /// Who stands where.
    pub queue: Arc<dyn QueueStore>,
    /// The matches that can be read.
    pub matches: Arc<dyn MatchRepository>,
    /// The way to the players.
    pub notifier: Arc<dyn Notifier>,
    /// The open sockets of this process.
    pub hub: Arc<SocketHub>,
    /// Counts how often what the stores knew of these sockets may have been lost, so that they have to be registered anew.
    pub losses: watch::Receiver<u64>,
    /// What else is to be done.
    pub upkeep: Arc<dyn Upkeep>,
}
