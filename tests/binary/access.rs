//! What the log tells of requests, and how much it tells.

use std::{
    io::{Read, Write},
    net::Shutdown,
    time::Duration,
};

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
    assert!(server.line().contains("INFO log level set log_level=debug"));
    server.signal(Signal::USR1);
    assert!(server.line().contains("INFO log level set log_level=trace"));
    server.signal(Signal::USR2);
    assert!(server.line().contains("INFO log level set log_level=info"));
    server.signal(Signal::TERM);
    let lines = server.expect_end(Duration::from_secs(10));
    assert!(lines.iter().all(|line| line.contains(" INFO ")), "{lines:?}");
}

/// Libraries tell of paths and headers, where somebody may have put a token against all advice.
#[test]
fn nothing_that_a_request_holds_is_in_the_log_at_any_level() {
    let server = Running::start(&["--log-level=trace"]);
    let everywhere = "authorization: Bearer its-secret\r\ncookie: its-secret\r\norigin: http://its-secret";
    for target in
        ["/its-secret", "/api/find-match/its-secret?token=its-secret", "/api/match/its-secret", "/ws?its-secret"]
    {
        for method in ["GET", "POST", "DELETE"] {
            server.call_with(everywhere, method, target, r#"{"its-secret":"its-secret"}"#);
        }
    }
    let chunked = "POST /api/find-match HTTP/1.1\r\nhost: its-secret\r\ncontent-type: its-secret\r\n\
                   transfer-encoding: chunked\r\n\r\n1;its-secret\r\nx\r\n0\r\nits-secret: its-secret\r\n\r\n";
    let broken = "GET /its-secret HTTP/1.1\r\nits secret: its-secret\r\n\r\n";
    for request in [chunked, broken] {
        let mut stream = server.connect();
        stream.write_all(request.as_bytes()).expect("a request is sent");
        stream.shutdown(Shutdown::Write).expect("nothing more is sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    server.signal(Signal::TERM);
    let lines = server.expect_end(Duration::from_secs(10));
    assert!(lines.iter().any(|line| line.contains("TRACE")), "{lines:?}");
    assert!(lines.iter().all(|line| !line.contains("secret")), "{lines:?}");
}
