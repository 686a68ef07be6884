use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use matchmaker::{
    adapters::ManualClock,
    domain::{Match, MatchId, Timestamp},
    ports::{
        Clock, Finish, Insertion, MatchRepository, PortError, RepositorySettings,
        contract::{self, MatchRepositoryFixture, TestClock},
    },
};

/// Every stored match, in the order of insertion.
#[derive(Clone)]
pub(crate) struct Table {
    pub(crate) settings: RepositorySettings,
    pub(crate) rows: Vec<Row>,
    /// How many matches were finished so far.
    pub(crate) finishes: u64,
}

#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) match_: Match,
    /// When it was finished, and as which one.
    pub(crate) finished: Option<(Timestamp, u64)>,
}

impl Table {
    pub(crate) fn new(settings: RepositorySettings) -> Self {
        Self { settings, rows: Vec::new(), finishes: 0 }
    }

    pub(crate) fn insert(&mut self, match_: &Match) -> Insertion {
        if let Some(row) = self.rows.iter().find(|row| row.match_.id() == match_.id()) {
            return Insertion::AlreadyThere(row.match_.clone());
        }
        if self.rows.len() >= self.settings.max_matches && !self.forget_first_finished(|_| true) {
            return Insertion::AtCapacity;
        }
        self.rows.push(Row { match_: match_.clone(), finished: None });
        Insertion::Inserted
    }

    pub(crate) fn get(&self, now: Timestamp, id: MatchId) -> Option<Match> {
        let row = self.rows.iter().find(|row| row.match_.id() == id && !self.is_past(row, now));
        row.map(|row| row.match_.clone())
    }

    pub(crate) fn finish(&mut self, now: Timestamp, id: MatchId) -> Finish {
        let Some(match_) = self.get(now, id) else { return Finish::Unknown };
        let Ok(finished) = match_.clone().finish() else { return Finish::AlreadyFinished(match_) };
        self.finishes += 1;
        let row = Row { match_: finished.clone(), finished: Some((now, self.finishes)) };
        if let Some(stored) = self.rows.iter_mut().find(|row| row.match_.id() == id) {
            *stored = row;
        }
        Finish::Finished(finished)
    }

    pub(crate) fn overdue(&self, now: Timestamp, limit: usize) -> Vec<MatchId> {
        let Some(lifetime) = self.settings.match_lifetime else { return Vec::new() };
        let overdue = |row: &&Row| row.finished.is_none() && row.match_.paired_at().after(lifetime) <= now;
        let mut rows: Vec<&Row> = self.rows.iter().filter(overdue).collect();
        rows.sort_by_key(|row| row.match_.serial());
        rows.iter().take(limit).map(|row| row.match_.id()).collect()
    }

    pub(crate) fn purge(&mut self, now: Timestamp, limit: usize) -> usize {
        let retention = self.settings.match_retention;
        (0..limit).take_while(|_| self.forget_first_finished(|at| at.after(retention) <= now)).count()
    }

    pub(crate) fn is_past(&self, row: &Row, now: Timestamp) -> bool {
        row.finished.is_some_and(|(at, _)| at.after(self.settings.match_retention) <= now)
    }

    /// Forgets the match that was finished first, if it may be forgotten.
    fn forget_first_finished(&mut self, may_go: impl Fn(Timestamp) -> bool) -> bool {
        let finished = self.rows.iter().filter_map(|row| row.finished);
        let Some((at, first)) = finished.min_by_key(|(_, number)| *number) else { return false };
        let goes = may_go(at);
        self.rows.retain(|row| !goes || row.finished != Some((at, first)));
        goes
    }
}

/// The table behind one lock.
struct NaiveMatchRepository {
    clock: Arc<ManualClock>,
    table: Mutex<Table>,
}

impl NaiveMatchRepository {
    fn decide<T>(&self, decision: impl FnOnce(&mut Table, Timestamp) -> T) -> T {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Clock::now(&*self.clock);
        decision(&mut table, now)
    }
}

#[async_trait]
impl MatchRepository for NaiveMatchRepository {
    async fn insert(&self, match_: &Match) -> Result<Insertion, PortError> {
        Ok(self.decide(|table, _| table.insert(match_)))
    }

    async fn get(&self, id: MatchId) -> Result<Option<Match>, PortError> {
        Ok(self.decide(|table, now| table.get(now, id)))
    }

    async fn finish(&self, id: MatchId) -> Result<Finish, PortError> {
        Ok(self.decide(|table, now| table.finish(now, id)))
    }

    async fn overdue(&self, limit: usize) -> Result<Vec<MatchId>, PortError> {
        Ok(self.decide(|table, now| table.overdue(now, limit)))
    }

    async fn purge(&self, limit: usize) -> Result<usize, PortError> {
        Ok(self.decide(|table, now| table.purge(now, limit)))
    }

    async fn count(&self) -> Result<usize, PortError> {
        Ok(self.decide(|table, _| table.rows.len()))
    }
}

struct Naive;

#[async_trait]
impl MatchRepositoryFixture for Naive {
    async fn open(&self, settings: RepositorySettings) -> (Arc<dyn MatchRepository>, Arc<dyn TestClock>) {
        let clock = Arc::new(ManualClock::default());
        let matches = NaiveMatchRepository { clock: clock.clone(), table: Mutex::new(Table::new(settings)) };
        (Arc::new(matches), clock)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_naive_match_repository_fulfils_the_contract() {
    contract::match_repository(&Naive).await;
}
