//! How the program ends when it is told to.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use rustix::process::Signal;
use tokio_tungstenite::tungstenite::Message;

use crate::process::Running;

const TEN_SECONDS: Duration = Duration::from_secs(10);

#[test]
fn either_signal_ends_a_server_whose_clients_behave_at_once() {
    for signal in [Signal::TERM, Signal::INT] {
        let server = Running::start(&[]);
        let mut socket = server.register("alice");
        server.signal(signal);
        match socket.read() {
            Ok(Message::Close(Some(frame))) => assert_eq!(u16::from(frame.code), 1001),
            other => panic!("a close frame was expected, not {other:?}"),
        }
        drop(socket);
        let address = server.address;
        server.expect_end(Duration::from_secs(3));
        assert!(TcpStream::connect(address).is_err());
    }
}

#[test]
fn a_server_ends_within_ten_seconds_whatever_its_clients_do() {
    let server = Running::start(&[]);
    let mut socket = server.register("alice");
    let mut half_a_head = server.connect();
    half_a_head.write_all(b"GET /healthz HTTP/1.1\r\nx: ").expect("half a head is sent");
    let mut half_a_body = server.connect();
    let head =
        "POST /api/find-match HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{";
    half_a_body.write_all(head.as_bytes()).expect("half a body is sent");
    let silent = server.connect();
    // These never read, and never close.
    let deaf = server.register("bob");
    server.find("bob");

    server.signal(Signal::TERM);
    server.signal(Signal::TERM);
    server.signal(Signal::INT);

    match socket.read() {
        Ok(Message::Close(Some(frame))) => assert_eq!(u16::from(frame.code), 1001),
        other => panic!("a close frame was expected, not {other:?}"),
    }
    let lines = server.expect_end(TEN_SECONDS);
    assert!(lines.iter().any(|line| line.contains("queue joined player_id=bob")), "{lines:?}");
    assert!(lines.last().is_some_and(|line| line.contains("the server is gone")), "{lines:?}");
    let mut rest = Vec::new();
    // A reset is an end, too.
    half_a_head.read_to_end(&mut rest).ok();
    assert!(rest.is_empty(), "{:?}", String::from_utf8_lossy(&rest));
    drop((half_a_body, silent, deaf));
}

#[test]
fn a_second_signal_ends_the_delay_in_which_everything_is_still_served() {
    let server = Running::start(&["--drain-delay=1h"]);
    let mut socket = server.register("alice");
    server.signal(Signal::TERM);
    while server.call("GET", "/readyz", "").0 == 200 {}
    assert_eq!(server.find("alice"), r#"{"status":"waiting"}"#);
    assert_eq!(server.call("GET", "/healthz", "").0, 200);

    server.signal(Signal::TERM);

    match socket.read() {
        Ok(Message::Close(Some(frame))) => assert_eq!(u16::from(frame.code), 1001),
        other => panic!("a close frame was expected, not {other:?}"),
    }
    drop(socket);
    server.expect_end(Duration::from_secs(3));
}
