//! Calls that were put off, since Redis could not be asked in time: what may come of them, and what may not.

use super::*;

#[test]
fn a_call_that_was_put_off_may_have_been_served() {
    let mut story = Story::new();
    story.asks(ALICE, CHESS, FindAnswer::PutOff);
    story.asks(BOB, CHESS, FindAnswer::Matched(id(1)));
    story.found(ALICE, 1, id(1), CHESS, BOB);
    story.found(BOB, 1, id(1), CHESS, ALICE);
    assert_eq!(story.broken(), []);

    let mut story = Story::new();
    story.asks(ALICE, CHESS, FindAnswer::PutOff);
    story.looks(ALICE, LookAnswer::Waiting(CHESS));
    assert_eq!(story.broken(), []);
}

#[test]
fn a_call_that_was_put_off_may_have_had_no_effect() {
    let mut story = Story::new();
    story.asks(ALICE, CHESS, FindAnswer::PutOff);
    story.looks(ALICE, LookAnswer::Idle);
    story.asks(BOB, CHESS, FindAnswer::Waiting);
    assert_eq!(story.broken(), []);
}

#[test]
fn a_player_whom_a_call_queues_that_was_put_off_before_he_left_is_found() {
    let mut story = Story::new();
    story.asks(ALICE, CHESS, FindAnswer::PutOff);
    story.leaves(ALICE, LeaveAnswer::Idle);
    story.looks(ALICE, LookAnswer::Waiting(CHESS));
    assert_eq!(story.broken(), [Promise::LeaveOrMatch]);

    let mut story = Story::new();
    story.asks(ALICE, CHESS, FindAnswer::PutOff);
    story.leaves(ALICE, LeaveAnswer::Idle);
    story.asks(BOB, CHESS, FindAnswer::Matched(id(1)));
    story.found(ALICE, 1, id(1), CHESS, BOB);
    story.found(BOB, 1, id(1), CHESS, ALICE);
    assert_eq!(story.broken(), [Promise::LeaveOrMatch]);
}

#[test]
fn a_call_that_was_put_off_and_leads_to_two_matches_is_found() {
    let mut story = Story::new();
    story.asks(ALICE, CHESS, FindAnswer::PutOff);
    for number in [1, 2] {
        story.asks(BOB, CHESS, FindAnswer::Matched(id(number)));
        story.found(ALICE, 1, id(number), CHESS, BOB);
        story.found(BOB, 1, id(number), CHESS, ALICE);
        story.finishes(BOB, finished(number));
    }
    assert_eq!(story.broken(), [Promise::LeaveOrMatch]);
}

#[test]
fn servers_that_put_off_more_than_a_few_are_found() {
    let mut story = Story::new();
    for _ in 0..1000 {
        story.looks(ALICE, LookAnswer::Idle);
    }
    story.checker.note_put_off();
    story.checker.check_put_off();
    assert_eq!(story.checker.counts().violations, 0);

    story.checker.note_put_off();
    story.checker.note_put_off();
    story.checker.check_put_off();
    assert_eq!(story.broken(), [Promise::Served]);
}
