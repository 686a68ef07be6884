//! That the proxy fails where it is told to, and nowhere else.

use std::{
    io::{ErrorKind, Write},
    net::TcpStream,
    thread,
    time::Duration,
};

use super::{Harm, Proxy};
use crate::redis_server::{
    Options, RedisServer,
    reply::{Connection, Reply},
};

const PATIENCE: Duration = Duration::from_secs(20);

fn behind_a_proxy() -> Option<(RedisServer, Proxy)> {
    let redis = RedisServer::start(Options::default())?;
    let proxy = Proxy::start(redis.address());
    Some((redis, proxy))
}

fn connect(proxy: &Proxy) -> Connection {
    Connection::open(proxy.address(), None, PATIENCE).expect("the proxy listens")
}

fn increment(connection: &mut Connection) -> Option<Reply> {
    connection.ask(&["INCR", "count"]).ok()
}

#[test]
fn what_passes_is_counted_by_its_name() {
    let Some((_redis, proxy)) = behind_a_proxy() else { return };
    let mut connection = connect(&proxy);
    for count in 1..=3 {
        assert_eq!(increment(&mut connection), Some(Reply::Number(count)));
    }
    let text = "x".repeat(100_000);
    connection.ask(&["SET", "long", &text]).expect("an answer");
    assert_eq!(connection.ask(&["GET", "long"]).expect("an answer"), Reply::Text(text));
    let tally = proxy.take_tally();
    assert_eq!((tally.count(|name| name == "INCR"), tally.count(|_| true), tally.round_trips), (3, 5, 5));
    assert_eq!(proxy.tally().count(|_| true), 0);
}

#[test]
fn a_cut_before_a_command_keeps_it_from_redis() {
    let Some((redis, proxy)) = behind_a_proxy() else { return };
    proxy.harm(Harm::CutBefore, 1, |sent| sent.name == "INCR");
    let (mut cut, mut other) = (connect(&proxy), connect(&proxy));
    assert_eq!(increment(&mut cut), Some(Reply::Number(1)));
    assert_eq!(cut.ask(&["PING"]).expect("an answer").to_string(), "PONG");
    assert!(!proxy.has_harmed());
    assert_eq!(increment(&mut cut), None);
    assert!(proxy.has_harmed());
    assert_eq!(redis.command(&["GET", "count"]), "1");
    assert_eq!(increment(&mut other), Some(Reply::Number(2)));
}

#[test]
fn a_cut_after_a_command_lets_redis_do_it_and_tells_nobody() {
    let Some((redis, proxy)) = behind_a_proxy() else { return };
    proxy.harm(Harm::CutAfter, 1, |sent| sent.name == "INCR");
    let mut cut = connect(&proxy);
    assert_eq!(increment(&mut cut), Some(Reply::Number(1)));
    assert_eq!(increment(&mut cut), None);
    assert_eq!(redis.command(&["GET", "count"]), "2");
}

#[test]
fn a_deaf_proxy_accepts_and_never_answers_what_it_has_swallowed() {
    let Some((redis, proxy)) = behind_a_proxy() else { return };
    let mut before = Connection::open(proxy.address(), None, Duration::from_millis(200)).expect("the proxy listens");
    assert_eq!(increment(&mut before), Some(Reply::Number(1)));
    proxy.go_deaf();
    let mut meanwhile = Connection::open(proxy.address(), None, Duration::from_millis(200)).expect("it accepts");
    for connection in [&mut before, &mut meanwhile] {
        let error = connection.ask(&["INCR", "count"]).expect_err("nothing comes back");
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
    }
    proxy.come_back();
    assert_eq!(before.ask(&["PING"]).expect_err("it has lost something").kind(), ErrorKind::WouldBlock);
    assert_eq!(increment(&mut connect(&proxy)), Some(Reply::Number(2)));
    assert_eq!(redis.command(&["GET", "count"]), "2");
}

#[test]
fn an_unreachable_proxy_ends_what_is_open_and_refuses_what_is_new_until_it_comes_back() {
    let Some((_redis, proxy)) = behind_a_proxy() else { return };
    let mut before = connect(&proxy);
    assert_eq!(increment(&mut before), Some(Reply::Number(1)));
    proxy.refuse();
    assert_eq!(increment(&mut before), None);
    assert_eq!(TcpStream::connect(proxy.address()).expect_err("it refuses").kind(), ErrorKind::ConnectionRefused);
    proxy.come_back();
    assert_eq!(increment(&mut connect(&proxy)), Some(Reply::Number(2)));
}

#[test]
fn what_is_sent_at_once_is_one_round_trip_and_is_cut_where_it_was_asked() {
    let Some((redis, proxy)) = behind_a_proxy() else { return };
    let increments = b"*2\r\n$4\r\nINCR\r\n$5\r\ncount\r\n".repeat(10);
    proxy.harm(Harm::CutAfter, 4, |sent| sent.name == "INCR");
    let mut stream = TcpStream::connect(proxy.address()).expect("the proxy listens");
    stream.write_all(&increments).expect("it takes them");
    let answers = std::io::read_to_string(stream).expect("it ends");
    assert_eq!(answers, ":1\r\n:2\r\n:3\r\n:4\r\n");
    assert!(redis.command(&["GET", "count"]).parse::<u8>().expect("a number") >= 5);
    assert!(proxy.take_tally().round_trips < 10);
}

#[test]
fn what_is_held_up_reaches_redis_once_it_is_let_go_and_others_are_not_kept_waiting() {
    let Some((redis, proxy)) = behind_a_proxy() else { return };
    proxy.harm(Harm::Hold, 0, |sent| sent.says("held"));
    let (mut held, mut other) = (connect(&proxy), connect(&proxy));
    let holding = thread::spawn(move || held.ask(&["SET", "held", "1"]).expect("an answer"));
    while !proxy.is_holding() {
        thread::yield_now();
    }
    assert_eq!(increment(&mut other), Some(Reply::Number(1)));
    assert_eq!(redis.command(&["EXISTS", "held"]), "0");
    proxy.let_go();
    assert_eq!(holding.join().expect("it ended"), Reply::Text("OK".to_owned()));
    assert!(!proxy.is_holding());
}
