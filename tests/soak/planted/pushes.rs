//! Broken promises about who is told what.

use super::*;
use crate::checker::Reason;

#[test]
fn a_player_who_is_not_told_is_found() {
    let mut story = Story::new();
    story.asks(ALICE, CHESS, FindAnswer::Waiting);
    story.asks(BOB, CHESS, FindAnswer::Matched(id(1)));
    story.found(BOB, 1, id(1), CHESS, ALICE);
    assert_eq!(story.broken(), [Promise::BothAreTold]);
}

#[test]
fn a_player_who_is_not_told_of_a_match_that_is_soon_over_is_found() {
    let mut story = Story::new();
    story.asks(ALICE, CHESS, FindAnswer::Waiting);
    story.asks(BOB, CHESS, FindAnswer::Matched(id(1)));
    story.found(BOB, 1, id(1), CHESS, ALICE);
    story.finishes(BOB, finished(1));
    assert_eq!(story.broken(), [Promise::BothAreTold]);
}

#[test]
fn a_greeting_that_does_not_name_the_match_is_found() {
    let mut story = Story::new();
    story.asks(ALICE, CHESS, FindAnswer::Waiting);
    story.closes(ALICE, 1);
    story.asks(BOB, CHESS, FindAnswer::Matched(id(1)));
    story.found(BOB, 1, id(1), CHESS, ALICE);
    story.register(ALICE, 2, Status::Matched);
    assert!(story.broken().contains(&Promise::BothAreTold));
}

#[test]
fn a_greeting_that_is_followed_by_something_else_is_found() {
    let mut story = Story::new();
    story.pair_alice_and_bob(id(1));
    story.register(ALICE, 2, Status::Matched);
    story.finishes(BOB, finished(1));
    story.tell(ALICE, Event::ToldFinished { socket: SocketNumber(2), id: id(1) });
    assert!(story.broken().contains(&Promise::BothAreTold));
}

#[test]
fn a_copy_on_one_socket_is_found() {
    let mut story = Story::new();
    story.pair_alice_and_bob(id(1));
    story.found(ALICE, 1, id(1), CHESS, BOB);
    assert_eq!(story.broken(), [Promise::BothAreTold]);

    let mut story = Story::new();
    story.pair_alice_and_bob(id(1));
    story.finishes(BOB, finished(1));
    story.over(ALICE, id(1));
    story.over(ALICE, id(1));
    assert_eq!(story.broken(), [Promise::BothAreTold]);
}

#[test]
fn a_push_before_the_registration_is_answered_is_found() {
    let mut story = Story::new();
    story.asks(ALICE, CHESS, FindAnswer::Waiting);
    story.asks(BOB, CHESS, FindAnswer::Matched(id(1)));
    story.tell(ALICE, Event::Registers { socket: SocketNumber(2) });
    story.found(ALICE, 2, id(1), CHESS, BOB);
    story.found(ALICE, 1, id(1), CHESS, BOB);
    story.found(BOB, 1, id(1), CHESS, ALICE);
    assert_eq!(story.broken(), [Promise::BothAreTold]);
}

#[test]
fn a_beginning_after_the_end_is_found() {
    let mut story = Story::new();
    story.pair_alice_and_bob(id(1));
    story.finishes(BOB, finished(1));
    story.over(ALICE, id(1));
    story.register(ALICE, 2, Status::Idle);
    story.found(ALICE, 2, id(1), CHESS, BOB);
    assert_eq!(story.broken(), [Promise::BothAreTold]);
}

#[test]
fn an_end_without_a_beginning_is_found() {
    let mut story = Story::new();
    story.asks(ALICE, CHESS, FindAnswer::Waiting);
    story.asks(BOB, CHESS, FindAnswer::Matched(id(1)));
    story.found(BOB, 1, id(1), CHESS, ALICE);
    story.finishes(BOB, finished(1));
    story.over(ALICE, id(1));
    assert!(story.broken().contains(&Promise::BothAreTold));
}

#[test]
fn an_end_that_nobody_asked_for_is_found() {
    let mut story = Story::new();
    story.pair_alice_and_bob(id(1));
    story.over(ALICE, id(1));
    assert_eq!(story.broken(), [Promise::NothingIsLost]);
}

#[test]
fn somebody_who_is_told_of_the_match_of_others_is_found() {
    let mut story = Story::new();
    story.pair_alice_and_bob(id(1));
    story.found(CAROL, 1, id(1), CHESS, ALICE);
    assert!(story.broken().contains(&Promise::NobodyElseIsTold));

    let mut story = Story::new();
    story.pair_alice_and_bob(id(1));
    story.finishes(BOB, finished(1));
    story.over(CAROL, id(1));
    assert_eq!(story.broken(), [Promise::NobodyElseIsTold]);

    let mut story = Story::new();
    story.over(CAROL, id(1));
    assert_eq!(story.broken(), [Promise::NobodyElseIsTold]);
}

#[test]
fn a_search_that_ends_though_its_player_is_connected_is_found() {
    for reason in [Reason::Left, Reason::Expired, Reason::Disconnected] {
        let mut story = Story::new();
        story.asks(ALICE, CHESS, FindAnswer::Waiting);
        story.tell(ALICE, Event::ToldSearchEnded { socket: SocketNumber(1), reason });
        assert_eq!(story.broken(), [Promise::NothingIsLost]);
    }
}

#[test]
fn what_no_rule_covers_is_kept_and_counted_up_to_a_bound() {
    let mut story = Story::new();
    for _ in 0..1000 {
        story.checker.complain(Promise::Served, Some(ALICE), "a call broke");
    }
    assert_eq!(story.checker.counts().violations, 1000);
    assert_eq!(story.broken(), [Promise::Served; 10]);
}
