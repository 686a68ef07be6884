use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use matchmaker::{
    adapters::ManualClock,
    domain::{Match, MatchId, Timestamp},
    ports::{
        Clock, Finish, Insertion, MatchRepository, PortError, RepositorySettings,
        contract::{MatchRepositoryFixture, TestClock, match_repository::SUITE},
    },
};

use super::{expect_every_case_named, expect_reports, let_others_in, queue_store::through_a_float};
use crate::naive::match_repository::{Row, Table};

/// One way to get a match repository wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    ReadsThenWrites,
    ForgetsWhatItStores,
    TakesAmountsForFloats,
    KeepsTheMomentInMilliseconds,
    KeepsTheWaitInMilliseconds,
    ReadsAnyMatch,
    InsertingOverwrites,
    ShowsWhatWasGiven,
    DoesNotKeepTheFinish,
    FinishesEveryMatch,
    EveryFinishIsTheFirst,
    FinishingStoresTheUnknown,
    RetentionIsAnInstantLonger,
    RetriesProlongTheRetention,
    FinishesWhatIsPastItsRetention,
    TakesTheFinishedForActive,
    TakesTheForgottenForActive,
    ForgetsByItself,
    PurgeIgnoresTheLimit,
    PurgeForgetsEveryFinished,
    PurgeForgetsTheLastFirst,
    ForgetsTheFirstInserted,
    ForgetsBeforeItLooks,
    ForgetsActiveMatches,
    DoesNotBound,
    LifetimeIsAnInstantLonger,
    ListsOverdueAsInserted,
    OverdueIgnoresTheLimit,
    ListsFinishedAsOverdue,
    NoLifetimeIsNone,
}

const RANDOM: &str = "random_histories_are_answered_as_the_model_does";

/// Each fault, and the cases that must report it.
const FAULTS: &[(Fault, &[&str])] = &[
    (
        Fault::ReadsThenWrites,
        &[
            "one_of_several_insertions_stores_the_match",
            "one_of_several_finishes_ends_the_match",
            "a_late_insertion_does_not_undo_a_finish",
            "the_bound_holds_under_a_rush",
            "a_full_repository_forgets_one_match_for_each_new_one",
        ],
    ),
    (Fault::ForgetsWhatItStores, &["an_inserted_match_can_be_read", RANDOM]),
    (Fault::TakesAmountsForFloats, &["a_match_comes_back_exactly"]),
    (Fault::KeepsTheMomentInMilliseconds, &["a_match_comes_back_exactly", RANDOM]),
    (Fault::KeepsTheWaitInMilliseconds, &["a_match_comes_back_exactly", RANDOM]),
    (Fault::ReadsAnyMatch, &["an_unknown_match_is_none", RANDOM]),
    (
        Fault::InsertingOverwrites,
        &["inserting_again_changes_nothing", "inserting_a_finished_match_again_keeps_it_finished", RANDOM],
    ),
    (
        Fault::ShowsWhatWasGiven,
        &["inserting_again_changes_nothing", "inserting_a_finished_match_again_keeps_it_finished", RANDOM],
    ),
    (Fault::DoesNotKeepTheFinish, &["a_finished_match_is_read_as_finished", "finishing_again_changes_nothing", RANDOM]),
    (Fault::FinishesEveryMatch, &["a_finished_match_is_read_as_finished", RANDOM]),
    (Fault::EveryFinishIsTheFirst, &["finishing_again_changes_nothing", RANDOM]),
    (Fault::FinishingStoresTheUnknown, &["an_unknown_match_cannot_be_finished", RANDOM]),
    (Fault::RetentionIsAnInstantLonger, &["a_finished_match_is_read_for_the_retention_time", RANDOM]),
    (Fault::FinishesWhatIsPastItsRetention, &["a_finished_match_is_read_for_the_retention_time", RANDOM]),
    (Fault::RetriesProlongTheRetention, &["a_retry_does_not_prolong_the_retention", RANDOM]),
    (Fault::TakesTheFinishedForActive, &["what_is_over_is_told_from_what_goes_on", RANDOM]),
    (Fault::TakesTheForgottenForActive, &["what_is_over_is_told_from_what_goes_on", RANDOM]),
    (Fault::ForgetsByItself, &["past_its_retention_a_match_is_stored_until_it_is_forgotten", RANDOM]),
    (Fault::PurgeIgnoresTheLimit, &["a_purge_forgets_what_is_past_its_retention", RANDOM]),
    (Fault::PurgeForgetsEveryFinished, &["a_purge_forgets_what_is_past_its_retention", RANDOM]),
    (Fault::PurgeForgetsTheLastFirst, &["a_purge_forgets_what_is_past_its_retention", RANDOM]),
    (Fault::ForgetsTheFirstInserted, &["at_the_bound_the_match_finished_first_is_forgotten", RANDOM]),
    (Fault::ForgetsBeforeItLooks, &["at_the_bound_what_changes_nothing_forgets_nothing", RANDOM]),
    (Fault::ForgetsActiveMatches, &["an_active_match_is_never_forgotten", RANDOM]),
    (Fault::DoesNotBound, &["an_active_match_is_never_forgotten", "the_bound_holds_under_a_rush", RANDOM]),
    (Fault::LifetimeIsAnInstantLonger, &["matches_are_overdue_from_their_lifetime_on", RANDOM]),
    (Fault::ListsFinishedAsOverdue, &["matches_are_overdue_from_their_lifetime_on", RANDOM]),
    (Fault::ListsOverdueAsInserted, &["overdue_matches_are_listed_in_order", RANDOM]),
    (Fault::OverdueIgnoresTheLimit, &["overdue_matches_are_listed_in_order", RANDOM]),
    (Fault::NoLifetimeIsNone, &["without_a_lifetime_no_match_is_overdue", RANDOM]),
];

