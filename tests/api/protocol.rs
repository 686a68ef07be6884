//! Close codes, pings, and what a socket is not let get away with.

use serde_json::json;
use tokio::net::TcpSocket;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{CHESS, Raw, Socket, TestServer, seconds, soon};

/// A frame as clients send it, with a mask of zeros, which leaves the payload as it is.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = match u16::try_from(payload.len()).expect("a short payload") {
        length @ 0..126 => vec![0x80 | u8::try_from(length).expect("below 126")],
        length => [&[0x80 | 126][..], &length.to_be_bytes()].concat(),
    };
    [&[first][..], &length, &[0; 4], payload].concat()
}

const TEXT: u8 = 0x81;
const FIRST_PART: u8 = 0x01;
const MIDDLE_PART: u8 = 0x00;
const LAST_PART: u8 = 0x80;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;

async fn raw_socket(server: &TestServer) -> Raw {
    let mut raw = server.raw().await;
    raw.send("GET /ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n").await;
    raw.send("sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").await;
    assert_eq!(raw.answer().await.status, 101);
    raw
}

/// The server says nothing but a close frame with this code, and ends the connection.
async fn expect_raw_close(raw: &mut Raw, code: u16, why: &str) {
    let head = raw.bytes(4).await;
    assert_eq!(head[0], 0x88, "{why}: a close frame was expected, not {head:?}");
    assert_eq!(u16::from_be_bytes([head[2], head[3]]), code, "{why}");
    raw.bytes(usize::from(head[1]) - 2).await;
    raw.assert_closed().await;
}

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
async fn a_message_in_parts_counts_as_one() {
    let server = TestServer::start().await;
    let mut raw = raw_socket(&server).await;
    raw.send(frame(FIRST_PART, br#"{"type":"regi"#)).await;
    raw.send(frame(PING, b"in between")).await;
    raw.send(frame(MIDDLE_PART, br#"ster","playerId":"#)).await;
    raw.send(frame(LAST_PART, br#""alice"}"#)).await;
    assert_eq!(raw.bytes(12).await, b"\x8a\x0ain between");
    let registered = br#"{"type":"registered","playerId":"alice","status":"idle"}"#;
    assert_eq!(raw.bytes(2 + registered.len()).await[2..], registered[..]);

    let mut raw = raw_socket(&server).await;
    raw.send(frame(FIRST_PART, &[b'x'; 2_048])).await;
    raw.send(frame(MIDDLE_PART, &[b'x'; 2_048])).await;
    raw.send(frame(LAST_PART, b"x")).await;
    expect_raw_close(&mut raw, 1009, "4097 bytes in parts").await;
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
async fn what_breaks_the_protocol_closes() {
    let server = TestServer::start().await;
    let unmasked = b"\x81\x02{}".to_vec();
    let broken = [
        ("a frame without a mask", unmasked, 1002),
        ("an unknown kind of frame", frame(0x83, b"x"), 1002),
        ("an unknown kind of control frame", frame(0x8b, b""), 1002),
        ("a reserved bit", frame(TEXT | 0x40, b"{}"), 1002),
        ("a part of nothing", frame(LAST_PART, b"x"), 1002),
        ("a message within a message", [frame(FIRST_PART, b"x"), frame(TEXT, b"x")].concat(), 1002),
        ("a ping in parts", frame(0x09, b"x"), 1002),
        ("a ping that is too long", frame(PING, &[b'x'; 126]), 1002),
        ("text that is no UTF-8", frame(TEXT, b"\xff\xfe"), 1007),
        ("text that ends within a character", frame(TEXT, b"\xc3"), 1007),
        ("parts that are no UTF-8", [frame(FIRST_PART, b"\xc3"), frame(LAST_PART, b"\x28")].concat(), 1007),
        ("a close of one byte", frame(CLOSE, b"\x03"), 1002),
    ];
    for (why, bytes, code) in broken {
        let mut raw = raw_socket(&server).await;
        raw.send(bytes).await;
        expect_raw_close(&mut raw, code, why).await;
    }
    server.metric_reaches("matchmaker_open_sockets", 0).await;
}

#[tokio::test]
async fn a_client_that_closes_is_answered_with_its_code() {
    let server = TestServer::start().await;
    for code in [1000_u16, 1001, 4999] {
        let mut raw = raw_socket(&server).await;
        raw.send(frame(CLOSE, &code.to_be_bytes())).await;
        assert_eq!(raw.bytes(4).await[2..], code.to_be_bytes());
        raw.assert_closed().await;
    }
    let mut raw = raw_socket(&server).await;
    raw.send(frame(CLOSE, b"")).await;
    assert_eq!(raw.bytes(2).await, [0x88, 0]);
    raw.assert_closed().await;
    server.metric_reaches("matchmaker_open_sockets", 0).await;
}

#[tokio::test]
async fn the_code_arrives_though_the_client_goes_on_sending() {
    let server = TestServer::start().await;
    let mut raw = raw_socket(&server).await;
    raw.send(frame(0x82, b"binary")).await;
    for _ in 0..1_000 {
        raw.send(frame(TEXT, &[b'x'; 1_000])).await;
    }
    raw.finish().await;
    expect_raw_close(&mut raw, 1003, "a binary message").await;
}

#[tokio::test]
async fn a_closed_socket_is_read_for_two_more_seconds_and_then_dropped() {
    let server = TestServer::start().await;
    let mut raw = raw_socket(&server).await;
    raw.send(frame(0x82, b"binary")).await;
    assert_eq!(raw.bytes(4).await[2..], 1003_u16.to_be_bytes());
    raw.rest().await;
    server.metric_reaches("matchmaker_open_connections", 2).await;

    server.pass(seconds(2)).await;

    server.metric_reaches("matchmaker_open_connections", 1).await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_closed_and_its_match_is_told_again() {
    let server = TestServer::start().await;
    let tcp = TcpSocket::new_v4().expect("a socket");
    tcp.set_recv_buffer_size(4_096).expect("a small buffer");
    let stream = Raw::open_on(tcp, server.address).await.into_stream();
    let mut deaf = Socket::upgrade(stream, "/ws").await;
    deaf.register("alice").await;
    let id = server.pair("alice", "bob", CHESS).await;

    // As many as it takes to fill every buffer on the way.
    let flood = async {
        while server.metric("matchmaker_connected_players").await == 1 {
            for _ in 0..500 {
                if deaf.try_send(Message::text(r#"{"type":"register","playerId":"alice"}"#)).await.is_err() {
                    return;
                }
            }
        }
    };
    soon("the server has had enough", flood).await;

    let found = json!({
        "type": "match_found", "matchId": id, "game": "chess", "asset": "USDT", "amount": 20, "opponentId": "bob",
    });
    server.reconnect("alice", "matched").await.expect(found).await;
    assert_eq!(soon("the code arrives", deaf.close_code()).await, 1013);
}

#[tokio::test]
async fn a_socket_that_vanishes_without_a_word_is_gone() {
    let server = TestServer::start().await;
    let socket = server.connect("alice").await;
    drop(socket);
    server.metric_reaches("matchmaker_open_sockets", 0).await;
    server.metric_reaches("matchmaker_connected_players", 0).await;
    let half = raw_socket(&server).await;
    let mut stream = half.into_stream();
    tokio::io::AsyncWriteExt::write_all(&mut stream, &frame(TEXT, b"{}")[..4]).await.expect("half a frame is sent");
    drop(stream);
    server.metric_reaches("matchmaker_open_sockets", 0).await;
    server.metric_reaches("matchmaker_open_connections", 1).await;
}
