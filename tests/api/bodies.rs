//! How large a body may be, and that whoever sends too much can read so.

use std::fmt::Write;

use serde_json::json;

use crate::support::{CHESS, Raw, TestServer, seconds};

const LIMIT: usize = 16 * 1024;

/// A valid body of so many bytes.
fn padded(player: &str, length: usize) -> String {
    let body = CHESS.body(player);
    let padding = " ".repeat(length - body.len());
    body.replacen('{', &format!("{{{padding}"), 1)
}

fn chunked(body: &str, chunk: usize) -> String {
    let mut text = String::new();
    for chunk in body.as_bytes().chunks(chunk) {
        let chunk = std::str::from_utf8(chunk).expect("bodies here are ASCII");
        write!(text, "{:x}\r\n{chunk}\r\n", chunk.len()).expect("a String takes whatever is written to it");
    }
    text + "0\r\ntrailer: ignored\r\n\r\n"
}

const CHUNKED: &str =
    "POST /api/find-match HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";

fn sized(length: usize) -> String {
    format!(
        "POST /api/find-match HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    )
}

#[tokio::test]
async fn a_body_of_sixteen_kibibytes_is_read() {
    let server = TestServer::start().await;

    server.ask(padded("alice", LIMIT)).await.assert_waiting();

    for chunk in [1, 7, 4096, LIMIT] {
        let mut raw = server.raw().await;
        raw.send(CHUNKED).await;
        raw.send(chunked(&padded("alice", LIMIT), chunk)).await;
        raw.answer().await.assert_waiting();
    }
}

#[tokio::test]
async fn a_body_of_one_byte_more_is_refused() {
    let server = TestServer::start().await;

    server.ask(padded("alice", LIMIT + 1)).await.assert_problem(413, "body_too_large");

    for chunk in [1, 4096, LIMIT + 1] {
        let mut raw = server.raw().await;
        raw.send(CHUNKED).await;
        raw.send(chunked(&padded("alice", LIMIT + 1), chunk)).await;
        raw.answer().await.assert_problem(413, "body_too_large");
    }
    server.assert_idle("alice").await;
}

/// Sends a mebibyte in all before it reads, as clients do that do not expect to be interrupted.
async fn send_all_then_read(raw: &mut Raw, part: &str, parts: usize) {
    for _ in 0..parts {
        raw.send(part).await;
    }
    raw.answer().await.assert_problem(413, "body_too_large");
}

#[tokio::test]
async fn a_client_can_send_its_whole_body_before_it_reads_the_refusal() {
    let server = TestServer::start().await;
    let kibibyte = "x".repeat(1024);

    let mut raw = server.raw().await;
    raw.send(sized(1000 * 1024)).await;
    send_all_then_read(&mut raw, &kibibyte, 1000).await;

    let mut raw = server.raw().await;
    raw.send(CHUNKED).await;
    send_all_then_read(&mut raw, &format!("400\r\n{kibibyte}\r\n"), 1000).await;
}

#[tokio::test]
async fn a_client_can_read_the_refusal_while_it_is_still_sending() {
    let server = TestServer::start().await;
    let part = "x".repeat(17 * 1024);
    for head in [sized(900 * 1024), format!("{CHUNKED}e1000\r\n")] {
        let mut raw = server.raw().await;
        raw.send(head).await;
        raw.send(&part).await;

        raw.answer().await.assert_problem(413, "body_too_large");

        for _ in 0..40 {
            raw.send(&part).await;
        }
    }
}

#[tokio::test]
async fn a_body_is_not_read_for_ever_after_it_was_refused() {
    let server = TestServer::start().await;
    let part = "x".repeat(17 * 1024);

    let mut endless = server.raw().await;
    endless.send(sized(1 << 40)).await;
    let mut sent = 0;
    while endless.try_send(&part).await.is_ok() {
        sent += part.len();
        assert!(sent < 64 << 20, "the server reads on and on");
    }

    let mut stalled = server.raw().await;
    stalled.send(sized(1 << 40)).await;
    stalled.send(&part).await;
    stalled.answer().await.assert_problem(413, "body_too_large");
    server.pass(seconds(2)).await;
    stalled.assert_closed().await;
}

#[tokio::test]
async fn a_body_that_does_not_matter_may_be_large() {
    let server = TestServer::start().await;
    let id = server.pair("alice", "bob", CHESS).await;
    let body = "x".repeat(200 * 1024);
    let mut raw = server.raw().await;
    raw.send(format!("POST /api/match/{id}/finish HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len()))
        .await;

    raw.send(&body).await;

    assert_eq!(raw.answer().await.json()["status"], "finished");
}

#[tokio::test]
async fn a_refused_method_or_path_is_read_by_a_client_that_sends_a_large_body() {
    let server = TestServer::start().await;
    let body = "x".repeat(600 * 1024);
    let targets = [
        ("PUT /api/find-match", 405),
        ("DELETE /api/find-match/a%20b", 422),
        ("POST /healthz", 405),
        ("POST /nowhere", 404),
        ("POST /trailing/", 404),
        ("POST /ws", 405),
    ];
    for (target, status) in targets {
        let mut raw = server.raw().await;
        raw.send(format!("{target} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len())).await;
        raw.send(&body).await;
        assert_eq!(raw.answer().await.status, status, "{target}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_changes_nothing() {
    let server = TestServer::start().await;
    let body = CHESS.body("alice");
    let mut raw = server.raw().await;
    raw.send(sized(body.len() + 1)).await;
    raw.send(&body).await;
    raw.finish().await;
    raw.rest().await;
    server.assert_idle("alice").await;
}

#[tokio::test]
async fn a_client_that_has_nothing_more_to_send_is_answered_all_the_same() {
    let server = TestServer::start().await;
    for player in ["alice", "bob", "carol", "dave"] {
        let body = CHESS.body(player);
        let mut raw = server.raw().await;
        raw.send(sized(body.len()) + &body).await;
        raw.finish().await;
        assert_eq!(raw.answer().await.status, 200);
        raw.assert_closed().await;
    }
}

#[tokio::test]
async fn a_body_that_stops_half_way_does_not_hold_its_connection_for_ever() {
    let server = TestServer::start().await;
    let mut raw = server.raw().await;
    raw.send(sized(100)).await;
    raw.send("{").await;
    server.metric_reaches("matchmaker_open_connections", 2).await;

    server.pass(seconds(10)).await;

    raw.answer().await.assert_problem(408, "body_too_slow");
    raw.assert_closed().await;
}

#[tokio::test]
async fn a_client_that_waits_to_be_told_is_told_to_go_on() {
    let server = TestServer::start().await;
    let body = CHESS.body("alice");
    let mut raw = server.raw().await;
    let head = sized(body.len()).replace("\r\n\r\n", "\r\nexpect: 100-continue\r\n\r\n");
    raw.send(head).await;

    assert_eq!(raw.answer().await.status, 100);
    raw.send(body).await;

    raw.answer().await.assert_ok(&json!({"status": "waiting"}));
}
