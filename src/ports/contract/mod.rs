//! The contract of the ports, as tests that any adapter can run.
//!
//! An adapter proves itself with one call for each port, on a multi-threaded runtime:
//!
//! ```
//! use std::sync::Arc;
//!
//! use async_trait::async_trait;
//! use matchmaker::{
//!     adapters::{ManualClock, in_memory::InMemoryQueueStore},
//!     domain::QueueSettings,
//!     ports::{QueueStore, contract::{self, QueueStoreFixture, TestClock}},
//! };
//!
//! struct InMemory;
//!
//! #[async_trait]
//! impl QueueStoreFixture for InMemory {
//!     async fn open(&self, settings: QueueSettings) -> (Arc<dyn QueueStore>, Arc<dyn TestClock>) {
//!         let clock = Arc::new(ManualClock::default());
//!         (Arc::new(InMemoryQueueStore::new(settings, clock.clone())), clock)
//!     }
//! }
//!
//! # async fn adapters_test() { // In a test: #[tokio::test(flavor = "multi_thread")]
//! contract::queue_store(&InMemory).await;
//! # }
//! ```
//!
//! The call runs every [`Case`] and panics with every [`Violation`], each of which says which guarantee was broken, what
//! was expected and what was seen. While an adapter is being written, one case can be run alone, by its name:
//! `contract::queue_store::SUITE.case("a_retry_keeps_the_ticket").unwrap().run(&fixture).await`.
//!
//! Every case opens a store of its own, some open hundreds. An adapter that shares one database between them gives each a
//! name space of its own. **The clock of a store under test stands still** until the suite moves it, since what happens at
//! the very moment of a deadline is part of the contract; see [`TestClock`].
//!
//! The notifier's fixture, [`NotifierFixture`], opens sockets and reads what each was told. It needs no network: it may
//! read what the adapter hands to a socket in any form, so long as it sees everything that was handed over before the verb
//! returned, and in order.

mod case;
pub mod match_repository;
pub mod notifier;
pub mod queue_store;
mod race;
mod samples;
mod violation;

use std::time::Duration;

use async_trait::async_trait;

pub use case::{Case, Suite, TIME_LIMIT};
pub use match_repository::MatchRepositoryFixture;
pub use notifier::{Closing, NotifierFixture, TestSocket, TestSockets, Told};
pub use queue_store::QueueStoreFixture;
pub use violation::Violation;

use crate::domain::Timestamp;

/// The clock of one store under test. It stands still, and moves on only when it is told to, also by a single microsecond.
#[async_trait]
pub trait TestClock: Send + Sync {
    /// The time by which the store decides.
    async fn now(&self) -> Timestamp;

    /// Moves the store's time on; every call to the store that begins later goes by the new time.
    async fn advance(&self, by: Duration);
}

/// Holds a queue store against the contract of [`QueueStore`](super::QueueStore).
///
/// # Panics
///
/// With every violation, when there is one; and on a runtime that has one thread only.
pub async fn queue_store(fixture: &(dyn QueueStoreFixture + 'static)) {
    queue_store::SUITE.run(fixture).await;
}

/// Holds a match repository against the contract of [`MatchRepository`](super::MatchRepository).
///
/// # Panics
///
/// With every violation, when there is one; and on a runtime that has one thread only.
pub async fn match_repository(fixture: &(dyn MatchRepositoryFixture + 'static)) {
    match_repository::SUITE.run(fixture).await;
}

/// Holds a notifier against the contract of [`Notifier`](super::Notifier).
///
/// # Panics
///
/// With every violation, when there is one; and on a runtime that has one thread only.
pub async fn notifier(fixture: &(dyn NotifierFixture + 'static)) {
    notifier::SUITE.run(fixture).await;
}
