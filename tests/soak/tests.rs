//! The soak itself: that it still runs, and that its checker finds what it is there to find.

mod api;
mod checker;
#[path = "../client/mod.rs"]
mod client;
mod faults;
mod follower;
mod http;
mod issuer;
mod keys;
mod liars;
mod log;
mod meddlers;
mod metrics;
mod nodes;
mod options;
mod pacer;
mod planted;
mod play;
mod player;
#[path = "../redis_server/mod.rs"]
mod redis_server;
mod server;
mod socket;
mod store;
mod summary;
mod tokens;
mod world;

use std::io;

use clap::Parser;

use checker::Counts;
use options::Options;

const PROGRAM: &str = env!("CARGO_BIN_EXE_matchmaker");

/// Plays for two seconds with these flags besides, and finds nothing to complain of; how much was checked.
async fn soak_shortly<const N: usize>(flags: [&str; N]) -> Counts {
    let short = ["soak", "--server", PROGRAM, "--time=2s", "--rate=60", "--players=80", "--telling-time=2s"];
    let options = Options::parse_from(short.into_iter().chain(flags));
    let Some(summary) = unless_redis_is_missing(play::play(&options).await) else { return Counts::default() };
    println!("{summary}");
    assert_eq!(summary.counts().violations, 0);
    *summary.counts()
}

/// `None` where there is no Redis to be started, of which a line has told.
fn unless_redis_is_missing<T>(run: io::Result<T>) -> Option<T> {
    match run {
        Err(error) if store::is_missing(&error) => None,
        run => Some(run.expect("the soak runs")),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_short_soak_finds_nothing_to_complain_of() {
    let counts = soak_shortly([]).await;
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
async fn a_short_soak_where_only_the_connected_are_paired_finds_nothing_to_complain_of() {
    let counts = soak_shortly(["--pair-only-connected"]).await;
    assert!(counts.matches > 0 && counts.registered_matched > 0 && counts.passed_over > 0, "{counts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_short_soak_with_tokens_finds_nothing_to_complain_of() {
    // What stands last is the server's.
    let counts = soak_shortly(["--auth=jwt", "--", "--access-log"]).await;
    assert!(counts.matches > 0 && counts.finished > 0 && counts.meddling_refused > 10, "{counts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_short_soak_on_two_servers_finds_nothing_to_complain_of() {
    let counts = soak_shortly(["--nodes=2"]).await;
    // Nothing was checked where there is no Redis.
    if counts.events > 0 {
        assert!(counts.matches > 0 && counts.finished > 0 && counts.told_in_time > 0, "{counts:?}");
        assert!(counts.lines > 2 * counts.matches, "{counts:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_to_one_of_two_servers_is_nothing_to_the_other() {
    let options = ["soak", "--server", PROGRAM, "--mode=terminate", "--sockets=200", "--nodes=2"];
    let report = unless_redis_is_missing(faults::run(&Options::parse_from(options)).await);
    println!("{}", report.unwrap_or_default());
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
async fn a_crowd_that_is_gone_leaves_no_memory_behind() {
    let options = Options::parse_from(["soak", "--server", PROGRAM, "--mode=crowd", "--sockets=2000"]);
    println!("{}", faults::run(&options).await.expect("the memory returns"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_cannot_be_written_keeps_nobody_waiting() {
    let options = Options::parse_from(["soak", "--server", PROGRAM, "--mode=log", "--requests=5000"]);
    println!("{}", faults::run(&options).await.expect("requests go on"));
}
