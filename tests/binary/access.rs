//! What the log tells of requests, and how much it tells.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::process::Running;

const FIND: &str = r#"{"game":"chess","asset":"TON","amount":1,"playerId":"alice"}"#;

fn parsed(line: &str) -> Value {
    serde_json::from_str(line).expect("a line is JSON")
}

#[test]
fn the_access_log_has_a_line_for_each_request_without_its_query() {
    let server = Running::start(&["--access-log", "--log-format=json"]);
    server.call_with("x-request-id: its-id", "POST", "/api/find-match?token=secret", FIND);
    let joined = parsed(&server.line());
    let line = server.line();
    let answered = parsed(&line);

    assert_eq!(joined["message"], "queue joined");
    assert_eq!(answered["message"], "request answered");
    for line in [&joined, &answered] {
        assert_eq!(line["request_id"], "its-id");
    }
    assert_eq!((&answered["method"], &answered["path"]), (&"POST".into(), &"/api/find-match".into()));
    assert_eq!((&answered["status"], &answered["client"]), (&200.into(), &"127.0.0.1".into()));
    assert!(answered["duration_microseconds"].as_u64().is_some_and(|time| time < 20_000_000), "{line}");
    assert!(!line.contains("secret"), "{line}");

    server.call("GET", "/nowhere", "");
    let line = server.line();
    assert_eq!((&parsed(&line)["status"], &parsed(&line)["path"]), (&404.into(), &"/nowhere".into()));
    assert!(parsed(&line)["request_id"].as_str().is_some_and(|id| id.len() == 16), "{line}");
}

#[test]
fn requests_are_not_logged_unless_that_is_asked_for() {
    let server = Running::start(&[]);
    server.call("GET", "/healthz", "");
    server.find("alice");
    assert!(server.line().contains("queue joined"));
}

#[test]
fn signals_make_a_running_server_more_talkative_and_quiet_again() {
    let server = Running::start(&["--log-level=info"]);
    server.signal(Signal::USR1);
    assert!(server.line().contains("INFO log level set level=debug"));
    server.signal(Signal::USR1);
    assert!(server.line().contains("INFO log level set level=trace"));
    server.signal(Signal::USR2);
    // The libraries, which are heard at trace, may have had a word before.
    while !server.line().contains("INFO log level set level=info") {}
    server.signal(Signal::TERM);
    let lines = server.expect_end(Duration::from_secs(10));
    assert!(lines.iter().all(|line| line.contains(" INFO ")), "{lines:?}");
}
