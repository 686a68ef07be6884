use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::{
    adapters::log::{LogFormat, capture::captured},
    domain::{
        Asset, EndReason, EndedTicket, Game, Match, MatchId, PlayerId, QueueKey, Serial, Stake, Ticket, Timestamp,
    },
    ports::CarriedBy,
};

const MATCH_ID: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";

fn player(id: &str) -> PlayerId {
    PlayerId::parse(id).expect("a player id")
}

fn ticket() -> Ticket {
    let stake = Stake::parse(Asset::Eth, "0.000000000000000001").expect("a stake");
    Ticket {
        key: QueueKey::new(Game::parse("chess").expect("a game"), stake),
        serial: Serial(1),
        joined_at: Timestamp::default(),
    }
}

fn match_() -> Match {
    let id = MatchId::from_uuid(Uuid::parse_str(MATCH_ID).expect("a UUID"));
    let players = [player("ada"), player("bob")];
    Match::propose(id, Serial(2), ticket().key, players, Timestamp::default(), Duration::ZERO)
        .expect("two distinct players")
}

/// Records the event; gives the one line of the log, and the series of the metrics that stand above zero.
fn recorded(format: LogFormat, event: Event<'_>) -> (String, Vec<String>) {
    let metrics = Arc::new(Metrics::new(|| 0));
    let journal = LoggingJournal::new(Arc::clone(&metrics));
    let lines = captured(format, || journal.record(event)).lines;
    let [line] = lines.try_into().expect("an event is one line");
    let rendered = metrics.render(None);
    let counted = rendered.lines().filter(|series| series.contains("_total") && !series.ends_with(" 0"));
    (line, counted.map(ToOwned::to_owned).collect())
}

/// Checks the event's line in both formats, and that it counts once, in this series and no other.
fn assert_recorded(event: Event<'_>, text: &str, fields: &Value, series: &str) {
    let (line, counted) = recorded(LogFormat::Text, event);
    let (time, rest) = line.split_once(' ').expect("a line begins with its time");
    assert!(time.ends_with('Z') && time.contains('T'), "{line}");
    assert_eq!(rest, format!(" INFO {text}"));
    assert_eq!(counted, [format!("{series} 1")]);

    let (line, counted) = recorded(LogFormat::Json, event);
    let Value::Object(mut written) = serde_json::from_str(&line).expect("a line is a JSON object") else {
        panic!("not an object: {line}")
    };
    let time = written.remove("timestamp").expect("a line has its time");
    assert!(time.as_str().is_some_and(|time| time.ends_with('Z')), "{line}");
    assert_eq!(written.remove("level"), Some(json!("INFO")));
    assert_eq!(&Value::Object(written), fields);
    assert_eq!(counted, [format!("{series} 1")]);
}

#[test]
fn a_registration_is_logged_and_counted() {
    assert_recorded(
        Event::PlayerRegistered(&player("a.b:c@d|e+f=g")),
        "player registered player_id=a.b:c@d|e+f=g",
        &json!({"message": "player registered", "player_id": "a.b:c@d|e+f=g"}),
        "matchmaker_registrations_total",
    );
}

#[test]
fn a_join_is_logged_and_counted() {
    assert_recorded(
        Event::QueueJoined(&player("ada"), &ticket()),
        "queue joined player_id=ada game=chess asset=ETH amount=0.000000000000000001",
        &json!({
            "message": "queue joined",
            "player_id": "ada",
            "game": "chess",
            "asset": "ETH",
            "amount": "0.000000000000000001",
        }),
        "matchmaker_queue_joins_total",
    );
}

#[test]
fn a_created_match_is_logged_and_counted() {
    assert_recorded(
        Event::MatchCreated(&match_()),
        &format!(
            "match created match_id={MATCH_ID} game=chess asset=ETH amount=0.000000000000000001 first_player_id=ada \
             second_player_id=bob"
        ),
        &json!({
            "message": "match created",
            "match_id": MATCH_ID,
            "game": "chess",
            "asset": "ETH",
            "amount": "0.000000000000000001",
            "first_player_id": "ada",
            "second_player_id": "bob",
        }),
        "matchmaker_matches_created_total",
    );
}

#[test]
fn every_end_of_a_ticket_has_one_word_in_the_log_and_in_the_metrics() {
    for reason in EndReason::ALL {
        let word = reason.as_str();
        assert_recorded(
            Event::TicketEnded(&EndedTicket { player: player("ada"), ticket: ticket(), reason }),
            &format!("ticket ended player_id=ada game=chess asset=ETH amount=0.000000000000000001 reason={word}"),
            &json!({
                "message": "ticket ended",
                "player_id": "ada",
                "game": "chess",
                "asset": "ETH",
                "amount": "0.000000000000000001",
                "reason": word,
            }),
            &format!("matchmaker_tickets_ended_total{{reason=\"{word}\"}}"),
        );
    }
}

#[test]
fn a_match_that_was_carried_forward_is_logged_and_counted() {
    for (by, word) in [(CarriedBy::Call, "call"), (CarriedBy::Sweep, "sweep")] {
        assert_recorded(
            Event::MatchCarriedForward(&match_(), by),
            &format!("match carried forward match_id={MATCH_ID} by={word}"),
            &json!({"message": "match carried forward", "match_id": MATCH_ID, "by": word}),
            &format!("matchmaker_matches_carried_forward_total{{by=\"{word}\"}}"),
        );
    }
}

#[test]
fn a_finished_match_is_logged_and_counted() {
    assert_recorded(
        Event::MatchFinished(&match_()),
        &format!("match finished match_id={MATCH_ID}"),
        &json!({"message": "match finished", "match_id": MATCH_ID}),
        "matchmaker_matches_finished_total",
    );
}

#[test]
fn the_longest_ids_keep_their_line() {
    let longest = player(&"p".repeat(PlayerId::MAX_LENGTH));
    let (line, _) = recorded(LogFormat::Text, Event::PlayerRegistered(&longest));
    assert!(line.ends_with(&format!("player_id={longest}")), "{line}");
}
