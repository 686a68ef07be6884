//! A port for operators alone.

use std::{net::SocketAddr, time::Duration};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpSocket,
};

use crate::support::{CHESS, Raw, TestServer, seconds, soon};

const GET_READINESS: &str = "GET /readyz HTTP/1.1\r\nhost: x\r\n\r\n";

const PATHS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// A connection to the operators' port.
async fn operator(server: &TestServer) -> Raw {
    Raw::open(server.operations.expect("a port for operators")).await
}

/// The same, from another of this machine's own addresses.
async fn operator_from(address: [u8; 4], server: &TestServer) -> Raw {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(SocketAddr::from((address, 0))).expect("a loopback address");
    Raw::open_on(socket, server.operations.expect("a port for operators")).await
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
    for address in 2..6 {
        for _ in 0..16 {
            let mut operator = operator_from([127, 0, 0, address], &server).await;
            assert_eq!(asked(&mut operator, "/readyz").await, 200);
            operators.push(operator);
        }
    }

    operator(&server).await.answer().await.assert_problem(503, "at_capacity");
}

#[tokio::test]
async fn an_address_that_holds_connections_to_the_operators_port_keeps_no_other_out() {
    let server = TestServer::with(["--ops-port=0"]).await;
    let mut idle = Vec::new();
    for _ in 0..100 {
        idle.push(operator_from([127, 0, 0, 2], &server).await);
    }
    idle.pop().expect("a connection").answer().await.assert_problem(429, "too_many_connections");
    assert_eq!(asked(&mut operator(&server).await, "/readyz").await, 200);

    server.pass(seconds(10)).await;

    let probe = async {
        let mut probe = operator_from([127, 0, 0, 2], &server).await;
        probe.try_send(GET_READINESS).await.is_ok() && probe.answer().await.status == 200
    };
    assert!(probe.await, "after ten seconds the idle ones are gone");
}

/// Hyper's header timeout runs on tokio's clock, which stands still here and jumps when nothing else can happen.
#[tokio::test(start_paused = true)]
async fn a_connection_of_operators_is_kept_alive_for_ten_seconds_alone() {
    let server = TestServer::with(["--ops-port=0", "--keep-alive=1h"]).await;
    let opened = tokio::time::Instant::now();
    let mut stream = operator(&server).await.into_stream();
    stream.write_all(GET_READINESS.as_bytes()).await.expect("the connection takes it");
    let mut read = Vec::new();
    stream.read_to_end(&mut read).await.expect("the connection is closed");
    assert!(read.starts_with(b"HTTP/1.1 200"));
    assert!(opened.elapsed() >= seconds(10) && opened.elapsed() < seconds(15), "{:?}", opened.elapsed());
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
        server.pass_unswept(Duration::from_millis(500)).await;
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    }
    server.gone().await;
    late.assert_closed().await;
    half_a_request.assert_closed().await;
}