struct BrokenMatchRepository {
    fault: Fault,
    clock: Arc<ManualClock>,
    table: Mutex<Table>,
}

impl BrokenMatchRepository {
    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn decide<T>(&self, decision: impl FnOnce(&mut Table, Timestamp) -> T) -> T {
        let now = Clock::now(&*self.clock);
        if self.has(Fault::ReadsThenWrites) {
            let mut read = self.table().clone();
            let answer = decision(&mut read, now);
            let_others_in().await;
            *self.table() = read;
            return answer;
        }
        decision(&mut self.table(), now)
    }

    fn in_milliseconds(&self, match_: &Match) -> Match {
        let (mut paired_at, mut waited) = (match_.paired_at(), match_.waited());
        if self.has(Fault::KeepsTheMomentInMilliseconds) {
            paired_at = Timestamp::from_millis(paired_at.as_micros() / 1_000);
        } else {
            waited -= Duration::from_nanos((waited.subsec_nanos() % 1_000_000).into());
        }
        let (key, players) = (match_.key().clone(), match_.players().clone());
        Match::restore(match_.id(), match_.serial(), key, players, paired_at, waited, match_.status())
            .expect("two players")
    }

    fn spoil_before_insert(&self, table: &mut Table, now: Timestamp, match_: &Match) {
        let full = table.rows.len() >= table.settings.max_matches;
        let new = table.rows.iter().all(|row| row.match_.id() != match_.id());
        match self.fault {
            Fault::InsertingOverwrites => table.rows.retain(|row| row.match_.id() != match_.id()),
            Fault::ForgetsByItself => drop(table.purge(now, usize::MAX)),
            Fault::ForgetsTheFirstInserted if full && new => {
                let first = table.rows.iter().position(|row| row.finished.is_some());
                first.map(|place| table.rows.remove(place));
            }
            Fault::ForgetsBeforeItLooks if full => {
                let first = table.rows.iter().filter_map(|row| row.finished).map(|(_, number)| number).min();
                table.rows.retain(|row| first.is_none() || row.finished.map(|(_, number)| number) != first);
            }
            Fault::ForgetsActiveMatches if full && new => drop(table.rows.remove(0)),
            _ => {}
        }
    }
}

