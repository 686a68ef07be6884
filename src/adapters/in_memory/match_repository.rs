use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use super::finished::Finished;
use crate::{
    domain::{Match, MatchId, Serial, SteadyMap, Timestamp},
    ports::{Clock, Finish, Insertion, MatchRepository, PortError, RepositorySettings},
};

/// Matches in a map behind a lock.
pub struct InMemoryMatchRepository {
    clock: Arc<dyn Clock>,
    settings: RepositorySettings,
    /// A plain mutex: every decision takes microseconds and none awaits.
    matches: Mutex<Matches>,
}

#[derive(Clone, Default)]
struct Matches {
    stored: SteadyMap<MatchId, Stored>,
    /// The active ones in the order in which they were paired.
    active: BTreeMap<Serial, MatchId>,
    finished: Finished,
}

#[derive(Clone)]
struct Stored {
    match_: Match,
    /// Since when it has been what it is: when it was paired, or when it was finished.
    since: Timestamp,
}

impl Stored {
    fn finished_at(&self) -> Option<Timestamp> {
        self.match_.is_finished().then_some(self.since)
    }
}

impl InMemoryMatchRepository {
    /// A repository without matches.
    #[must_use]
    pub fn new(settings: RepositorySettings, clock: Arc<dyn Clock>) -> Self {
        Self { clock, settings, matches: Mutex::default() }
    }

    /// Every match that takes up room, the oldest pairing first, and when it was finished: for audits and tests.
    #[must_use]
    pub fn snapshot(&self) -> Vec<(Match, Option<Timestamp>)> {
        let mut stored: Vec<_> =
            self.matches().stored.iter().map(|(_, stored)| (stored.match_.clone(), stored.finished_at())).collect();
        stored.sort_unstable_by_key(|(match_, _)| match_.serial());
        stored
    }

    fn matches(&self) -> MutexGuard<'_, Matches> {
        self.matches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the retention of what was finished then is over; a match that goes on is always kept.
    fn is_past(&self, stored: &Stored) -> bool {
        stored.finished_at().is_some_and(|at| at.after(self.settings.match_retention) <= self.clock.now())
    }
}

/// A repository with a copy of the same matches, on the same clock; from then on the two go separate ways.
impl Clone for InMemoryMatchRepository {
    fn clone(&self) -> Self {
        Self { clock: Arc::clone(&self.clock), settings: self.settings, matches: Mutex::new(self.matches().clone()) }
    }
}

impl Matches {
    /// Forgets the match that was finished first.
    fn forget_oldest(&mut self) -> bool {
        let oldest = self.finished.pop_oldest();
        oldest.is_some_and(|id| self.stored.remove(&id).is_some())
    }
}

#[async_trait]
impl MatchRepository for InMemoryMatchRepository {
    async fn insert(&self, match_: &Match) -> Result<Insertion, PortError> {
        let mut matches = self.matches();
        if let Some(stored) = matches.stored.get(&match_.id()) {
            return Ok(Insertion::AlreadyThere(stored.match_.clone()));
        }
        if matches.stored.len() >= self.settings.max_matches && !matches.forget_oldest() {
            return Ok(Insertion::AtCapacity);
        }
        matches.active.insert(match_.serial(), match_.id());
        matches.stored.insert(match_.id(), Stored { match_: match_.clone(), since: match_.paired_at() });
        Ok(Insertion::Inserted)
    }

    async fn get(&self, id: MatchId) -> Result<Option<Match>, PortError> {
        let matches = self.matches();
        let stored = matches.stored.get(&id).filter(|stored| !self.is_past(stored));
        Ok(stored.map(|stored| stored.match_.clone()))
    }

    async fn over(&self, ids: &[MatchId]) -> Result<Vec<MatchId>, PortError> {
        let matches = self.matches();
        let goes_on = |id: &MatchId| matches.stored.get(id).is_some_and(|stored| !stored.match_.is_finished());
        Ok(ids.iter().copied().filter(|id| !goes_on(id)).collect())
    }

    async fn finish(&self, id: MatchId) -> Result<Finish, PortError> {
        let mut matches = self.matches();
        let Some(stored) = matches.stored.get_mut(&id).filter(|stored| !self.is_past(stored)) else {
            return Ok(Finish::Unknown);
        };
        let Ok(finished) = stored.match_.clone().finish() else {
            return Ok(Finish::AlreadyFinished(stored.match_.clone()));
        };
        // Read under the lock, so that the order of the queue is the order of time.
        let now = self.clock.now();
        *stored = Stored { match_: finished.clone(), since: now };
        matches.active.remove(&finished.serial());
        matches.finished.push(id);
        Ok(Finish::Finished(finished))
    }

    async fn overdue(&self, limit: usize) -> Result<Vec<MatchId>, PortError> {
        let Some(lifetime) = self.settings.match_lifetime else { return Ok(Vec::new()) };
        let now = self.clock.now();
        let matches = self.matches();
        let overdue = |id: &&MatchId| matches.stored.get(id).is_some_and(|stored| stored.since.after(lifetime) <= now);
        Ok(matches.active.values().take_while(overdue).take(limit).copied().collect())
    }

    async fn purge(&self, limit: usize) -> Result<usize, PortError> {
        let mut matches = self.matches();
        let mut purged = 0;
        let is_past = |matches: &Matches| {
            let first = matches.finished.oldest().and_then(|id| matches.stored.get(id));
            first.is_some_and(|first| self.is_past(first))
        };
        while purged < limit && is_past(&matches) {
            matches.forget_oldest();
            purged += 1;
        }
        Ok(purged)
    }

    async fn count(&self) -> Result<usize, PortError> {
        Ok(self.matches().stored.len())
    }
}
