//! How long a socket lives, and what it is not let get away with.

use serde_json::json;
use tokio::net::TcpSocket;
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::support::{CHESS, Raw, Socket, TestServer, seconds, soon};

#[tokio::test]
async fn a_socket_that_does_not_register_within_ten_seconds_is_closed() {
    let server = TestServer::start().await;
    let mut socket = server.open_socket().await;
    server.pass(seconds(9)).await;
    socket.expect_silence().await;

    server.pass(seconds(1)).await;

    socket.expect_close(4002).await;
}

#[tokio::test]
async fn a_refused_registration_gives_no_more_time() {
    let server = TestServer::start().await;
    let mut socket = server.open_socket().await;
    server.pass(seconds(9)).await;
    socket.say_text("{}").await;
    socket.expect_error("invalid_field").await;

    server.pass(seconds(1)).await;

    socket.expect_close(4002).await;
}

#[tokio::test]
async fn a_registered_socket_is_pinged_every_twenty_seconds() {
    let server = TestServer::start().await;
    let mut socket = server.connect("alice").await;
    for _ in 0..3 {
        server.pass(seconds(19)).await;
        socket.expect_silence().await;
        server.pass(seconds(1)).await;
        socket.expect_ping().await;
    }
}

#[tokio::test]
async fn answers_to_pings_keep_a_socket_alive() {
    let server = TestServer::start().await;
    let mut socket = server.connect("alice").await;
    for _ in 0..30 {
        server.pass(seconds(20)).await;
        socket.expect_ping().await;
        // By the time this is answered the server has read what was sent before.
        assert_eq!(server.get("/healthz").await.status, 200);
    }
    socket.expect_silence().await;
}

#[tokio::test]
async fn a_socket_that_stays_silent_for_forty_five_seconds_is_closed() {
    let server = TestServer::start().await;
    let mut socket = server.connect("alice").await;
    // The client reads nothing, so it answers no ping.
    server.pass(seconds(20)).await;
    server.pass(seconds(20)).await;
    server.pass(seconds(4)).await;
    assert_eq!(server.metric("matchmaker_connected_players").await, 1);

    server.pass(seconds(1)).await;

    server.metric_reaches("matchmaker_connected_players", 0).await;
    socket.expect_close(4004).await;
}

#[tokio::test]
async fn whatever_is_said_keeps_a_socket_alive() {
    let server = TestServer::start().await;
    let mut socket = server.connect("alice").await;
    server.pass(seconds(44)).await;
    socket.register("alice").await;
    socket.expect_registered("alice", "idle").await;
    server.pass(seconds(44)).await;
    socket.expect_silence().await;
    server.pass(seconds(44)).await;
    socket.expect_silence().await;
}

#[tokio::test]
async fn a_message_of_four_kibibytes_is_read_and_one_byte_more_closes() {
    let server = TestServer::start().await;
    let registration = r#"{"type":"register","playerId":"alice"}"#;
    for length in [1_000, 4_096] {
        let mut socket = server.open_socket().await;
        socket.say_text(&format!("{registration}{}", " ".repeat(length - registration.len()))).await;
        socket.expect_registered("alice", "idle").await;
    }
    let mut socket = server.open_socket().await;
    socket.say_text(&" ".repeat(4_097)).await;
    socket.expect_close(1009).await;
    let mut socket = server.connect("bob").await;
    socket.say_text(&"x".repeat(1_000_000)).await;
    socket.expect_close(1009).await;
}

#[tokio::test]
async fn a_binary_message_closes() {
    let server = TestServer::start().await;
    for message in [r#"{"type":"register","playerId":"alice"}"#, ""] {
        let mut socket = server.open_socket().await;
        socket.send(Message::binary(message)).await;
        socket.expect_close(1003).await;
    }
    assert_eq!(server.metric("matchmaker_registrations_total").await, 0);
}

#[tokio::test]
async fn the_fifth_refused_text_closes() {
    let server = TestServer::start().await;
    let mut socket = server.open_socket().await;
    let refused = [
        ("malformed_json", "hello"),
        ("invalid_field", "[]"),
        ("invalid_field", r#"{"type":"find","playerId":"alice"}"#),
        ("malformed_json", ""),
        ("invalid_field", r#"{"type":"Register","playerId":"alice"}"#),
    ];
    for (code, text) in refused {
        socket.say_text(text).await;
        socket.expect_error(code).await;
    }
    socket.expect_close(1008).await;
}

#[tokio::test]
async fn refused_texts_add_up_whatever_is_said_in_between() {
    let server = TestServer::start().await;
    let mut socket = server.connect("alice").await;
    for refused in 1..=5 {
        socket.register("mallory").await;
        socket.expect_error("already_registered").await;
        if refused < 5 {
            socket.register("alice").await;
            socket.expect_registered("alice", "idle").await;
        }
    }
    socket.expect_close(1008).await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_closed_and_its_match_is_told_again() {
    let server = TestServer::start().await;
    let tcp = TcpSocket::new_v4().expect("a socket");
    tcp.set_recv_buffer_size(4_096).expect("a small buffer");
    let stream = Raw::open_on(tcp, server.address).await.into_stream();
    let mut deaf = Socket::upgrade(stream, "/ws").await;
    deaf.register("alice").await;
    let mut id = server.pair("alice", "bob", CHESS).await;

    // As many answers to pings as it takes to fill every buffer on the way, and then more messages than may wait.
    while server.metric("matchmaker_connected_players").await == 1 {
        for _ in 0..500 {
            // Once the socket is closed it takes nothing more.
            deaf.try_send(Message::Ping(Bytes::from_static(&[0; 125]))).await.ok();
        }
        server.finish(&id).await;
        id = server.pair("alice", "bob", CHESS).await;
    }

    let found = json!({
        "type": "match_found", "matchId": id, "game": "chess", "asset": "USDT", "amount": 20, "opponentId": "bob",
    });
    server.reconnect("alice", "matched").await.expect(found).await;
    assert_eq!(soon("the code arrives", deaf.close_code()).await, 1013);
}