#[async_trait]
impl MatchRepository for BrokenMatchRepository {
    async fn insert(&self, match_: &Match) -> Result<Insertion, PortError> {
        let insertion = self.decide(|table, now| {
            self.spoil_before_insert(table, now, match_);
            let insertion = table.insert(match_);
            match (self.fault, &insertion) {
                (Fault::ForgetsWhatItStores, Insertion::Inserted) => drop(table.rows.pop()),
                (Fault::TakesAmountsForFloats, Insertion::Inserted) => {
                    let row = table.rows.last_mut().expect("it was just inserted");
                    row.match_ = rounded(match_);
                }
                (Fault::KeepsTheMomentInMilliseconds | Fault::KeepsTheWaitInMilliseconds, Insertion::Inserted) => {
                    table.rows.last_mut().expect("it was just inserted").match_ = self.in_milliseconds(match_);
                }
                (Fault::ShowsWhatWasGiven, Insertion::AlreadyThere(_)) => {
                    return Insertion::AlreadyThere(match_.clone());
                }
                _ => {}
            }
            insertion
        });
        Ok(insertion.await)
    }

    async fn get(&self, id: MatchId) -> Result<Option<Match>, PortError> {
        let table = self.table();
        let match_ = table.get(Clock::now(&*self.clock), id);
        let any = table.rows.first().filter(|_| self.has(Fault::ReadsAnyMatch));
        Ok(match_.or_else(|| any.map(|row| row.match_.clone())))
    }

    async fn over(&self, ids: &[MatchId]) -> Result<Vec<MatchId>, PortError> {
        let mut over = Vec::new();
        for &id in ids {
            match self.get(id).await? {
                None if !self.has(Fault::TakesTheForgottenForActive) => over.push(id),
                Some(match_) if match_.is_finished() && !self.has(Fault::TakesTheFinishedForActive) => over.push(id),
                _ => {}
            }
        }
        Ok(over)
    }

    async fn finish(&self, id: MatchId) -> Result<Finish, PortError> {
        let finish = self.decide(|table, now| {
            let before = table.clone();
            let finish = table.finish(now, id);
            let stored = table.rows.iter_mut().find(|row| row.match_.id() == id);
            match (self.fault, finish) {
                (Fault::DoesNotKeepTheFinish, finish) => {
                    *table = before;
                    finish
                }
                (Fault::FinishesEveryMatch, finish @ Finish::Finished(_)) => {
                    let active: Vec<MatchId> = table.rows.iter().map(|row| row.match_.id()).collect();
                    for id in active {
                        table.finish(now, id);
                    }
                    finish
                }
                (Fault::EveryFinishIsTheFirst, Finish::AlreadyFinished(match_)) => Finish::Finished(match_),
                (Fault::RetriesProlongTheRetention, finish @ Finish::AlreadyFinished(_)) => {
                    stored.expect("it is stored").finished = Some((now, u64::MAX));
                    finish
                }
                (Fault::FinishesWhatIsPastItsRetention, Finish::Unknown) => {
                    stored.map_or(Finish::Unknown, |row| Finish::AlreadyFinished(row.match_.clone()))
                }
                (Fault::FinishingStoresTheUnknown, Finish::Unknown) if stored.is_none() => {
                    table.rows.push(Row { match_: made_up(id), finished: Some((now, 0)) });
                    Finish::Unknown
                }
                (_, finish) => finish,
            }
        });
        Ok(finish.await)
    }

