//! What the log tells.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::process::Running;

/// Those lines of the story that are written in an HTTP call, and so have its id.
const IN_A_CALL: std::ops::RangeInclusive<usize> = 2..=6;

/// Everything that is logged, once; gives the lines, and the match's id.
fn story(format: &str) -> (Vec<String>, String) {
    let server = Running::start(&[format, "--max-connections=50"]);
    let mut lines = vec![server.listening.clone()];
    let mut happens = |cause: &dyn Fn() -> String| {
        let effect = cause();
        lines.push(server.line());
        effect
    };
    let socket = server.register("alice");
    happens(&String::new);
    happens(&|| server.find("alice"));
    let matched = happens(&|| server.find("bob"));
    let matched: Value = serde_json::from_str(&matched).expect("JSON");
    let id = matched["matchId"].as_str().expect("a match").to_owned();
    happens(&|| server.call("POST", &format!("/api/match/{id}/finish"), "").1);
    happens(&|| server.find("carol"));
    happens(&|| server.call("DELETE", "/api/find-match/carol", "").1);
    drop(socket);
    server.signal(Signal::TERM);
    lines.extend(server.expect_end(Duration::from_secs(10)));
    (lines, id)
}

#[test]
fn json_lines_have_the_ids_as_fields() {
    let (lines, id) = story("--log-format=json");
    let told: Vec<Value> = lines
        .iter()
        .enumerate()
        .map(|(place, line)| {
            let mut line: Value = serde_json::from_str(line).expect("a line is JSON");
            let line = line.as_object_mut().expect("an object");
            assert!(line.remove("timestamp").is_some_and(|time| time.as_str().is_some_and(|time| time.ends_with('Z'))));
            assert_eq!(line.remove("level"), Some(json!("INFO")));
            assert_eq!(line.remove("request_id").is_some(), IN_A_CALL.contains(&place), "{line:?}");
            Value::Object(line.clone())
        })
        .collect();
    let key = json!({"game": "chess", "asset": "ETH", "amount": "0.000000000000000001"});
    let with = |message: &str, fields: Value| {
        let mut all = fields;
        all["message"] = json!(message);
        all
    };
    let with_key = |message: &str, fields: Value| {
        let mut all = with(message, fields);
        for member in ["game", "asset", "amount"] {
            all[member] = key[member].clone();
        }
        all
    };
    assert_eq!(told[0]["message"], "listening");
    assert!(told[0]["address"].as_str().is_some_and(|address| address.starts_with("127.0.0.1:")));
    assert_eq!(told[1], with("player registered", json!({"player_id": "alice"})));
    assert_eq!(told[2], with_key("queue joined", json!({"player_id": "alice"})));
    let players = json!({"match_id": id, "first_player_id": "alice", "second_player_id": "bob"});
    assert_eq!(told[3], with_key("match created", players));
    assert_eq!(told[4], with("match finished", json!({"match_id": id})));
    assert_eq!(told[5], with_key("queue joined", json!({"player_id": "carol"})));
    assert_eq!(told[6], with_key("ticket ended", json!({"player_id": "carol", "reason": "left"})));
    assert_eq!(told[7]["message"], "SIGTERM received; the server is going away");
    assert_eq!(told[8]["message"], "the server is gone");
    assert_eq!(told.len(), 9);
}

#[test]
fn text_lines_have_the_ids_as_fields() {
    let (lines, id) = story("--log-format=text");
    let told = lines.iter().enumerate().map(|(place, line)| {
        let told = line.split_once("  INFO ").expect("a level").1;
        let in_a_call = told.split_once(" request_id=");
        assert_eq!(in_a_call.is_some(), IN_A_CALL.contains(&place), "{line}");
        in_a_call.map_or(told, |(told, _)| told)
    });
    let told: Vec<&str> = told.collect();
    let key = "game=chess asset=ETH amount=0.000000000000000001";
    assert!(told[0].starts_with("listening address=127.0.0.1:"), "{}", told[0]);
    assert_eq!(told[1], "player registered player_id=alice");
    assert_eq!(told[2], format!("queue joined player_id=alice {key}"));
    let players = "first_player_id=alice second_player_id=bob";
    assert_eq!(told[3], format!("match created match_id={id} {key} {players}"));
    assert_eq!(told[4], format!("match finished match_id={id}"));
    assert_eq!(told[5], format!("queue joined player_id=carol {key}"));
    assert_eq!(told[6], format!("ticket ended player_id=carol {key} reason=left"));
    assert_eq!(told[7], "SIGTERM received; the server is going away");
    assert_eq!(told[8], "the server is gone");
    assert_eq!(told.len(), 9);
}

#[test]
fn what_happened_just_before_the_end_is_in_the_log() {
    let server = Running::start(&[]);
    for player in 0..500 {
        server.find(&format!("player{player}"));
    }
    server.signal(Signal::INT);
    let lines = server.expect_end(Duration::from_secs(10));
    let count = |message: &str| lines.iter().filter(|line| line.contains(message)).count();
    assert_eq!((count("queue joined"), count("match created")), (250, 250));
    assert_eq!(count("log lines dropped"), 0);
    assert!(lines.last().is_some_and(|line| line.contains("the server is gone")));
}
