//! The stores in memory, through their ports.

use std::{cell::Cell, sync::Arc, time::Duration};

use divan::{Bencher, counter::ItemsCount};
use futures_util::FutureExt;
use matchmaker::{
    adapters::{
        ManualClock, benchmarking::SWEPT_AT_ONCE, in_memory::InMemoryMatchRepository, in_memory::InMemoryQueueStore,
    },
    domain::{Match, MatchId, Serial, Timestamp},
    ports::{Clock, Finish, Insertion, MatchRepository, QueueStore, RepositorySettings},
};
use uuid::Uuid;

use crate::{
    crowd::{Crowd, key, on_own_keys, player, sizes},
    steps::measure,
};

const RETENTION: Duration = Duration::from_hours(1);

/// A repository and what stores with it.
pub(crate) struct Repository {
    pub(crate) matches: Arc<dyn MatchRepository>,
    clock: Arc<ManualClock>,
    size: u64,
    last_id: Cell<u64>,
}

/// A repository of so many matches that are played, ten under each key.
pub(crate) fn stored(size: u64) -> Repository {
    let settings = RepositorySettings { match_lifetime: None, match_retention: RETENTION, max_matches: 2_000_000 };
    let clock = Arc::new(ManualClock::default());
    let matches = Arc::new(InMemoryMatchRepository::new(settings, Arc::<ManualClock>::clone(&clock)));
    let repository = Repository { matches, clock, size, last_id: Cell::new(size) };
    for number in 0..size {
        repository.insert(&match_(number));
    }
    repository
}

/// A match of two players who are in no other.
pub(crate) fn match_(number: u64) -> Match {
    let players = [player(2 * number), player(2 * number + 1)];
    let (serial, paired_at) = (Serial(number + 1), Timestamp::from_micros(number));
    let match_ = Match::propose(id(number), serial, key(number / 10), players, paired_at, Duration::from_millis(1));
    match_.expect("two players").activate().expect("it is new")
}

fn id(number: u64) -> MatchId {
    let spread = u128::from(number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    MatchId::from_uuid(Uuid::from_u128(spread))
}

/// The answer of a store in memory, which never waits.
fn now<T, E: std::fmt::Debug>(answer: impl Future<Output = Result<T, E>>) -> T {
    answer.now_or_never().expect("it does not wait").expect("it does not fail")
}

impl Repository {
    fn insert(&self, match_: &Match) -> Insertion {
        now(self.matches.insert(match_))
    }

    fn finish(&self, id: MatchId) -> Finish {
        now(self.matches.finish(id))
    }

    pub(crate) fn finish_all(&self) {
        for number in 0..self.size {
            self.finish(id(number));
        }
    }

    /// Some match's number, far from the one before.
    fn any(&self) -> u64 {
        self.last_id.set((self.last_id.get() + 618_031) % self.size);
        self.last_id.get()
    }

    /// Nothing that has been finished is kept any longer.
    fn forget_finished(&self) {
        self.clock.advance(RETENTION);
        now(self.matches.purge(usize::MAX));
    }
}

#[divan::bench(args = sizes(), sample_size = 32)]
fn insert(bencher: Bencher, size: u64) {
    let new = Cell::new(size);
    measure(
        bencher,
        stored(size),
        |_| match_(new.replace(new.get() + 1)),
        |repository, match_| repository.insert(match_),
        |repository, match_, insertion| {
            assert_eq!(*insertion, Insertion::Inserted);
            repository.finish(match_.id());
            repository.forget_finished();
        },
    );
}

#[divan::bench(args = sizes(), sample_size = 32)]
fn get(bencher: Bencher, size: u64) {
    measure(
        bencher,
        stored(size),
        |repository| id(repository.any()),
        |repository, id| now(repository.matches.get(*id)),
        |_, _, match_| assert!(match_.is_some()),
    );
}

#[divan::bench(args = sizes(), sample_size = 32)]
fn finish(bencher: Bencher, size: u64) {
    measure(
        bencher,
        stored(size),
        |repository| {
            let number = repository.any();
            (number, id(number))
        },
        |repository, (_, id)| repository.finish(*id),
        |repository, (number, _), finish| {
            assert!(matches!(finish, Finish::Finished(_)), "{finish:?}");
            repository.forget_finished();
            repository.insert(&match_(*number));
        },
    );
}

/// A batch of finished matches is forgotten.
#[divan::bench(args = sizes(), sample_size = 1, sample_count = 20)]
fn purge_a_batch(bencher: Bencher, size: u64) {
    measure(
        bencher.counter(ItemsCount::new(SWEPT_AT_ONCE)),
        stored(size),
        |repository| {
            let numbers: Vec<u64> = (0..SWEPT_AT_ONCE).map(|_| repository.any()).collect();
            for number in &numbers {
                repository.finish(id(*number));
            }
            repository.clock.advance(RETENTION);
            numbers
        },
        |repository, _| now(repository.matches.purge(SWEPT_AT_ONCE)),
        |repository, numbers, purged| {
            assert_eq!(*purged, SWEPT_AT_ONCE);
            for number in numbers {
                repository.insert(&match_(*number));
            }
        },
    );
}

/// The queue store's verb that nothing comes of but a ticket's new deadline: what a port costs beside its policy.
#[divan::bench(args = on_own_keys(), sample_size = 32)]
fn ask_the_queue_store_again(bencher: Bencher, crowd: Crowd) {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::default());
    let store: Arc<dyn QueueStore> = Arc::new(InMemoryQueueStore::new(crowd.settings(), clock));
    for number in 0..crowd.size {
        now(store.find(&player(number), &key(number), id(number)));
    }
    let last = Cell::new(0);
    measure(
        bencher,
        store,
        |_| {
            last.set((last.get() + 618_031) % crowd.size);
            (player(last.get()), key(last.get()))
        },
        |store, (member, key)| now(store.find(member, key, id(0))),
        |_, _, found| assert_eq!(found.ended, []),
    );
}
