//! Logs of several servers that do not go together.

use super::*;
use crate::checker::Line;

impl Story {
    fn logs(&mut self, lines: impl IntoIterator<Item = Line>) {
        lines.into_iter().for_each(|line| self.checker.logged(line));
    }

    /// Alice and Bob play and are done; Carol waits and leaves.
    fn with_a_match_and_a_search() -> Self {
        let mut story = Self::new();
        story.pair_alice_and_bob(id(1));
        story.finishes(BOB, finished(1));
        story.over(ALICE, id(1));
        story.over(BOB, id(1));
        story.asks(CAROL, GO, FindAnswer::Waiting);
        story.leaves(CAROL, LeaveAnswer::Idle);
        story
    }

    fn broken_when_all_logs_are_read(mut self) -> Vec<Promise> {
        self.checker.check_log();
        self.broken()
    }
}

/// What the logs say of that, in an order in which two logs can be read.
fn sound() -> Vec<Line> {
    let mut lines: Vec<Line> = [ALICE, BOB, CAROL, DAVE].into_iter().map(Line::Registered).collect();
    let created = Line::Created { id: id(1), players: [ALICE, BOB] };
    lines.extend([Line::Finished(id(1)), created, Line::Joined(ALICE)]);
    lines.extend([Line::Ended { player: CAROL, left: true }, Line::Joined(CAROL)]);
    lines
}

#[test]
fn logs_that_go_together_break_nothing_in_whatever_order_they_are_read() {
    for lines in [sound(), sound().into_iter().rev().collect()] {
        let mut story = Story::with_a_match_and_a_search();
        story.logs(lines);
        assert_eq!(story.broken_when_all_logs_are_read(), []);
    }
}

#[test]
fn each_line_that_is_missing_is_found() {
    for missing in 0..sound().len() {
        let mut lines = sound();
        let line = lines.remove(missing);
        let mut story = Story::with_a_match_and_a_search();
        story.logs(lines);
        assert!(story.broken_when_all_logs_are_read().contains(&Promise::Logged), "{line:?}");
    }
}

#[test]
fn each_line_that_two_servers_write_is_found() {
    // But for a registration: a socket that its player gave up may have been greeted as well.
    for line in sound().into_iter().filter(|line| !matches!(line, Line::Registered(_))) {
        let mut story = Story::with_a_match_and_a_search();
        story.logs(sound());
        story.logs([line]);
        assert!(story.broken_when_all_logs_are_read().contains(&Promise::Logged), "{line:?}");
    }
}

#[test]
fn a_search_that_ended_by_itself_is_found() {
    let mut story = Story::with_a_match_and_a_search();
    story.logs(sound());
    story.logs([Line::Joined(DAVE), Line::Ended { player: DAVE, left: false }]);
    assert_eq!(story.broken_when_all_logs_are_read(), [Promise::Logged]);
}

#[test]
fn a_match_that_no_player_saw_is_found() {
    let mut story = Story::with_a_match_and_a_search();
    story.logs(sound());
    let players = [CAROL, DAVE];
    story.logs([Line::Joined(CAROL), Line::Created { id: id(2), players }, Line::Finished(id(2))]);
    assert_eq!(story.broken_when_all_logs_are_read(), [Promise::Logged]);
}

#[test]
fn a_registration_pairs_two_who_both_waited_where_only_the_connected_are_paired() {
    let lines = || sound().into_iter().chain([Line::Joined(BOB)]);
    let mut story = Story::with_a_match_and_a_search();
    story.logs(lines());
    assert_eq!(story.broken_when_all_logs_are_read(), [Promise::Logged]);

    let mut story = Story::of_connected();
    story.pair_alice_and_bob(id(1));
    story.logs(lines());
    assert_eq!(story.broken_when_all_logs_are_read(), []);
}
