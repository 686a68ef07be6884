//! Frames that no library would send, and how a connection ends.

use tokio::io::AsyncWriteExt;

use crate::support::{Raw, TestServer, seconds};

/// A frame as clients send it, with a mask of zeros, which leaves the payload as it is.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = match u16::try_from(payload.len()).expect("a short payload") {
        length @ 0..126 => vec![0x80 + u8::try_from(length).expect("below 126")],
        length => [&[0xfe][..], &length.to_be_bytes()].concat(),
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
    drop(raw);
    server.metric_reaches("matchmaker_open_sockets", 0).await;
}

#[tokio::test]
async fn a_client_that_sends_on_after_its_close_frame_reads_the_answer() {
    let server = TestServer::start().await;
    let mut raw = raw_socket(&server).await;
    raw.send(frame(CLOSE, &1000_u16.to_be_bytes())).await;
    for _ in 0..100 {
        raw.send(frame(TEXT, &[b'x'; 1_000])).await;
    }
    assert_eq!(raw.bytes(4).await[2..], 1000_u16.to_be_bytes());
    raw.assert_closed().await;
}

#[tokio::test]
async fn a_client_that_sends_a_message_byte_by_byte_is_not_silent() {
    let server = TestServer::start().await;
    let mut raw = raw_socket(&server).await;
    raw.send(frame(TEXT, br#"{"type":"register","playerId":"alice"}"#)).await;
    let padding = " ".repeat(60);
    let message = frame(TEXT, format!(r#"{{"type":"register","playerId":"alice"}}{padding}"#).as_bytes());
    for byte in message {
        raw.send([byte]).await;
        server.pass(seconds(1)).await;
    }

    let mut registered = 0;
    while registered < 2 {
        let head = raw.bytes(2).await;
        raw.bytes(usize::from(head[1])).await;
        match head[0] {
            TEXT => registered += 1,
            PING => {}
            other => panic!("a text or a ping was expected, not {other:#x}"),
        }
    }
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
async fn a_socket_that_vanishes_without_a_word_is_gone() {
    let server = TestServer::start().await;
    let socket = server.connect("alice").await;
    drop(socket);
    server.metric_reaches("matchmaker_open_sockets", 0).await;
    server.metric_reaches("matchmaker_connected_players", 0).await;
    let half = raw_socket(&server).await;
    let mut stream = half.into_stream();
    stream.write_all(&frame(TEXT, b"{}")[..4]).await.expect("half a frame is sent");
    drop(stream);
    server.metric_reaches("matchmaker_open_sockets", 0).await;
    server.metric_reaches("matchmaker_open_connections", 1).await;
}
