//! How a WebSocket is opened, and how it is not.

use serde_json::json;

use crate::support::{Socket, TestServer};

const KEY: &str = "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==";
const VERSION: &str = "sec-websocket-version: 13";

fn handshake(request_line: &str, headers: &[&str]) -> String {
    format!("{request_line}\r\nhost: x\r\n{}\r\n\r\n", headers.join("\r\n"))
}

#[tokio::test]
async fn both_paths_open_a_websocket() {
    let server = TestServer::start().await;
    for path in ["/ws", "/", "/ws?token=1", "/?token=1"] {
        let mut socket = Socket::open(server.address, path).await;
        socket.register("alice").await;
        socket.expect_registered("alice", "idle").await;
    }
}

#[tokio::test]
async fn the_handshake_is_answered_as_the_standard_says() {
    let server = TestServer::start().await;
    for headers in [
        ["connection: Upgrade", "upgrade: websocket"],
        ["connection: keep-alive, upgrade", "upgrade: WebSocket"],
        ["connection: x\r\nconnection: UPGRADE", "upgrade: h2c, websocket"],
    ] {
        let mut raw = server.raw().await;
        let extras =
            ["sec-websocket-protocol: chat", "sec-websocket-extensions: permessage-deflate", "origin: https://x"];
        let all = [&headers[..], &[KEY, VERSION], &extras].concat();
        raw.send(handshake("GET /ws HTTP/1.1", &all)).await;
        let answer = raw.answer().await;
        assert_eq!(answer.status, 101, "{answer:?}");
        answer.assert_header("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert!(answer.header("upgrade").is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket")));
        assert!(answer.header("connection").is_some_and(|connection| connection.eq_ignore_ascii_case("upgrade")));
        // What was not agreed upon is not spoken.
        assert_eq!(answer.header("sec-websocket-protocol"), None);
        assert_eq!(answer.header("sec-websocket-extensions"), None);
    }
}

#[tokio::test]
async fn what_is_sent_right_behind_the_handshake_is_heard() {
    let server = TestServer::start().await;
    let mut raw = server.raw().await;
    let ping_with_an_empty_mask = b"\x89\x82\0\0\0\0hi";
    let headers = handshake("GET /ws HTTP/1.1", &["connection: upgrade", "upgrade: websocket", KEY, VERSION]);

    raw.send([headers.as_bytes(), ping_with_an_empty_mask].concat()).await;

    assert_eq!(raw.answer().await.status, 101);
    assert_eq!(raw.bytes(4).await, b"\x8a\x02hi");
}

#[tokio::test]
async fn a_plain_get_needs_an_upgrade() {
    let server = TestServer::start().await;
    for path in ["/ws", "/"] {
        let answer = server.get(path).await;
        answer.assert_problem(426, "upgrade_required");
        answer.assert_header("upgrade", "websocket");
    }
    let mut raw = server.raw().await;
    raw.send(handshake("GET /ws HTTP/1.1", &["connection: upgrade", "upgrade: h2c", KEY, VERSION])).await;
    let answer = raw.answer().await;
    answer.assert_problem(426, "upgrade_required");
    answer.assert_header("upgrade", "websocket");
}

#[tokio::test]
async fn another_version_is_told_of_the_one_that_is_spoken() {
    let server = TestServer::start().await;
    for version in ["8", "12", "14", "130", "013", "13, 8", "x", ""] {
        let mut raw = server.raw().await;
        let version = format!("sec-websocket-version: {version}");
        raw.send(handshake("GET /ws HTTP/1.1", &["connection: upgrade", "upgrade: websocket", KEY, &version])).await;
        let answer = raw.answer().await;
        answer.assert_problem(426, "upgrade_required");
        answer.assert_header("sec-websocket-version", "13");
        answer.assert_header("upgrade", "websocket");
    }
}

#[tokio::test]
async fn a_broken_handshake_is_refused() {
    let server = TestServer::start().await;
    let (connection, upgrade) = ("connection: upgrade", "upgrade: websocket");
    let broken: [&[&str]; 11] = [
        &[upgrade, KEY, VERSION],
        &["connection: keep-alive", upgrade, KEY, VERSION],
        &[connection, upgrade, KEY],
        &[connection, upgrade, VERSION],
        &[connection, upgrade, VERSION, KEY, KEY],
        &[connection, upgrade, VERSION, KEY, "transfer-encoding: chunked\r\n\r\n0"],
        &[connection, upgrade, VERSION, VERSION, KEY],
        &[connection, upgrade, VERSION, "sec-websocket-key: "],
        &[connection, upgrade, VERSION, "sec-websocket-key: short=="],
        &[connection, upgrade, VERSION, "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=!"],
        &[connection, upgrade, VERSION, "sec-websocket-key: dGhlIHNhbXBsZSBub25jZSEhISEh"],
    ];
    for headers in broken {
        let mut raw = server.raw().await;
        raw.send(handshake("GET /ws HTTP/1.1", headers)).await;
        let answer = raw.answer().await;
        assert_eq!(answer.status, 400, "{headers:?}: {answer:?}");
        answer.assert_problem(400, "bad_handshake");
        // The connection still speaks HTTP.
        raw.send("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
        raw.answer().await.assert_ok(&json!({"status": "ok"}));
    }
    let all = [connection, upgrade, KEY, VERSION];
    let mut raw = server.raw().await;
    raw.send(handshake("GET /ws HTTP/1.0", &all)).await;
    raw.answer().await.assert_problem(400, "bad_handshake");
    let mut raw = server.raw().await;
    raw.send(handshake("POST /ws HTTP/1.1", &all)).await;
    raw.answer().await.assert_problem(405, "method_not_allowed");
    let mut raw = server.raw().await;
    raw.send(handshake("GET /healthz HTTP/1.1", &all)).await;
    raw.answer().await.assert_ok(&json!({"status": "ok"}));
    assert_eq!(server.metric("matchmaker_open_sockets").await, 0);
}
