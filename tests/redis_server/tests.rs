//! That the Redis of the tests does what they build on.

use std::{sync::mpsc, thread, time::Duration};

use super::{
    Options, RedisServer, port,
    reply::{Connection, Reply},
};

#[test]
fn what_an_append_only_redis_has_answered_is_there_after_it_was_killed() {
    let Some(mut redis) = RedisServer::start(Options::default().append_only()) else { return };
    for number in 0..100 {
        redis.command(&["RPUSH", "numbers", &number.to_string()]);
    }
    redis.kill();
    redis.restart();
    assert_eq!(redis.command(&["LLEN", "numbers"]), "100");
    assert_eq!(redis.command(&["LRANGE", "numbers", "0", "1"]), "0\n1");
    assert_eq!(redis.command(&["GET", "nothing"]), "");
}

#[test]
fn a_redis_without_persistence_begins_anew() {
    let Some(mut redis) = RedisServer::start(Options::default().with(&["--databases", "3"])) else { return };
    redis.command(&["SET", "name", "alice"]);
    assert_eq!(redis.attempt(&["SELECT", "2"]), Ok("OK".to_owned()));
    assert!(redis.attempt(&["SELECT", "3"]).is_err());
    redis.kill();
    redis.restart();
    assert_eq!(redis.command(&["DBSIZE"]), "0");
}

#[test]
fn a_full_redis_refuses_writes_and_still_reads() {
    let started = RedisServer::start(Options::default().most_memory(1));
    assert_eq!(started.is_some(), RedisServer::is_installed());
    let Some(redis) = started else { return };
    let refused = redis.attempt(&["SET", "name", "alice"]).expect_err("it is full");
    assert!(refused.starts_with("OOM"), "{refused}");
    assert_eq!(redis.command(&["DBSIZE"]), "0");
    redis.command(&["CONFIG", "SET", "maxmemory", "0"]);
    redis.command(&["SET", "name", "alice"]);
}

#[test]
fn a_paused_redis_answers_once_it_goes_on() {
    let Some(redis) = RedisServer::start(Options::default()) else { return };
    redis.pause();
    let address = redis.address();
    let (sender, answer) = mpsc::channel();
    let asking = thread::spawn(move || {
        let mut connection = Connection::open(address, None, Duration::from_secs(20)).expect("it accepts");
        sender.send(connection.ask(&["PING"]).expect("an answer")).expect("somebody listens");
    });
    assert!(answer.recv_timeout(Duration::from_millis(200)).is_err());
    redis.resume();
    assert_eq!(answer.recv_timeout(Duration::from_secs(20)), Ok(Reply::Text("PONG".to_owned())));
    asking.join().expect("it ended");
}

#[test]
fn a_password_is_asked_for_and_is_part_of_the_address() {
    let Some(redis) = RedisServer::start(Options::default().with_password("secret")) else { return };
    assert_eq!(redis.url(), format!("redis://:secret@{}/0", redis.address()));
    assert_eq!(redis.command(&["PING"]), "PONG");
    let mut stranger = Connection::open(redis.address(), None, Duration::from_secs(20)).expect("it accepts");
    assert!(matches!(stranger.ask(&["PING"]).expect("an answer"), Reply::Error(error) if error.starts_with("NOAUTH")));
}

#[test]
fn users_are_told_apart_by_what_they_may_do() {
    let lines = ["user reader on >secret ~* +@all -@write", "user default off ~* &* +@all"];
    let Some(redis) = RedisServer::start(Options::default().with_users(&lines, "reader", "secret")) else { return };
    assert_eq!(redis.url(), format!("redis://reader:secret@{}/0", redis.address()));
    assert_eq!(redis.command(&["GET", "key"]), "");
    assert!(redis.attempt(&["SET", "key", "value"]).is_err_and(|error| error.starts_with("NOPERM")));
}

#[test]
fn a_free_port_is_given_once_and_is_no_port_of_outgoing_connections() {
    let (one, other) = (port::free(), port::free());
    assert_ne!(one, other);
    assert!(one.max(other) < 32_768);
}