    async fn overdue(&self, limit: usize) -> Result<Vec<MatchId>, PortError> {
        let now = Clock::now(&*self.clock);
        let mut table = self.table().clone();
        if self.has(Fault::ListsFinishedAsOverdue) {
            table.rows.iter_mut().for_each(|row| row.finished = None);
        }
        let limit = if self.has(Fault::OverdueIgnoresTheLimit) { usize::MAX } else { limit };
        if !self.has(Fault::ListsOverdueAsInserted) {
            return Ok(table.overdue(now, limit));
        }
        let overdue = table.overdue(now, usize::MAX);
        let inserted = table.rows.iter().map(|row| row.match_.id());
        Ok(inserted.filter(|id| overdue.contains(id)).take(limit).collect())
    }

    async fn purge(&self, limit: usize) -> Result<usize, PortError> {
        let purged = self.decide(|table, now| match self.fault {
            Fault::PurgeIgnoresTheLimit => table.purge(now, usize::MAX),
            Fault::PurgeForgetsEveryFinished => {
                let finished: Vec<Row> = table.rows.extract_if(.., |row| row.finished.is_some()).collect();
                finished.len()
            }
            Fault::PurgeForgetsTheLastFirst => {
                let before = table.rows.len();
                for _ in 0..limit {
                    let past = table.rows.iter().filter(|row| table.is_past(row, now)).filter_map(|row| row.finished);
                    let Some(last) = past.max_by_key(|(_, number)| *number) else { break };
                    table.rows.retain(|row| row.finished != Some(last));
                }
                before - table.rows.len()
            }
            _ => table.purge(now, limit),
        });
        Ok(purged.await)
    }

    async fn count(&self) -> Result<usize, PortError> {
        Ok(self.table().rows.len())
    }
}

fn rounded(match_: &Match) -> Match {
    let (key, players) = (through_a_float(match_.key()), match_.players().clone());
    let (paired_at, waited) = (match_.paired_at(), match_.waited());
    Match::restore(match_.id(), match_.serial(), key, players, paired_at, waited, match_.status()).expect("two players")
}

fn made_up(id: MatchId) -> Match {
    use matchmaker::domain::{Asset, Game, MatchStatus, PlayerId, QueueKey, Serial, Stake};
    let key = QueueKey::new(Game::parse("none").expect("a game"), Stake::parse(Asset::Ton, "1").expect("a stake"));
    let players = ["x", "y"].map(|name| PlayerId::parse(name).expect("a name"));
    let (paired_at, waited) = (Timestamp::default(), Duration::ZERO);
    Match::restore(id, Serial(0), key, players, paired_at, waited, MatchStatus::Finished).expect("two players")
}

struct Broken(Fault);

#[async_trait]
impl MatchRepositoryFixture for Broken {
    async fn open(&self, mut settings: RepositorySettings) -> (Arc<dyn MatchRepository>, Arc<dyn TestClock>) {
        let Self(fault) = *self;
        let longer = |time: Duration| time + Duration::from_micros(1);
        match fault {
            Fault::RetentionIsAnInstantLonger => settings.match_retention = longer(settings.match_retention),
            Fault::LifetimeIsAnInstantLonger => settings.match_lifetime = settings.match_lifetime.map(longer),
            Fault::NoLifetimeIsNone => settings.match_lifetime = settings.match_lifetime.or(Some(Duration::ZERO)),
            Fault::DoesNotBound => settings.max_matches = usize::MAX,
            _ => {}
        }
        let clock = Arc::new(ManualClock::default());
        let table = Mutex::new(Table::new(settings));
        (Arc::new(BrokenMatchRepository { fault, clock: clock.clone(), table }), clock)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_match_repository_is_reported_by_the_cases_that_are_about_it() {
    expect_reports(&SUITE, FAULTS, |fault| Box::new(Broken(fault))).await;
}

#[test]
fn every_case_of_the_match_repositorys_contract_reports_some_fault() {
    expect_every_case_named(&SUITE, FAULTS);
}
