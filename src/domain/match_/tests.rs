use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::domain::{Asset, Game, Stake};

fn player(id: &str) -> PlayerId {
    PlayerId::parse(id).unwrap()
}

fn key() -> QueueKey {
    QueueKey::new(Game::parse("chess").unwrap(), Stake::parse(Asset::Usdt, "20").unwrap())
}

const WAITED: Duration = Duration::from_micros(7);

fn propose(players: [&str; 2]) -> Result<Match, SamePlayer> {
    let id = MatchId::from_uuid(Uuid::from_u128(1));
    Match::propose(id, Serial(3), key(), players.map(player), Timestamp::from_millis(9), WAITED)
}

fn restore(status: MatchStatus) -> Match {
    let id = MatchId::from_uuid(Uuid::from_u128(1));
    let players = ["anna", "bert"].map(player);
    Match::restore(id, Serial(3), key(), players, Timestamp::from_millis(9), WAITED, status).unwrap()
}

#[test]
fn nobody_is_matched_with_himself() {
    assert_eq!(propose(["anna", "anna"]), Err(SamePlayer));
    let id = MatchId::from_uuid(Uuid::from_u128(1));
    let (players, paired_at) = (["anna", "anna"].map(player), Timestamp::default());
    let stored = Match::restore(id, Serial(3), key(), players, paired_at, WAITED, MatchStatus::Active);
    assert_eq!(stored, Err(SamePlayer));
}

#[test]
fn a_match_goes_from_waiting_to_active_to_finished_and_stays_what_it_is_otherwise() {
    let proposed = propose(["anna", "bert"]).unwrap();
    assert_eq!(proposed.status(), MatchStatus::Waiting);
    let active = proposed.activate().unwrap();
    assert_eq!(active, restore(MatchStatus::Active));
    let finished = active.finish().unwrap();
    assert_eq!(finished, restore(MatchStatus::Finished));
}

#[test]
fn a_match_skips_no_step_and_never_walks_back() {
    type Step = fn(Match) -> Result<Match, IllegalTransition>;
    let (activate, finish): (Step, Step) = (Match::activate, Match::finish);
    let illegal = [
        (MatchStatus::Waiting, finish, "a match cannot go from waiting to finished"),
        (MatchStatus::Active, activate, "a match cannot go from active to active"),
        (MatchStatus::Finished, activate, "a match cannot go from finished to active"),
        (MatchStatus::Finished, finish, "a match cannot go from finished to finished"),
    ];
    for (status, step, refusal) in illegal {
        assert_eq!(step(restore(status)).unwrap_err().to_string(), refusal);
    }
}

#[test]
fn only_a_finished_match_is_over() {
    let over =
        [MatchStatus::Waiting, MatchStatus::Active, MatchStatus::Finished].map(|status| restore(status).is_finished());
    assert_eq!(over, [false, false, true]);
}

#[test]
fn each_player_is_the_others_opponent_and_a_stranger_has_none() {
    let match_ = restore(MatchStatus::Active);
    assert_eq!(match_.opponent_of(&player("anna")), Some(&player("bert")));
    assert_eq!(match_.opponent_of(&player("bert")), Some(&player("anna")));
    assert_eq!(match_.opponent_of(&player("carl")), None);
}

#[test]
fn a_match_id_has_one_spelling() {
    let written = "0a1b2c3d-4e5f-4678-9abc-def012345678";
    let id = MatchId::parse(written).unwrap();
    assert_eq!((id.to_string(), format!("{id:?}")), (written.to_owned(), written.to_owned()));
    let others = [
        "0A1B2C3D-4E5F-4678-9ABC-DEF012345678",
        "0a1b2c3d-4e5f-4678-9abc-deF012345678",
        "0a1b2c3d4e5f46789abcdef012345678",
        "{0a1b2c3d-4e5f-4678-9abc-def012345678}",
        "urn:uuid:0a1b2c3d-4e5f-4678-9abc-def012345678",
        " 0a1b2c3d-4e5f-4678-9abc-def012345678",
        "0a1b2c3d-4e5f-4678-9abc-def012345678 ",
        "0a1b2c3d-4e5f-4678-9abc-def01234567",
        "0a1b2c3d-4e5f-4678-9abc-def0123456789",
        "0a1b2c3d-4e5f-4678-9abc-def01234567g",
        "0a1b2c3-d4e5f-4678-9abc-def012345678",
        "",
        "..",
        "match-1",
    ];
    for text in others {
        assert_eq!(MatchId::parse(text), None, "{text:?}");
    }
}

proptest! {
    #[test]
    fn a_match_id_reads_back_as_itself(bits: u128) {
        let id = MatchId::from_uuid(Uuid::from_u128(bits));
        prop_assert_eq!(MatchId::parse(&id.to_string()), Some(id));
        prop_assert_eq!(MatchId::from_uuid(id.as_uuid()), id);
    }

    #[test]
    fn a_text_that_is_read_as_a_match_id_is_the_way_it_is_written(text in "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|.*") {
        let written = MatchId::parse(&text).map(|id| id.to_string());
        prop_assert!(written.is_none_or(|written| written == text));
    }
}
