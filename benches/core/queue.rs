//! The queue policy while a crowd waits: asking, being paired, leaving, settling, expiring.

use std::collections::VecDeque;

use divan::{Bencher, counter::ItemsCount};
use matchmaker::{
    adapters::benchmarking::SWEPT_AT_ONCE,
    domain::{FindOutcome, LeaveOutcome, Match, PlayerId, SettleOutcome},
};

use crate::{
    crowd::{Crowd, Queue, all, key, on_own_keys, player},
    steps::measure,
};

/// A player who is new asks for a key under which nobody waits who may be paired.
#[divan::bench(args = all(), sample_size = 32)]
fn wait_anew(bencher: Bencher, crowd: Crowd) {
    measure(
        bencher,
        crowd.gather(),
        |queue| {
            let newcomer = queue.newcomer();
            let elsewhere = crowd.size + queue.id();
            (newcomer, crowd.key(elsewhere))
        },
        |queue, (newcomer, key)| queue.find(newcomer, key),
        |queue, (newcomer, _), found| {
            assert!(matches!(found.outcome, FindOutcome::Joined(_)), "{found:?}");
            leave(queue, newcomer);
        },
    );
}

/// Somebody who waits asks again.
#[divan::bench(args = all(), sample_size = 32)]
fn retry(bencher: Bencher, crowd: Crowd) {
    measure(
        bencher,
        crowd.gather(),
        |queue| {
            let member = queue.anybody();
            (player(member), crowd.key(member))
        },
        |queue, (member, key)| queue.find(member, key),
        |_, _, found| assert!(matches!(found.outcome, FindOutcome::StillWaiting(_)), "{found:?}"),
    );
}

/// Somebody who waits leaves.
#[divan::bench(name = "leave", args = all(), sample_size = 32)]
fn leaving(bencher: Bencher, crowd: Crowd) {
    measure(
        bencher,
        crowd.gather(),
        |queue| {
            let member = queue.anybody();
            (member, player(member))
        },
        |queue, (_, player)| leave(queue, player),
        |queue, (member, _), left| {
            assert!(matches!(left, LeaveOutcome::Left(_)), "{left:?}");
            queue.rejoin(*member);
        },
    );
}

/// A player who is new asks for the key under which somebody waits.
#[divan::bench(args = on_own_keys(), sample_size = 32)]
fn pair(bencher: Bencher, crowd: Crowd) {
    measure(
        bencher,
        crowd.gather(),
        |queue| {
            let member = queue.anybody();
            (member, queue.newcomer(), key(member))
        },
        |queue, (_, newcomer, key)| queue.find(newcomer, key),
        |queue, (member, ..), found| {
            let FindOutcome::Paired(match_) = &found.outcome else { panic!("nobody waited: {found:?}") };
            assert!(queue.policy.release(match_));
            queue.rejoin(*member);
        },
    );
}

/// A match is known to be stored and told.
#[divan::bench(args = on_own_keys(), sample_size = 32)]
fn settle(bencher: Bencher, crowd: Crowd) {
    measure(
        bencher,
        crowd.gather(),
        paired,
        |queue, (_, match_)| queue.policy.settle(match_),
        |queue, (member, match_), settled| {
            assert_eq!(*settled, SettleOutcome::Settled);
            assert!(queue.policy.release(match_));
            queue.rejoin(*member);
        },
    );
}

/// A settled match is finished: both players are idle again.
#[divan::bench(args = on_own_keys(), sample_size = 32)]
fn release(bencher: Bencher, crowd: Crowd) {
    measure(
        bencher,
        crowd.gather(),
        |queue| {
            let (member, match_) = paired(queue);
            queue.policy.settle(&match_);
            (member, match_)
        },
        |queue, (_, match_)| queue.policy.release(match_),
        |queue, (member, _), released| {
            assert!(released);
            queue.rejoin(*member);
        },
    );
}

/// A sweep ends a batch of tickets past their search time.
#[divan::bench(args = all(), sample_size = 1)]
fn expire_a_batch(bencher: Bencher, crowd: Crowd) {
    measure(
        bencher.counter(ItemsCount::new(SWEPT_AT_ONCE)),
        (crowd.gather(), (0..crowd.size).collect::<VecDeque<_>>()),
        |(queue, _)| queue.outlast(SWEPT_AT_ONCE),
        |(queue, _), now| queue.policy.end_overdue(*now, SWEPT_AT_ONCE),
        |(queue, order), _, ended| {
            assert_eq!(ended.len(), SWEPT_AT_ONCE);
            for _ in ended {
                let first = order.pop_front().expect("there is a crowd");
                queue.rejoin(first);
                order.push_back(first);
            }
        },
    );
}

/// How many wait, are matched and are connected.
#[divan::bench(args = on_own_keys())]
fn census(bencher: Bencher, crowd: Crowd) {
    let queue = crowd.gather();
    bencher.bench_local(|| queue.policy.census());
}

/// Some member, and his match with a newcomer.
fn paired(queue: &mut Queue) -> (u64, Match) {
    let (member, newcomer) = (queue.anybody(), queue.newcomer());
    match queue.find(&newcomer, &key(member)).outcome {
        FindOutcome::Paired(match_) => (member, match_),
        found => panic!("nobody waited: {found:?}"),
    }
}

fn leave(queue: &mut Queue, player: &PlayerId) -> LeaveOutcome {
    let now = queue.now();
    queue.policy.leave(now, player).outcome
}
