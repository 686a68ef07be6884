use std::time::Duration;

use async_trait::async_trait;
#[cfg(any(test, feature = "testing"))]
use mockall::automock;

use super::PortError;
use crate::domain::{Match, MatchId};

/// The times and the bound of a match repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RepositorySettings {
    /// How long a match may stay active; `None` for as long as it likes.
    pub match_lifetime: Option<Duration>,
    /// How long a finished match can still be read.
    pub match_retention: Duration,
    /// The most matches that may be stored at once.
    pub max_matches: usize,
}

/// What became of a match that was to be inserted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Insertion {
    /// It is stored now, as it was given.
    Inserted,
    /// It was there before, and is as it was: this is what is stored.
    AlreadyThere(Match),
    /// As many matches are stored as may be, and none of them is finished; nothing changed.
    AtCapacity,
}

/// What became of a match that was to be finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finish {
    /// This call finished it; the match as it is now.
    Finished(Match),
    /// It was finished before; the match as it is.
    AlreadyFinished(Match),
    /// No such match is stored.
    Unknown,
}

/// Keeps matches so that they can be read: active ones, and finished ones for the retention time.
///
/// What an adapter guarantees:
///
/// - **Atomic.** Of several calls that would insert or finish the same match, exactly one does.
/// - **Kept.** What [`insert`](Self::insert) stored and [`finish`](Self::finish) decided is what every later
///   [`get`](Self::get) shows. A finished match never becomes active again.
/// - **Retention.** A finished match can be read for the retention time after it was finished, by the repository's own
///   clock; from the moment at which that is over, nobody can read or finish it. It stays stored until
///   [`purge`](Self::purge) or an insertion at the bound forgets it, so that whoever would insert it again still learns
///   that it is over. An active match stays.
/// - **Bounded.** At the bound on stored matches an insertion makes room by forgetting the match that was finished first.
///   An active match is never forgotten. What changes nothing, as inserting again what is stored, forgets nothing.
/// - **Exact.** A match comes back as it went in, to the last digit of its amount and the last microsecond of its times, with
///   its players in their order.
///
/// # Errors
///
/// Every verb gives [`PortError::NotDone`] when it changed nothing and will not, and [`PortError::Unknown`] in every
/// other case of failure. Every verb may be repeated after an error.
#[cfg_attr(any(test, feature = "testing"), automock)]
#[async_trait]
pub trait MatchRepository: Send + Sync {
    /// Stores an active match, if no match of that id is stored; also one that is stored but past its retention counts.
    async fn insert(&self, match_: &Match) -> Result<Insertion, PortError>;

    /// The match of that id, active or finished; `None` when none is stored, or its retention is over.
    async fn get(&self, id: MatchId) -> Result<Option<Match>, PortError>;

    /// Those of these matches that are finished, or of which [`get`](Self::get) knows nothing any more, in the order in which
    /// they were asked for.
    ///
    /// Asks for one after the other, unless an adapter knows a shorter way.
    async fn over(&self, ids: &[MatchId]) -> Result<Vec<MatchId>, PortError> {
        let mut over = Vec::new();
        for &id in ids {
            if self.get(id).await?.is_none_or(|match_| match_.is_finished()) {
                over.push(id);
            }
        }
        Ok(over)
    }

    /// Takes the match from active to finished.
    async fn finish(&self, id: MatchId) -> Result<Finish, PortError>;

    /// Active matches that were paired at least the match lifetime ago, in the order of their serials, which is the order
    /// in which they were paired; at most `limit`. Empty when matches have no end.
    ///
    /// The moment of the pairing is the queue store's, so the clocks of both count from the same origin.
    async fn overdue(&self, limit: usize) -> Result<Vec<MatchId>, PortError>;

    /// Forgets finished matches whose retention is over, those finished first first; at most `limit`. Answers how many, so
    /// that a caller goes on until there are fewer than `limit`.
    async fn purge(&self, limit: usize) -> Result<usize, PortError>;

    /// How many matches are stored, past their retention or not; also shows that the repository can be reached.
    async fn count(&self) -> Result<usize, PortError>;
}
