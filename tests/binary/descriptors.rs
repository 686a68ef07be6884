//! What becomes of a server whose file table is full.

use std::{
    fs,
    io::{Read, Write},
};

use rustix::process::{Resource, Rlimit, getrlimit, prlimit};

use crate::process::Running;

/// How many failures the next line of the log tells of.
fn failures(server: &Running) -> u64 {
    let line = server.line();
    assert!(line.contains("connections could not be accepted"), "{line}");
    let count = line.split("failures=").nth(1).expect("a count");
    count.split(' ').next().expect("a count").parse().expect("a number")
}

#[test]
fn a_full_file_table_slows_accepting_down_and_the_log_tells_of_it_once_a_second() {
    let server = Running::start(&[]);
    let descriptor = |number: &u64| fs::symlink_metadata(format!("/proc/{}/fd/{number}", server.pid().as_raw_pid()));
    let next = (0..=1_000).find(|number| descriptor(number).is_err()).expect("a descriptor that is free");
    // The program has raised its own limit to what it may have, which is what this process may have.
    let before = Rlimit { current: getrlimit(Resource::Nofile).maximum, ..getrlimit(Resource::Nofile) };
    let full = Rlimit { current: Some(next), ..before };
    prlimit(Some(server.pid()), Resource::Nofile, full).expect("the limit can be lowered");
    let mut waiting = server.connect();
    waiting.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").expect("a request is sent");

    assert_eq!(failures(&server), 1);
    for _ in 0..2 {
        // It tries again and again, but not without a pause.
        let failures = failures(&server);
        assert!((2..=15).contains(&failures), "{failures} failures in about a second");
    }

    prlimit(Some(server.pid()), Resource::Nofile, before).expect("the limit can be raised again");
    let mut answer = String::new();
    waiting.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
