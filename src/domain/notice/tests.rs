use std::time::Duration;

use uuid::Uuid;

use super::*;
use crate::domain::{
    Asset, EndReason, Game, MatchId, MatchStatus, Pairing, PlayerId, QueueKey, Stake, Ticket, Timestamp,
};

fn key() -> QueueKey {
    QueueKey::new(Game::parse("chess").unwrap(), Stake::parse(Asset::Usdt, "20").unwrap())
}

fn match_at(serial: u64) -> Match {
    let id = MatchId::from_uuid(Uuid::from_u128(serial.into()));
    let players = ["anna", "bert"].map(|id| PlayerId::parse(id).unwrap());
    let (at, waited) = (Timestamp::default(), Duration::ZERO);
    Match::restore(id, Serial(serial), key(), players, at, waited, MatchStatus::Active).unwrap()
}

fn found(serial: u64) -> Notice {
    Notice::MatchFound(match_at(serial))
}

fn finished(serial: u64) -> Notice {
    Notice::MatchFinished(match_at(serial))
}

fn ended(serial: u64) -> Notice {
    let player = PlayerId::parse("anna").unwrap();
    Notice::SearchEnded(EndedTicket { player, ticket: ticket(serial), reason: EndReason::Left })
}

fn waiting(serial: u64) -> Standing {
    Standing::Waiting(ticket(serial))
}

fn ticket(serial: u64) -> Ticket {
    Ticket { key: key(), serial: Serial(serial), joined_at: Timestamp::default() }
}

fn matched(serial: u64) -> Standing {
    Standing::Matched(Pairing { match_: match_at(serial), settled: true })
}

/// Which of the notices are news, one after the other, to a player who was greeted like this.
fn news<const N: usize>(greeting: &Greeting, notices: [Notice; N]) -> [bool; N] {
    let mut heard = greeting.heard();
    notices.map(|notice| heard.admit(&notice))
}

#[test]
fn a_copy_is_no_news() {
    let idle = Greeting::new(Serial(1), Standing::Idle);
    assert_eq!(news(&idle, [found(2), found(2), found(2)]), [true, false, false]);
    assert_eq!(news(&idle, [finished(2), finished(2)]), [true, false]);
    assert_eq!(news(&idle, [ended(2), ended(2)]), [true, false]);
}

#[test]
fn nobody_hears_of_a_match_found_after_the_same_match_finished() {
    let idle = Greeting::new(Serial(1), Standing::Idle);
    assert_eq!(news(&idle, [found(2), finished(2), found(2)]), [true, true, false]);
    assert_eq!(news(&idle, [finished(2), found(2)]), [true, false]);
}

#[test]
fn nobody_hears_of_what_came_before_something_that_he_has_heard() {
    let idle = Greeting::new(Serial(1), Standing::Idle);
    assert_eq!(news(&idle, [found(5), ended(4), finished(3), found(2)]), [true, false, false, false]);
    assert_eq!(news(&idle, [ended(2), found(4), finished(4), ended(5), found(7)]), [true; 5]);
}

#[test]
fn a_notice_that_is_no_news_changes_nothing() {
    let mut heard = Greeting::new(Serial(1), matched(4)).heard();
    let before = heard;
    assert!(!heard.admit(&found(3)) && heard == before);
}

#[test]
fn a_socket_that_has_heard_nothing_admits_whatever_comes_first() {
    for notice in [found(1), finished(1), ended(1)] {
        assert!(Heard::default().admit(&notice), "{notice:?}");
    }
}

#[test]
fn to_a_player_greeted_as_idle_everything_before_his_connection_is_past() {
    let greeting = Greeting::new(Serial(5), Standing::Idle);
    assert_eq!(news(&greeting, [found(4), finished(4), ended(4)]), [false; 3]);
    assert_eq!(news(&greeting, [ended(6)]), [true]);
    assert_eq!(news(&greeting, [found(6), finished(6)]), [true, true]);
}

#[test]
fn a_socket_greeted_anew_lives_by_its_own_connection_and_has_heard_what_was_read_later() {
    let greeting = Greeting::anew(Serial(2), Serial(5), Standing::Idle);
    assert_eq!((greeting.connection(), greeting.read_at()), (Serial(2), Serial(5)));
    assert_eq!(news(&greeting, [found(4), found(6)]), [false, true]);
}

#[test]
fn a_player_greeted_as_waiting_hears_how_his_ticket_ends_and_nothing_older() {
    let greeting = Greeting::new(Serial(9), waiting(5));
    assert_eq!(news(&greeting, [ended(5)]), [true]);
    assert_eq!(news(&greeting, [found(6)]), [true]);
    assert_eq!(news(&greeting, [found(4), finished(4), ended(4)]), [false; 3]);
}

#[test]
fn a_greeting_that_names_the_match_counts_as_its_one_copy() {
    let greeting = Greeting::new(Serial(9), matched(5));
    assert_eq!(greeting.match_found(), Some(&match_at(5)));
    assert_eq!(news(&greeting, [ended(4), found(5), finished(5)]), [false, false, true]);
}

#[test]
fn only_a_matched_player_is_named_a_match() {
    for standing in [Standing::Idle, waiting(3)] {
        assert_eq!(Greeting::new(Serial(9), standing).match_found(), None);
    }
}

#[test]
fn greetings_that_follow_one_another_are_in_the_order_of_the_players_story() {
    let story = [
        Greeting::new(Serial(1), Standing::Idle),
        Greeting::new(Serial(3), waiting(2)),
        Greeting::new(Serial(5), matched(4)),
        Greeting::new(Serial(7), Standing::Idle),
    ];
    assert!(story.map(|greeting| greeting.heard()).is_sorted_by(|earlier, later| earlier < later));
}
