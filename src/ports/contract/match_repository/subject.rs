use std::{sync::Arc, time::Duration};

use super::MatchRepositoryFixture;
use crate::{
    domain::{Match, MatchId},
    ports::{
        Finish, Insertion, MatchRepository, RepositorySettings,
        contract::{
            TestClock, Violation,
            samples::{active_match, match_id, seconds},
            violation::check,
        },
    },
};

pub(super) const LIFETIME: Duration = seconds(86_400);
pub(super) const RETENTION: Duration = seconds(3_600);
pub(super) const SETTINGS: RepositorySettings =
    RepositorySettings { match_lifetime: Some(LIFETIME), match_retention: RETENTION, max_matches: 1_000 };

/// The repository under test, spoken to in short.
pub(super) struct Subject {
    pub(super) matches: Arc<dyn MatchRepository>,
    pub(super) clock: Arc<dyn TestClock>,
}

impl Subject {
    pub(super) async fn open(fixture: &dyn MatchRepositoryFixture) -> Self {
        Self::open_with(fixture, SETTINGS).await
    }

    pub(super) async fn open_with(fixture: &dyn MatchRepositoryFixture, settings: RepositorySettings) -> Self {
        let (matches, clock) = fixture.open(settings).await;
        Self { matches, clock }
    }

    pub(super) async fn advance(&self, by: Duration) {
        self.clock.advance(by).await;
    }

    /// A match that was paired now.
    pub(super) async fn paired_now(&self, number: u64) -> Match {
        active_match(number, self.clock.now().await)
    }

    /// Inserts a new match that was paired now.
    pub(super) async fn insert(&self, number: u64) -> Result<Match, Violation> {
        let match_ = self.paired_now(number).await;
        let insertion = self.matches.insert(&match_).await?;
        check("a match whose id is new is stored, while there is room", insertion, Insertion::Inserted)?;
        Ok(match_)
    }

    /// Inserts a new match and finishes it.
    pub(super) async fn insert_finished(&self, number: u64) -> Result<Match, Violation> {
        self.insert(number).await?;
        self.finish(number).await
    }

    /// Finishes an active match.
    pub(super) async fn finish(&self, number: u64) -> Result<Match, Violation> {
        match self.matches.finish(match_id(number)).await? {
            Finish::Finished(match_) => Ok(match_),
            other => Err(Violation::new("an active match can be finished", "Finished", format!("{other:?}"))),
        }
    }

    pub(super) async fn get(&self, number: u64) -> Result<Option<Match>, Violation> {
        Ok(self.matches.get(match_id(number)).await?)
    }

    pub(super) async fn overdue(&self, limit: usize) -> Result<Vec<MatchId>, Violation> {
        Ok(self.matches.overdue(limit).await?)
    }

    pub(super) async fn expect_count(&self, guarantee: &str, count: usize) -> Result<(), Violation> {
        check(guarantee, self.matches.count().await?, count)
    }
}
