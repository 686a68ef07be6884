//! Stores that live and die with the process.

mod finished;
mod kind;
mod match_repository;
mod queue_store;

pub use kind::InMemory;
pub use match_repository::InMemoryMatchRepository;
pub use queue_store::InMemoryQueueStore;

pub use crate::ports::RepositorySettings;
