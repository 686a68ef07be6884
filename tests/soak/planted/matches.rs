//! Broken promises about who plays, who waits, and what stands.

use super::*;

#[test]
fn a_player_who_plays_himself_is_found() {
    let mut story = Story::new();
    story.asks(ALICE, CHESS, FindAnswer::Waiting);
    story.found(ALICE, 1, id(1), CHESS, ALICE);
    assert_eq!(story.broken(), [Promise::TwoRealPlayers]);

    let mut story = Story::new();
    story.pair_alice_and_bob(id(1));
    story.reads(BOB, id(1), Some(Document { players: [BOB, BOB], ..active(1) }));
    assert_eq!(story.broken(), [Promise::TwoRealPlayers]);
}

#[test]
fn a_third_player_in_a_match_is_found() {
    let mut story = Story::new();
    story.pair_alice_and_bob(id(1));
    story.asks(CAROL, CHESS, FindAnswer::Matched(id(1)));
    assert!(story.broken().contains(&Promise::TwoRealPlayers));
}

#[test]
fn a_match_under_two_keys_is_found() {
    let mut story = Story::new();
    story.pair_alice_and_bob(id(1));
    story.reads(BOB, id(1), Some(Document { key: GO, ..active(1) }));
    assert_eq!(story.broken(), [Promise::TwoRealPlayers]);
}

#[test]
fn a_match_that_its_player_did_not_ask_for_is_found() {
    let mut story = Story::new();
    story.asks(ALICE, GO, FindAnswer::Waiting);
    story.asks(BOB, CHESS, FindAnswer::Matched(id(1)));
    story.found(BOB, 1, id(1), CHESS, ALICE);
    story.found(ALICE, 1, id(1), CHESS, BOB);
    assert_eq!(story.broken(), [Promise::LeaveOrMatch]);
}

#[test]
fn two_matches_from_one_ask_are_found() {
    let mut story = Story::new();
    story.pair_alice_and_bob(id(1));
    story.finishes(BOB, finished(1));
    story.asks(BOB, CHESS, FindAnswer::Matched(id(2)));
    story.found(BOB, 1, id(2), CHESS, ALICE);
    story.found(ALICE, 1, id(2), CHESS, BOB);
    assert_eq!(story.broken(), [Promise::LeaveOrMatch]);
}

#[test]
fn two_unfinished_matches_of_one_player_are_found() {
    let mut story = Story::new();
    story.pair_alice_and_bob(id(1));
    let call = story.sends_ask(ALICE, CHESS);
    story.asks(CAROL, CHESS, FindAnswer::Matched(id(2)));
    story.found(CAROL, 1, id(2), CHESS, ALICE);
    story.asked(ALICE, call, FindAnswer::Waiting);
    story.found(ALICE, 1, id(2), CHESS, CAROL);
    assert!(story.broken().contains(&Promise::OneStanding));
}

#[test]
fn a_match_after_a_leave_is_found() {
    let mut story = Story::new();
    story.asks(ALICE, CHESS, FindAnswer::Waiting);
    story.leaves(ALICE, LeaveAnswer::Idle);
    story.asks(BOB, CHESS, FindAnswer::Matched(id(1)));
    story.found(BOB, 1, id(1), CHESS, ALICE);
    story.found(ALICE, 1, id(1), CHESS, BOB);
    assert_eq!(story.broken(), [Promise::LeaveOrMatch]);
}

#[test]
fn a_ticket_that_outlives_a_leave_is_found() {
    let mut story = Story::new();
    story.asks(ALICE, CHESS, FindAnswer::Waiting);
    story.leaves(ALICE, LeaveAnswer::Idle);
    story.looks(ALICE, LookAnswer::Waiting(CHESS));
    assert_eq!(story.broken(), [Promise::LeaveOrMatch]);

    let mut story = Story::new();
    story.register(ALICE, 2, Status::Waiting);
    assert_eq!(story.broken(), [Promise::LeaveOrMatch]);
}

