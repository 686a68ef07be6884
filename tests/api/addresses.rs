//! How many connections an address may have.

use std::net::SocketAddr;

use tokio::net::TcpSocket;

use crate::support::{Answer, Raw, TestServer, soon};

/// A connection from another of this machine's own addresses.
async fn raw_from(address: [u8; 4], server: &TestServer) -> Raw {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(SocketAddr::from((address, 0))).expect("a loopback address");
    Raw::open_on(socket, server.address).await
}

const GET: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";

async fn is_served(raw: &mut Raw) -> bool {
    // A refusal can come before the request is sent.
    raw.try_send(GET).await.ok();
    let answer = raw.answer().await;
    if answer.status != 200 {
        answer.assert_problem(429, "too_many_connections");
        answer.assert_retry_after();
    }
    answer.status == 200
}

/// Opens a WebSocket for a client whom the proxy names.
async fn handshake(raw: &mut Raw, forwarded: &str) -> Answer {
    raw.send(format!(
        "GET /ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{forwarded}\r\n\r\n"
    ))
    .await;
    raw.answer().await
}

#[tokio::test]
async fn an_address_past_its_bound_is_told_so_and_others_are_served() {
    let server = TestServer::with(["--max-connections-per-address=2"]).await;
    let (mut first, mut second) = (raw_from([127, 0, 0, 2], &server).await, raw_from([127, 0, 0, 2], &server).await);
    assert!(is_served(&mut first).await && is_served(&mut second).await);

    for _ in 0..3 {
        let mut third = raw_from([127, 0, 0, 2], &server).await;
        let refused = third.answer().await;
        refused.assert_problem(429, "too_many_connections");
        refused.assert_retry_after();
        refused.assert_header("connection", "close");
        third.assert_closed().await;
    }
    assert!(is_served(&mut raw_from([127, 0, 0, 3], &server).await).await);

    drop(first);
    soon("a place is free again", async { while !is_served(&mut raw_from([127, 0, 0, 2], &server).await).await {} })
        .await;
    assert!(is_served(&mut second).await);
}

#[tokio::test]
async fn a_websocket_keeps_its_addresss_place_until_it_has_closed() {
    let server = TestServer::with(["--max-connections-per-address=1"]).await;
    let mut socket = raw_from([127, 0, 0, 2], &server).await;
    assert_eq!(handshake(&mut socket, "x: y").await.status, 101);
    assert!(!is_served(&mut raw_from([127, 0, 0, 2], &server).await).await);

    drop(socket);

    soon("a place is free again", async { while !is_served(&mut raw_from([127, 0, 0, 2], &server).await).await {} })
        .await;
}

#[tokio::test]
async fn a_trusted_proxy_has_as_many_as_it_needs_and_its_clients_are_counted_by_their_sockets() {
    let server = TestServer::with(["--max-connections-per-address=2", "--trusted-proxy=127.0.0.1"]).await;
    let mut sockets = Vec::new();
    for client in ["192.0.2.1", "192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"] {
        let mut raw = server.raw().await;
        assert_eq!(handshake(&mut raw, &format!("x-forwarded-for: {client}")).await.status, 101, "{client}");
        sockets.push(raw);
    }
    let mut raw = server.raw().await;
    for client in ["192.0.2.1", "6.6.6.6, 192.0.2.1", "2001:db8::3"] {
        let refused = handshake(&mut raw, &format!("x-forwarded-for: {client}")).await;
        refused.assert_problem(429, "too_many_connections");
        refused.assert_retry_after();
    }
    // Requests are not bounded by it, and a refused handshake leaves a connection that speaks HTTP.
    assert!(is_served(&mut raw).await);

    sockets.remove(0);

    let handshake = async { while handshake(&mut raw, "x-forwarded-for: 192.0.2.1").await.status != 101 {} };
    soon("a place is free again", handshake).await;
}

/// What counts 5xx against a server, as the health checks of proxies do, must not count what one hostile client is told.
#[tokio::test]
async fn a_full_server_is_told_apart_from_an_address_that_has_too_many() {
    let server = TestServer::with(["--max-connections-per-address=1", "--max-connections=2"]).await;
    let mut open = Vec::new();
    for address in [[127, 0, 0, 2], [127, 0, 0, 3]] {
        let mut raw = raw_from(address, &server).await;
        assert!(is_served(&mut raw).await);
        open.push(raw);
    }

    let first = raw_from([127, 0, 0, 2], &server).await.answer().await;
    first.assert_problem(429, "too_many_connections");
    raw_from([127, 0, 0, 4], &server).await.answer().await.assert_problem(503, "at_capacity");
}

#[tokio::test]
async fn without_a_bound_an_address_has_as_many_as_it_likes() {
    let server = TestServer::start().await;
    let mut open = Vec::new();
    for _ in 0..100 {
        let mut raw = raw_from([127, 0, 0, 2], &server).await;
        assert!(is_served(&mut raw).await);
        open.push(raw);
    }
}
