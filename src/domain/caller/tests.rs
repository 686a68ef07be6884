use std::time::Duration;

use uuid::Uuid;

use super::*;
use crate::domain::{Asset, Game, MatchId, QueueKey, Serial, Stake};

fn player(id: &str) -> PlayerId {
    PlayerId::parse(id).expect("a player id")
}

fn match_of(first: &str, second: &str) -> Match {
    let stake = Stake::parse(Asset::Usdt, "20").expect("a stake");
    let key = QueueKey::new(Game::parse("chess").expect("a game"), stake);
    let players = [player(first), player(second)];
    let (id, now) = (MatchId::from_uuid(Uuid::nil()), Timestamp::default());
    Match::propose(id, Serial(1), key, players, now, Duration::ZERO).expect("two players")
}

fn known(id: Option<&str>) -> Known {
    Known { player: id.map(player), reads_every_match: false, finishes_matches: false, until: Timestamp::default() }
}

#[test]
fn anybody_may_do_everything_for_as_long_as_he_likes() {
    let caller = Caller::Anybody;
    assert!(caller.speaks_for(&player("alice")));
    assert!(caller.reads(&match_of("alice", "bob")));
    assert!(caller.finishes_matches());
    assert_eq!(caller.until(), None);
}

#[test]
fn a_player_speaks_for_himself_alone() {
    let alice = Caller::Known(known(Some("alice")));
    assert!(alice.speaks_for(&player("alice")));
    assert!(!alice.speaks_for(&player("Alice")));
    assert!(!alice.speaks_for(&player("bob")));
}

#[test]
fn a_player_reads_the_matches_he_is_in_and_finishes_none() {
    let alice = Caller::Known(known(Some("alice")));
    assert!(alice.reads(&match_of("alice", "bob")));
    assert!(alice.reads(&match_of("bob", "alice")));
    assert!(!alice.reads(&match_of("bob", "carol")));
    assert!(!alice.finishes_matches());
}

#[test]
fn a_player_with_a_scope_for_matches_is_more_than_a_player() {
    assert_eq!(Caller::Known(known(Some("alice"))).sole_player(), Some(&player("alice")));
    let more = [
        Known { reads_every_match: true, ..known(Some("alice")) },
        Known { finishes_matches: true, ..known(Some("alice")) },
        known(None),
    ];
    for more in more {
        assert_eq!(Caller::Known(more).sole_player(), None);
    }
    assert_eq!(Caller::Anybody.sole_player(), None);
}

#[test]
fn a_game_server_reads_and_finishes_as_far_as_it_was_allowed_to_and_speaks_for_nobody() {
    let reader = Caller::Known(Known { reads_every_match: true, ..known(None) });
    assert!(reader.reads(&match_of("alice", "bob")));
    assert!(!reader.finishes_matches());
    assert!(!reader.speaks_for(&player("alice")));

    let finisher = Caller::Known(Known { finishes_matches: true, ..known(None) });
    assert!(!finisher.reads(&match_of("alice", "bob")));
    assert!(finisher.finishes_matches());
    assert!(!finisher.speaks_for(&player("alice")));
}

#[test]
fn somebody_known_is_known_until_a_moment() {
    let until = Timestamp::from_millis(7);
    assert_eq!(Caller::Known(Known { until, ..known(None) }).until(), Some(until));
}