#[test]
fn a_player_in_a_match_who_is_answered_otherwise_is_found() {
    let answers: [fn(&mut Story); 6] = [
        |story| story.leaves(ALICE, LeaveAnswer::Idle),
        |story| story.looks(ALICE, LookAnswer::Idle),
        |story| story.looks(ALICE, LookAnswer::Waiting(CHESS)),
        |story| story.asks(ALICE, CHESS, FindAnswer::Waiting),
        |story| story.register(ALICE, 2, Status::Idle),
        |story| story.register(ALICE, 2, Status::Waiting),
    ];
    for answer in answers {
        let mut story = Story::new();
        story.pair_alice_and_bob(id(1));
        answer(&mut story);
        assert!(story.broken().contains(&Promise::OneStanding));
    }
}

#[test]
fn a_conflict_with_what_was_asked_for_itself_is_found() {
    let mut story = Story::new();
    story.asks(ALICE, CHESS, FindAnswer::Waiting);
    story.asks(ALICE, CHESS, FindAnswer::WaitingElsewhere(CHESS));
    assert_eq!(story.broken(), [Promise::OneStanding]);

    let mut story = Story::new();
    story.pair_alice_and_bob(id(1));
    story.asks(ALICE, CHESS, FindAnswer::MatchedElsewhere(id(1)));
    assert_eq!(story.broken(), [Promise::OneStanding]);
}

#[test]
fn two_who_wait_under_one_key_are_found() {
    let mut story = Story::new();
    story.wait_side_by_side([ALICE, BOB]);
    assert!(story.broken().contains(&Promise::NobodyWaitsInVain));
}

#[test]
fn a_player_who_is_overtaken_is_found() {
    let mut story = Story::new();
    story.asks(ALICE, CHESS, FindAnswer::Waiting);
    story.asks(BOB, CHESS, FindAnswer::Waiting);
    story.asks(CAROL, CHESS, FindAnswer::Matched(id(1)));
    story.found(CAROL, 1, id(1), CHESS, BOB);
    story.found(BOB, 1, id(1), CHESS, CAROL);
    story.looks(ALICE, LookAnswer::Waiting(CHESS));
    assert_eq!(story.broken(), [Promise::FirstComeFirstServed]);
}

#[test]
fn a_ticket_that_vanishes_is_found() {
    let mut story = Story::new();
    story.asks(ALICE, CHESS, FindAnswer::Waiting);
    story.looks(ALICE, LookAnswer::Idle);
    assert_eq!(story.broken(), [Promise::NothingIsLost]);
}

#[test]
fn a_match_that_cannot_be_read_is_found() {
    let mut story = Story::new();
    story.pair_alice_and_bob(id(1));
    story.reads(ALICE, id(1), None);
    assert_eq!(story.broken(), [Promise::NothingIsLost]);

    let mut story = Story::new();
    story.pair_alice_and_bob(id(1));
    story.finishes(BOB, finished(1));
    story.wait(Duration::from_secs(8));
    story.reads(ALICE, id(1), None);
    assert_eq!(story.broken(), [Promise::NothingIsLost]);

    let mut story = Story::new();
    story.pair_alice_and_bob(id(1));
    story.reads(ALICE, id(1), Some(active(2)));
    assert!(story.broken().contains(&Promise::NothingIsLost));
}

#[test]
fn a_match_whose_status_walks_back_or_ahead_is_found() {
    let mut story = Story::new();
    story.pair_alice_and_bob(id(1));
    story.finishes(BOB, finished(1));
    story.reads(ALICE, id(1), Some(active(1)));
    assert_eq!(story.broken(), [Promise::NothingIsLost]);

    let mut story = Story::new();
    story.pair_alice_and_bob(id(1));
    story.reads(ALICE, id(1), Some(finished(1)));
    assert_eq!(story.broken(), [Promise::NothingIsLost]);

    let mut story = Story::new();
    story.pair_alice_and_bob(id(1));
    story.finishes(ALICE, active(1));
    assert_eq!(story.broken(), [Promise::NothingIsLost]);
}
