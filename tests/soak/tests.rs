//! The soak itself: that it still runs, and that its checker finds what it is there to find.

mod api;
mod checker;
mod faults;
mod follower;
mod http;
mod keys;
mod latency;
mod liars;
mod metrics;
mod options;
mod pacer;
mod planted;
mod play;
mod player;
mod server;
mod socket;
mod summary;
mod world;

use clap::Parser;

use options::Options;

const PROGRAM: &str = env!("CARGO_BIN_EXE_matchmaker");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_short_soak_finds_nothing_to_complain_of() {
    let flags = ["soak", "--server", PROGRAM, "--time=2s", "--rate=60", "--players=80", "--telling-time=2s"];
    let summary = play::play(&Options::parse_from(flags)).await.expect("the soak runs");
    println!("{summary}");
    let counts = summary.counts();
    assert_eq!(counts.violations, 0);
    // It has seen something of everything, so that none of the checks was idle.
    for (what, count) in [
        ("matches", counts.matches),
        ("finished", counts.finished),
        ("told", counts.told_in_time),
        ("read", counts.read),
        ("left", counts.left),
        ("registered again", counts.registered - 76),
    ] {
        assert!(count > 0, "{what}: none in {counts:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_under_load_cuts_no_answer_in_half() {
    let options = Options::parse_from(["soak", "--server", PROGRAM, "--mode=terminate", "--sockets=200"]);
    println!("{}", faults::run(&options).await.expect("a clean end"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_may_vanish_and_come_back_at_once() {
    let options = Options::parse_from(["soak", "--server", PROGRAM, "--mode=reconnect", "--sockets=300"]);
    println!("{}", faults::run(&options).await.expect("all come back"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_cannot_be_written_keeps_nobody_waiting() {
    let options = Options::parse_from(["soak", "--server", PROGRAM, "--mode=log", "--requests=5000"]);
    println!("{}", faults::run(&options).await.expect("requests go on"));
}
