//! How the server goes away.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use tokio::net::TcpStream;

use crate::support::{CHESS, Connection, Fault, Gate, TestServer, request, soon};

/// How long connections are kept once the server is going away.
const LAST_CALL: Duration = Duration::from_millis(500);

async fn assert_refuses_connections(server: &TestServer) {
    let refused = async { while TcpStream::connect(server.address).await.is_ok() {} };
    soon("new connections are refused", refused).await;
}

#[tokio::test]
async fn every_socket_is_closed_and_the_server_returns() {
    let mut server = TestServer::start().await;
    let mut registered = server.connect("alice").await;
    let mut nameless = server.open_socket().await;

    server.shut_down();

    registered.expect_close(1001).await;
    nameless.expect_close(1001).await;
    drop((registered, nameless));
    server.gone().await;
    assert_refuses_connections(&server).await;
}

#[tokio::test]
async fn a_server_without_clients_returns_at_once() {
    let mut server = TestServer::start().await;
    server.shut_down();
    server.shut_down();
    server.gone().await;
}

#[tokio::test]
async fn a_connection_kept_alive_does_not_hold_the_server_up() {
    let mut server = TestServer::start().await;
    let mut idle = server.raw().await;
    idle.send("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    idle.answer().await.assert_ok(&json!({"status": "ok"}));

    server.shut_down();
    assert_refuses_connections(&server).await;
    server.pass(LAST_CALL).await;

    server.gone().await;
    idle.assert_closed().await;
}

#[tokio::test]
async fn a_request_in_flight_is_answered_and_its_match_is_told() {
    let mut server = TestServer::start().await;
    let mut alice = server.connect("alice").await;
    server.find("alice", CHESS).await.assert_waiting();
    let gate = Gate::new();
    server.break_store("insert", Fault::Waits(Arc::clone(&gate)));
    let mut connection = Connection::open(server.address).await;
    let asking = request("POST", "/api/find-match").header("content-type", "application/json");
    let asking = asking.body(CHESS.body("bob").into()).expect("a request");
    let asked = tokio::spawn(async move { connection.send(asking).await });
    gate.reached().await;

    server.shut_down();
    assert_refuses_connections(&server).await;
    assert!(!server.is_gone());
    alice.expect_silence().await;
    gate.open();

    let id = soon("the answer", asked).await.expect("an answer").match_id();
    assert!(alice.text().await.contains(&id));
    alice.expect_close(1001).await;
    drop(alice);
    server.gone().await;
}

#[tokio::test]
async fn readiness_says_that_the_server_is_going_away() {
    let mut server = TestServer::start().await;
    let mut raw = server.raw().await;
    raw.send("GET /readyz").await;
    server.metric_reaches("matchmaker_open_connections", 2).await;

    server.shut_down();
    assert_refuses_connections(&server).await;

    raw.send("?x HTTP/1.1\r\nhost: x\r\nconnection: keep-alive\r\n\r\n").await;
    let answer = raw.answer().await;
    answer.assert_problem(503, "shutting_down");
    answer.assert_retry_after();
    raw.assert_closed().await;
    drop(raw);
    server.gone().await;
}

#[tokio::test]
async fn new_calls_on_a_connection_that_is_open_are_refused() {
    let mut server = TestServer::start().await;
    let body = CHESS.body("alice");
    let calls = [
        format!(
            "POST /api/find-match HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ),
        "GET /api/find-match/alice HTTP/1.1\r\nhost: x\r\n\r\n".into(),
        "DELETE /api/find-match/alice HTTP/1.1\r\nhost: x\r\n\r\n".into(),
        "GET /api/match/x HTTP/1.1\r\nhost: x\r\n\r\n".into(),
        "GET /ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            .into(),
    ];
    let mut open = Vec::new();
    for call in &calls {
        let mut raw = server.raw().await;
        raw.send(&call[..10]).await;
        open.push(raw);
    }
    let mut alive = server.raw().await;
    alive.send("GET /healthz").await;
    server.metric_reaches("matchmaker_open_connections", 7).await;

    server.shut_down();
    assert_refuses_connections(&server).await;

    for (raw, call) in open.iter_mut().zip(&calls) {
        raw.send(&call[10..]).await;
        let answer = raw.answer().await;
        answer.assert_problem(503, "shutting_down");
        answer.assert_retry_after();
        raw.assert_closed().await;
    }
    alive.send(" HTTP/1.1\r\nhost: x\r\n\r\n").await;
    alive.answer().await.assert_ok(&json!({"status": "ok"}));
    drop((open, alive));
    server.gone().await;
}

#[tokio::test]
async fn a_request_that_was_sent_before_on_a_connection_kept_alive_is_answered() {
    let mut server = TestServer::start().await;
    let mut raw = server.raw().await;
    let request = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
    raw.send(request).await;
    raw.answer().await.assert_ok(&json!({"status": "ok"}));

    server.shut_down();
    raw.send(request).await;

    let answer = raw.answer().await;
    assert_eq!(answer.headers["connection"], "close");
    answer.assert_ok(&json!({"status": "ok"}));
    raw.assert_closed().await;
    server.gone().await;
}

#[tokio::test]
async fn whoever_holds_half_a_request_or_does_not_read_is_cut_off() {
    let mut server = TestServer::start().await;
    let mut half_a_head = server.raw().await;
    half_a_head.send("GET /healthz HTTP/1.1\r\nx: ").await;
    let mut half_a_body = server.raw().await;
    half_a_body
        .send(
            "POST /api/find-match HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{",
        )
        .await;
    let silent = server.raw().await;
    // It does not close when it is told to.
    let deaf = server.connect("alice").await;
    let gate = Gate::new();
    server.break_store("look", Fault::Waits(Arc::clone(&gate)));
    let mut stuck = server.raw().await;
    stuck.send("GET /api/find-match/bob HTTP/1.1\r\nhost: x\r\n\r\n").await;
    gate.reached().await;
    server.metric_reaches("matchmaker_open_connections", 6).await;

    server.shut_down();
    assert_refuses_connections(&server).await;
    assert!(!server.is_gone());
    for _ in 0..20 {
        server.pass(LAST_CALL).await;
        soon("the server sees the time", async {
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    server.gone().await;
    half_a_head.assert_closed().await;
    half_a_body.assert_closed().await;
    stuck.assert_closed().await;
    drop((deaf, silent));
}

#[tokio::test]
async fn a_socket_that_is_told_to_go_is_told_first_what_waits_for_it() {
    let mut server = TestServer::start().await;
    let mut alice = server.connect("alice").await;
    let id = server.pair("alice", "bob", CHESS).await;

    server.shut_down();

    assert!(alice.text().await.contains(&id));
    alice.expect_close(1001).await;
    drop(alice);
    server.gone().await;
}
