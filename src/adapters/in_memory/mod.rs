//! Stores that live and die with the process.

mod match_repository;
mod queue_store;

pub use match_repository::{InMemoryMatchRepository, RepositorySettings};
pub use queue_store::InMemoryQueueStore;
