use std::time::Duration;

use crate::{
    domain::{Match, MatchId, Timestamp},
    ports::{Finish, Insertion, RepositorySettings},
};

/// What a repository does, in as few words as it can be said.
pub(super) struct Model {
    settings: RepositorySettings,
    /// In the order of their serials.
    active: Vec<Match>,
    /// With the moment of the finish, in the order in which they were finished.
    finished: Vec<(Match, Timestamp)>,
}

impl Model {
    pub(super) const fn new(settings: RepositorySettings) -> Self {
        Self { settings, active: Vec::new(), finished: Vec::new() }
    }

    pub(super) fn insert(&mut self, match_: &Match) -> Insertion {
        if let Some(stored) = self.stored().find(|stored| stored.id() == match_.id()) {
            return Insertion::AlreadyThere(stored.clone());
        }
        if self.count() >= self.settings.max_matches {
            if self.finished.is_empty() {
                return Insertion::AtCapacity;
            }
            self.finished.remove(0);
        }
        self.active.push(match_.clone());
        self.active.sort_by_key(Match::serial);
        Insertion::Inserted
    }

    pub(super) fn get(&self, now: Timestamp, id: MatchId) -> Option<Match> {
        let readable = self.finished.iter().filter(|(_, at)| now.since(*at) < self.settings.match_retention);
        self.active.iter().chain(readable.map(|(match_, _)| match_)).find(|match_| match_.id() == id).cloned()
    }

    pub(super) fn over(&self, now: Timestamp, ids: &[MatchId]) -> Vec<MatchId> {
        let goes_on = |id: MatchId| self.get(now, id).is_some_and(|match_| !match_.is_finished());
        ids.iter().copied().filter(|id| !goes_on(*id)).collect()
    }

    pub(super) fn finish(&mut self, now: Timestamp, id: MatchId) -> Finish {
        if let Some(place) = self.active.iter().position(|match_| match_.id() == id) {
            let finished = self.active.remove(place).finish().expect("an active match can be finished");
            self.finished.push((finished.clone(), now));
            return Finish::Finished(finished);
        }
        self.get(now, id).map_or(Finish::Unknown, Finish::AlreadyFinished)
    }

    pub(super) fn overdue(&self, now: Timestamp, limit: usize) -> Vec<MatchId> {
        let lifetime = self.settings.match_lifetime.unwrap_or(Duration::MAX);
        let overdue = self.active.iter().filter(|match_| now.since(match_.paired_at()) >= lifetime);
        overdue.take(limit).map(Match::id).collect()
    }

    pub(super) fn purge(&mut self, now: Timestamp, limit: usize) -> usize {
        let past = self.finished.iter().take_while(|(_, at)| now.since(*at) >= self.settings.match_retention);
        let purged = past.count().min(limit);
        self.finished.drain(..purged);
        purged
    }

    pub(super) fn count(&self) -> usize {
        self.stored().count()
    }

    fn stored(&self) -> impl Iterator<Item = &Match> {
        self.active.iter().chain(self.finished.iter().map(|(match_, _)| match_))
    }
}
