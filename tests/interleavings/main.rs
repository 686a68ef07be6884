//! The use case under every interleaving of its calls, with every fault at every call of a port.
//!
//! The real use case runs over the real stores in memory and a notifier that does what its port promises. Each call of a
//! port is a point at which any other call may go on, and where one may fail before its effect, lose its answer, take
//! effect late, or be where its caller dies. Every schedule within a [`Budget`] is run; what depends on a state that was
//! seen before is not run again. All nine promises are checked at every step and after every schedule.
//!
//! Larger histories are drawn from a seed, which is printed: `INTERLEAVINGS_SEED=…` runs that one history again.

mod call;
mod canonical;
mod checks;
mod closing;
mod effect;
mod planted;
mod program;
mod random;
mod scripted;
mod search;
mod sockets;
mod step;
mod token;
mod universe;
mod violation;
mod world;

use planted::Planted;
use search::search;
use world::{Budget, Rules};

/// Each is the largest of its kind that a run of all tests has the time for: together they take about a minute.
const FOUR_CALLS: Budget = Budget { calls: 4, in_flight: 3, faults: 1, passages: 1 };
const FOUR_CALLS_WITHOUT_TIME: Budget = Budget { calls: 4, in_flight: 3, faults: 1, passages: 0 };
const THREE_CALLS: Budget = Budget { calls: 3, in_flight: 3, faults: 1, passages: 0 };
const THREE_CALLS_AND_TIME: Budget = Budget { calls: 3, in_flight: 2, faults: 1, passages: 1 };
const FIVE_CALLS: Budget = Budget { calls: 5, in_flight: 3, faults: 1, passages: 0 };
const FIVE_CALLS_AND_TIME: Budget = Budget { calls: 5, in_flight: 3, faults: 1, passages: 1 };
const LARGER: Budget = Budget { calls: 16, in_flight: 5, faults: 3, passages: 4 };

/// How many larger histories one run draws.
const LARGER_HISTORIES: u64 = 12_000;

#[test]
fn four_calls_hold_every_promise_whatever_fails_and_whenever_time_passes() {
    holds(Rules::ALL, FOUR_CALLS);
}

/// Fifty million steps between ten million states: by far the longest test.
#[test]
fn five_calls_hold_every_promise_whatever_fails() {
    holds(Rules::ALL, FIVE_CALLS);
}

#[test]
fn four_calls_hold_every_promise_where_only_the_connected_are_paired() {
    holds(Rules::CONNECTED, FOUR_CALLS_WITHOUT_TIME);
}

#[test]
fn whoever_comes_back_is_paired_and_told_whatever_fails() {
    holds(Rules::PASSED_OVER, THREE_CALLS);
}

#[test]
fn whoever_comes_back_is_paired_and_told_whatever_fails_and_whenever_time_passes() {
    holds(Rules::PASSED_OVER, THREE_CALLS_AND_TIME);
}

#[test]
#[ignore = "some hundred million states: about half an hour, and 5 GB"]
fn five_calls_hold_every_promise_whatever_fails_and_whenever_time_passes() {
    holds(Rules::ALL, FIVE_CALLS_AND_TIME);
}

fn holds(rules: Rules, budget: Budget) {
    match search(rules, budget, None) {
        Ok(tally) => println!("{rules:?}, {budget:?}: {tally}"),
        Err(found) => panic!("{found}"),
    }
}

#[test]
fn larger_histories_hold_every_promise() {
    let given = std::env::var("INTERLEAVINGS_SEED").ok();
    let given = given.map(|seed| seed.parse().expect("INTERLEAVINGS_SEED is a number"));
    let (seed, count) = given.map_or_else(|| (fastrand::u64(..u64::MAX / 2), LARGER_HISTORIES), |seed| (seed, 1));
    println!("{count} histories from INTERLEAVINGS_SEED={seed} on");
    for rules in [Rules::ALL, Rules::CONNECTED] {
        match random::wander(rules, LARGER, seed, count) {
            Ok(steps) => println!("{rules:?}: {steps} steps"),
            Err(found) => panic!("{rules:?}: {found}"),
        }
    }
}

/// A planted bug is found within so many calls and faults, and what it breaks is this promise.
fn is_found(planted: Planted, calls: u8, faults: u8, invariant: u8) {
    is_found_where(Rules::ALL, planted, calls, faults, invariant);
}

fn is_found_where(rules: Rules, planted: Planted, calls: u8, faults: u8, invariant: u8) {
    let within = |calls| Budget { calls, in_flight: 3, faults, passages: 0 };
    let found = (1..=calls).find_map(|calls| search(rules, within(calls), Some(planted)).err());
    let found = found.expect("the search finds the planted bug");
    println!("{planted:?}: {found}");
    assert_eq!(found.violation.invariant, invariant, "{found}");
}

#[test]
fn pairing_as_peek_and_remove_is_found() {
    is_found(Planted::PeekAndRemove, 3, 0, 5);
}

#[test]
fn telling_before_inserting_is_found() {
    is_found(Planted::ToldBeforeInserted, 3, 0, 6);
}

#[test]
fn releasing_after_a_failed_insert_is_found() {
    is_found(Planted::ReleasedAfterFailedInsert, 2, 1, 6);
}

#[test]
fn settling_before_telling_is_found() {
    is_found(Planted::SettledBeforeTold, 3, 1, 7);
}

#[test]
fn reading_the_standing_before_attaching_is_found() {
    is_found(Planted::StandingReadBeforeAttached, 3, 0, 7);
}

#[test]
fn finishing_before_settling_is_found() {
    is_found(Planted::FinishedBeforeSettled, 5, 0, 7);
}

#[test]
fn releasing_before_finishing_is_found() {
    is_found(Planted::ReleasedBeforeFinished, 3, 0, 6);
}

#[test]
fn forgetting_older_sockets_is_found() {
    is_found(Planted::TheLatestSocketAlone, 3, 0, 4);
}

#[test]
fn telling_copies_is_found() {
    is_found(Planted::CopiesTold, 3, 1, 7);
}

#[test]
fn naming_a_match_before_its_registration_has_settled_it_is_found() {
    is_found_where(Rules::PASSED_OVER, Planted::GreetedBeforeSettled, 1, 0, 6);
}
