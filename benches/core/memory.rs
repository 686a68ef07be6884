//! What it takes to keep players and matches. The bytes that are freed (`dealloc`) are what was held: at a million, megabytes
//! in all are bytes each. What the allocator rounds up comes on top.

use divan::Bencher;
use matchmaker::domain::QueuePolicy;

use crate::{
    crowd::{Crowd, all, on_own_keys, player, sizes},
    matches::stored,
};

/// Tickets that wait; nobody is connected.
#[divan::bench(args = all(), sample_count = 1, sample_size = 1)]
fn tickets(bencher: Bencher, crowd: Crowd) {
    bencher.with_inputs(|| crowd.gather().policy).bench_local_values(drop);
}

/// The same, all connected.
#[divan::bench(args = on_own_keys(), sample_count = 1, sample_size = 1)]
fn tickets_of_connected(bencher: Bencher, crowd: Crowd) {
    let gather = || -> QueuePolicy {
        let mut queue = crowd.gather();
        for number in 0..crowd.size {
            queue.connect(&player(number));
        }
        queue.policy
    };
    bencher.with_inputs(gather).bench_local_values(drop);
}

/// Matches in the repository that are played.
#[divan::bench(args = sizes(), sample_count = 1, sample_size = 1)]
fn active_matches(bencher: Bencher, size: u64) {
    bencher.with_inputs(|| stored(size)).bench_local_values(drop);
}

/// Matches in the repository that are over.
#[divan::bench(args = sizes(), sample_count = 1, sample_size = 1)]
fn finished_matches(bencher: Bencher, size: u64) {
    let finished = || {
        let repository = stored(size);
        repository.finish_all();
        repository
    };
    bencher.with_inputs(finished).bench_local_values(drop);
}
