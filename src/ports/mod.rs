//! What the use cases need from the outside, as traits that adapters fulfil.
//!
//! Each verb is one atomic decision: whatever else is in flight, on however many nodes, its effect happens at one moment
//! or not at all. No rule of the product needs a read followed by a write. Every call has one of three outcomes: it
//! happened (`Ok`), it did not and will not ([`PortError::NotDone`]), or nobody knows ([`PortError::Unknown`]). An
//! adapter bounds its own waits: a call ends within a few seconds, with [`PortError::Unknown`] if need be. It also bounds how
//! late an effect can come, where it can by a deadline that goes with the call: a `find` that takes effect after its player
//! has left would queue him anew.

mod authenticator;
mod clock;
#[cfg(feature = "testing")]
pub mod contract;
mod error;
mod journal;
mod match_ids;
mod match_repository;
mod notifier;
mod queue_store;

pub use authenticator::{AuthenticationError, Authenticator};
pub use clock::Clock;
pub use error::PortError;
pub use journal::{CarriedBy, Event, Journal};
pub use match_ids::MatchIds;
pub use match_repository::{Finish, Insertion, MatchRepository, RepositorySettings};
pub use notifier::{Greeted, Notifier};
pub use queue_store::QueueStore;

#[cfg(any(test, feature = "testing"))]
pub use {match_repository::MockMatchRepository, notifier::MockNotifier, queue_store::MockQueueStore};
