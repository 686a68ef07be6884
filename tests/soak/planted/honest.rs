//! Histories that look wrong at first sight, and are not: players overlap, and answers and pushes overtake one another.

use super::*;
use crate::checker::Reason;

#[test]
fn a_match_from_its_beginning_to_its_end_breaks_nothing() {
    let mut story = Story::new();
    story.pair_alice_and_bob(id(1));
    story.reads(BOB, id(1), Some(active(1)));
    story.looks(ALICE, LookAnswer::Matched(id(1)));
    story.asks(ALICE, CHESS, FindAnswer::Matched(id(1)));
    story.asks(ALICE, GO, FindAnswer::MatchedElsewhere(id(1)));
    story.leaves(BOB, LeaveAnswer::Matched(id(1)));
    story.finishes(BOB, finished(1));
    story.over(ALICE, id(1));
    story.over(BOB, id(1));
    story.finishes(ALICE, finished(1));
    story.reads(BOB, id(1), Some(finished(1)));
    story.pair_alice_and_bob(id(2));
    story.wait(Duration::from_secs(11));
    story.reads(BOB, id(1), None);
    assert_eq!(story.checker.counts().matches, 2);
    assert_eq!(story.checker.take_latencies().len(), 2);
    assert_eq!(story.broken(), []);
}

#[test]
fn a_search_that_is_left_breaks_nothing() {
    let mut story = Story::new();
    story.asks(ALICE, CHESS, FindAnswer::Waiting);
    story.looks(ALICE, LookAnswer::Waiting(CHESS));
    story.asks(ALICE, GO, FindAnswer::WaitingElsewhere(CHESS));
    story.leaves(ALICE, LeaveAnswer::Idle);
    story.tell(ALICE, Event::ToldSearchEnded { socket: SocketNumber(1), reason: Reason::Left });
    story.looks(ALICE, LookAnswer::Idle);
    story.asks(BOB, CHESS, FindAnswer::Waiting);
    assert_eq!(story.broken(), []);
}

#[test]
fn a_match_that_was_over_before_the_leave_may_be_heard_of_after_it() {
    let mut story = Story::new();
    story.asks(ALICE, CHESS, FindAnswer::Waiting);
    story.asks(BOB, CHESS, FindAnswer::Matched(id(1)));
    story.finishes(BOB, finished(1));
    story.leaves(ALICE, LeaveAnswer::Idle);
    story.found(ALICE, 1, id(1), CHESS, BOB);
    story.over(ALICE, id(1));
    story.found(BOB, 1, id(1), CHESS, ALICE);
    assert_eq!(story.broken(), []);
}

#[test]
fn a_match_that_was_over_before_the_look_may_be_heard_of_after_it() {
    let mut story = Story::new();
    story.asks(ALICE, CHESS, FindAnswer::Waiting);
    story.asks(BOB, CHESS, FindAnswer::Matched(id(1)));
    story.finishes(BOB, finished(1));
    story.looks(ALICE, LookAnswer::Idle);
    story.found(ALICE, 1, id(1), CHESS, BOB);
    story.found(BOB, 1, id(1), CHESS, ALICE);
    assert_eq!(story.broken(), []);
}

#[test]
fn any_of_several_asks_at_once_may_have_led_to_the_match() {
    let mut story = Story::new();
    let late = story.sends_ask(ALICE, CHESS);
    story.asks(ALICE, CHESS, FindAnswer::Waiting);
    story.asks(BOB, CHESS, FindAnswer::Matched(id(1)));
    story.found(ALICE, 1, id(1), CHESS, BOB);
    story.found(BOB, 1, id(1), CHESS, ALICE);
    story.finishes(BOB, finished(1));
    story.over(ALICE, id(1));
    // The first ask arrives only now, and leads to a match of its own.
    story.asks(BOB, CHESS, FindAnswer::Matched(id(2)));
    story.found(ALICE, 1, id(2), CHESS, BOB);
    story.found(BOB, 1, id(2), CHESS, ALICE);
    story.asked(ALICE, late, FindAnswer::Waiting);
    assert_eq!(story.broken(), []);
}

#[test]
fn a_call_that_was_given_up_may_be_served_until_it_has_settled() {
    let mut story = Story::new();
    story.asks(ALICE, CHESS, FindAnswer::Lost);
    story.leaves(ALICE, LeaveAnswer::Idle);
    story.asks(BOB, CHESS, FindAnswer::Matched(id(1)));
    story.found(ALICE, 1, id(1), CHESS, BOB);
    story.found(BOB, 1, id(1), CHESS, ALICE);
    assert_eq!(story.broken(), []);

    let mut story = Story::new();
    story.asks(ALICE, CHESS, FindAnswer::Lost);
    story.tell(ALICE, Event::Settled);
    story.leaves(ALICE, LeaveAnswer::Idle);
    story.asks(BOB, CHESS, FindAnswer::Matched(id(1)));
    story.found(ALICE, 1, id(1), CHESS, BOB);
    story.found(BOB, 1, id(1), CHESS, ALICE);
    assert_eq!(story.broken(), [Promise::LeaveOrMatch]);
}

#[test]
fn who_was_away_is_told_when_he_registers() {
    let mut story = Story::new();
    story.asks(ALICE, CHESS, FindAnswer::Waiting);
    story.closes(ALICE, 1);
    story.asks(BOB, CHESS, FindAnswer::Matched(id(1)));
    story.found(BOB, 1, id(1), CHESS, ALICE);
    story.wait(Duration::from_secs(7));
    story.register(ALICE, 2, Status::Matched);
    story.found(ALICE, 2, id(1), CHESS, BOB);
    // On the same socket once more, since he registers once more.
    story.register(ALICE, 2, Status::Matched);
    story.found(ALICE, 2, id(1), CHESS, BOB);
    assert_eq!(story.broken(), []);
}

#[test]
fn one_who_waits_after_another_has_been_paired_was_not_overtaken() {
    let mut story = Story::new();
    story.asks(ALICE, CHESS, FindAnswer::Waiting);
    let call = story.sends_ask(BOB, CHESS);
    // Carol comes after Bob was paired with Alice, of which nobody has heard yet.
    story.asks(CAROL, CHESS, FindAnswer::Waiting);
    story.asked(BOB, call, FindAnswer::Matched(id(1)));
    story.found(ALICE, 1, id(1), CHESS, BOB);
    story.found(BOB, 1, id(1), CHESS, ALICE);
    story.looks(CAROL, LookAnswer::Waiting(CHESS));
    story.asks(DAVE, GO, FindAnswer::Waiting);
    story.looks(DAVE, LookAnswer::Waiting(GO));
    story.looks(CAROL, LookAnswer::Waiting(CHESS));
    assert_eq!(story.broken(), []);
}

#[test]
fn finished_matches_are_forgotten() {
    let mut story = Story::new();
    for number in 0..100 {
        story.pair_alice_and_bob(id(number));
        story.finishes(BOB, finished(number));
        story.wait(Duration::from_secs(1));
    }
    assert!(story.checker.remembered() < 30, "{}", story.checker.remembered());
    assert_eq!(story.checker.counts().matches, 100);
    assert_eq!(story.broken(), []);
}
