//! The soak itself: that it still runs, and that its checker finds what it is there to find.

mod api;
mod checker;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_short_soak_finds_nothing_to_complain_of() {
    let program = env!("CARGO_BIN_EXE_matchmaker");
    let flags = ["soak", "--server", program, "--time=2s", "--rate=60", "--players=80", "--telling-time=2s"];
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
