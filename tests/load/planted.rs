//! Delays that were planted: each call that was due while they lasted has to tell of them.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{
    PROGRAM,
    asking::{Asking, Under},
    closed,
    engine::Engine,
    open,
    pairs::Pairs,
    places::Places,
    play::{Pace, play},
    redis_server::RedisServer,
    schedule::Schedule,
    stores::{
        nodes::Nodes,
        store::{Store, Sync},
    },
    subject::{Origin, Subject},
};

const STALL: Duration = Duration::from_millis(400);

/// Answers one connection, and once, after so many answers, takes its time.
fn stalling_server(after: usize) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut request = [0; 1024];
        for answered in 0.. {
            // The other side may be done.
            if stream.read(&mut request).unwrap_or_default() == 0 {
                break;
            }
            if answered == after {
                thread::sleep(STALL);
            }
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{\"status\":\"waiting\"}";
            stream.write_all(answer).expect("an answer can be written");
        }
    });
    address
}

#[test]
fn all_calls_that_were_due_while_a_server_stalled_tell_of_it() {
    let mut engine = Engine::connect(stalling_server(200), 1).expect("a connection");
    let mut asking = Asking::new(Under::KeysFrom(0), 1000);
    let schedule = Schedule::new(Instant::now(), 1000.0, 1000);
    let timed = open::run(&mut engine, &mut asking, schedule).expect("all are answered");
    // Of a thousand calls one was under way in the stall. Those due in its first three quarters waited for a quarter at least.
    assert!(timed.latencies.percentile(75.0) >= STALL / 4, "{}", timed.latencies);
    assert!(timed.latencies.max() >= STALL, "{}", timed.latencies);
}

#[test]
fn all_matches_that_were_due_while_a_server_stood_still_tell_of_it() {
    let subject = Subject { name: "server".to_owned(), origin: Origin::Server(PROGRAM.into(), Vec::new()) };
    let running = subject.start(&[]).expect("a server");
    let pid = running.pid.and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?)).expect("its process");
    let mut engine = Engine::connect(running.address, 16).expect("connections");
    let mut pairs = Pairs::register(&mut engine, 500, 0).expect("they are registered");
    let stall = thread::spawn(move || {
        thread::sleep(Duration::from_millis(200));
        kill_process(pid, Signal::STOP).expect("it can be stopped");
        thread::sleep(STALL);
        kill_process(pid, Signal::CONT).expect("it can go on");
    });
    let played = play(&mut engine, &mut pairs, 500, Pace::Open(500.0)).expect("all are matched");
    stall.join().expect("it went on");
    let latencies = played.timed.latencies;
    assert!(latencies.percentile(75.0) >= STALL / 4, "{latencies}");
    assert!(latencies.max() >= STALL * 3 / 4, "{latencies}");
    drop(engine);
    running.end().expect("nothing was lost");
}

#[test]
fn a_server_that_takes_no_part_is_found_out() {
    let subject = Subject { name: "server".to_owned(), origin: Origin::Server(PROGRAM.into(), Vec::new()) };
    if !RedisServer::is_installed() {
        return;
    }
    Store::start(Some(Sync::Always)).expect("a Redis that answers what is on its disk");
    let store = Store::start(Some(Sync::Everysec)).expect("a Redis");
    let nodes = Nodes::on(store, &subject, 2, &[]).expect("two servers");
    let all = nodes.addresses();
    let mut engine = Engine::connect(Places::apart(&all), 4).expect("connections");
    closed::run(&mut engine, &mut Asking::new(Under::KeysFrom(0), 100), None).expect("all are answered");
    nodes.check_shares("queue_joins_total", &all[..1], 100).expect("the first was asked");
    nodes.check_stored("players", 100).expect("all of them wait");
    for (asked, sum) in [(&all[..], 100), (&all[1..], 100), (&all[..1], 99)] {
        nodes.check_shares("queue_joins_total", asked, sum).expect_err("it was not so");
    }
    nodes.check_stored("players", 99).expect_err("there is one more");
    nodes.end().expect("nothing was lost");
}
