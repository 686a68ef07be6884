//! Where only those who are connected are paired: what is honest then, and what is not.

use super::*;

#[test]
fn those_who_are_away_wait_side_by_side_and_are_passed_over() {
    let mut story = Story::of_connected();
    for player in [CAROL, DAVE] {
        story.closes(player, 1);
    }
    story.wait_side_by_side([CAROL, DAVE]);
    story.asks(ERIN, CHESS, FindAnswer::Waiting);
    story.pair_alice_and_bob(id(1));
    for player in [CAROL, DAVE, ERIN, CAROL] {
        story.looks(player, LookAnswer::Waiting(CHESS));
    }
    assert!(story.checker.counts().passed_over > 0);
    assert_eq!(story.broken(), []);

    let mut story = Story::new();
    story.wait_side_by_side([DAVE, ERIN]);
    assert!(story.broken().contains(&Promise::NobodyWaitsInVain));
}

#[test]
fn who_comes_back_is_paired_by_his_registration() {
    let mut story = Story::of_connected();
    story.closes(ALICE, 1);
    story.asks(ALICE, CHESS, FindAnswer::Waiting);
    story.asks(BOB, CHESS, FindAnswer::Waiting);
    story.looks(ALICE, LookAnswer::Waiting(CHESS));
    story.looks(BOB, LookAnswer::Waiting(CHESS));
    story.register(ALICE, 2, Status::Matched);
    story.found(ALICE, 2, id(1), CHESS, BOB);
    story.found(BOB, 1, id(1), CHESS, ALICE);
    assert_eq!(story.broken(), []);
}

#[test]
fn who_has_just_gone_may_be_paired_before_the_server_knows() {
    let mut story = Story::of_connected();
    story.closes(ALICE, 1);
    story.asks(ALICE, CHESS, FindAnswer::Waiting);
    story.asks(BOB, CHESS, FindAnswer::Matched(id(1)));
    story.found(BOB, 1, id(1), CHESS, ALICE);
    story.looks(ALICE, LookAnswer::Matched(id(1)));
    assert_eq!(story.broken(), []);
}

#[test]
fn an_answer_that_was_on_its_way_when_another_came_back_breaks_nothing() {
    let mut story = Story::of_connected();
    story.closes(ALICE, 1);
    story.wait_side_by_side([ALICE, BOB]);
    let call = story.call();
    story.tell(BOB, Event::Looks { call });
    story.register(ALICE, 2, Status::Matched);
    story.tell(BOB, Event::Looked { call, answer: LookAnswer::Waiting(CHESS) });
    story.found(ALICE, 2, id(1), CHESS, BOB);
    story.found(BOB, 1, id(1), CHESS, ALICE);
    assert_eq!(story.broken(), []);
}

#[test]
fn two_who_are_there_and_wait_under_one_key_are_found() {
    let mut story = Story::of_connected();
    story.wait_side_by_side([ALICE, BOB]);
    assert!(story.broken().contains(&Promise::NobodyWaitsInVain));
}

#[test]
fn one_who_comes_back_and_waits_on_beside_another_is_found() {
    let mut story = Story::of_connected();
    story.closes(ALICE, 1);
    story.asks(ALICE, CHESS, FindAnswer::Waiting);
    story.asks(BOB, CHESS, FindAnswer::Waiting);
    story.register(ALICE, 2, Status::Waiting);
    for player in [ALICE, BOB, ALICE, BOB] {
        story.looks(player, LookAnswer::Waiting(CHESS));
    }
    assert!(story.broken().contains(&Promise::NobodyWaitsInVain));
}

#[test]
fn one_who_is_there_and_is_passed_over_is_found() {
    let mut story = Story::of_connected();
    story.closes(BOB, 1);
    story.asks(ALICE, CHESS, FindAnswer::Waiting);
    story.asks(BOB, CHESS, FindAnswer::Waiting);
    story.asks(CAROL, CHESS, FindAnswer::Matched(id(1)));
    story.found(CAROL, 1, id(1), CHESS, BOB);
    story.looks(BOB, LookAnswer::Matched(id(1)));
    story.looks(ALICE, LookAnswer::Waiting(CHESS));
    assert_eq!(story.broken(), [Promise::FirstComeFirstServed]);
}

#[test]
fn one_who_is_paired_and_was_never_there_is_found() {
    let mut story = Story::of_connected();
    story.asks(ERIN, CHESS, FindAnswer::Waiting);
    story.asks(BOB, CHESS, FindAnswer::Matched(id(1)));
    story.found(BOB, 1, id(1), CHESS, ERIN);
    assert_eq!(story.broken(), [Promise::ConnectedAlone]);
}

#[test]
fn one_who_is_paired_long_after_he_has_gone_is_found() {
    let mut story = Story::of_connected();
    story.closes(ALICE, 1);
    story.wait(Duration::from_mins(1));
    story.asks(ALICE, CHESS, FindAnswer::Waiting);
    story.asks(BOB, CHESS, FindAnswer::Matched(id(1)));
    story.found(BOB, 1, id(1), CHESS, ALICE);
    assert_eq!(story.broken(), [Promise::ConnectedAlone]);
}
