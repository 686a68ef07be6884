//! A port for operators alone.

use std::time::Duration;

use serde_json::json;

use crate::support::{CHESS, Raw, TestServer, seconds, soon};

const PATHS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// A connection to the operators' port.
async fn operator(server: &TestServer) -> Raw {
    Raw::open(server.operations.expect("a port for operators")).await
}

/// The status of a request on this connection.
async fn asked(raw: &mut Raw, target: &str) -> u16 {
    raw.send(format!("GET {target} HTTP/1.1\r\nhost: x\r\n\r\n")).await;
    raw.answer().await.status.as_u16()
}

#[tokio::test]
async fn what_operators_ask_is_on_their_port_and_nothing_else_is() {
    let server = TestServer::with(["--ops-port=0"]).await;
    let mut operator = operator(&server).await;
    for path in PATHS {
        assert_eq!(asked(&mut operator, path).await, 200);
        server.get(path).await.assert_problem(404, "not_found");
        server.call("POST", path).await.assert_problem(404, "not_found");
    }
    for path in ["/", "/ws", "/api/find-match", "/api/find-match/alice", "/api/match/x"] {
        assert_eq!(asked(&mut operator, path).await, 404);
    }
    server.find("alice", CHESS).await.assert_waiting();
    server.reconnect("alice", "waiting").await;
}

#[tokio::test]
async fn a_crowd_at_the_public_port_does_not_keep_operators_out() {
    let flags = ["--ops-port=0", "--max-connections=2", "--max-connections-per-address=2", "--rate-limit-address=1"];
    let server = TestServer::with(flags).await;
    let _crowd = [server.raw().await, server.raw().await];
    server.raw().await.answer().await.assert_problem(429, "too_many_connections");

    let mut operators = Vec::new();
    for _ in 0..64 {
        let mut operator = operator(&server).await;
        assert_eq!(asked(&mut operator, "/readyz").await, 200);
        operators.push(operator);
    }

    operator(&server).await.answer().await.assert_problem(503, "at_capacity");
}

#[tokio::test]
async fn operators_are_answered_until_the_very_end() {
    let mut server = TestServer::with(["--ops-port=0", "--drain-delay=10s"]).await;
    let alice = server.connect("alice").await;
    let mut half_a_request = operator(&server).await;
    half_a_request.send("GET /healthz HTTP/1.1\r\n").await;
    let mut early = operator(&server).await;
    assert_eq!(asked(&mut early, "/readyz").await, 200);

    server.signal();
    soon("readiness says no", async { while asked(&mut early, "/readyz").await != 503 {} }).await;
    server.pass(seconds(10)).await;
    let refused = async { while tokio::net::TcpStream::connect(server.address).await.is_ok() {} };
    soon("new connections are refused", refused).await;

    let mut late = operator(&server).await;
    for raw in [&mut early, &mut late] {
        assert_eq!(asked(raw, "/readyz").await, 503);
        raw.send("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
        let answer = raw.answer().await;
        answer.assert_ok(&json!({"status": "ok"}));
        assert_eq!(answer.header("connection"), None);
    }
    assert!(!server.is_gone());
    drop(alice);
    drop(early);
    // The sockets' end needs no time once all are closed, and the operators' has a moment.
    for _ in 0..20 {
        server.pass_unswept(Duration::from_millis(500));
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    }
    server.gone().await;
    late.assert_closed().await;
    half_a_request.assert_closed().await;
}
