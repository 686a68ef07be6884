//! Measures the server: how many calls and matches a second, how soon, and what they cost: `make bench`.

mod asking;
mod blocking;
mod burst;
#[path = "../client/mod.rs"]
mod client;
mod closed;
mod connection;
mod crowd;
mod engine;
mod filling;
mod growth;
mod listening;
mod matches;
mod open;
mod options;
mod pairs;
mod places;
mod play;
mod plot;
mod rates;
mod reading;
#[expect(dead_code, reason = "tests need more of it than a benchmark does")]
#[path = "../redis_server/mod.rs"]
mod redis_server;
mod report;
mod requests;
mod rounds;
mod run;
mod schedule;
mod sizes;
mod sockets;
mod stalls;
mod start;
mod statistics;
mod stores;
mod subject;
mod tidying;
mod usage;
mod wire;

use std::process::ExitCode;

use clap::Parser;

use options::Options;

fn main() -> ExitCode {
    let options = Options::parse();
    let (report, measured) = run::run(&options);
    if !report.tables.is_empty() {
        println!("{report}");
    }
    // Of a run that broke off nothing is written, so that the numbers of the last whole one stay.
    match measured.and_then(|()| run::write(&options, &report)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("WRONG: {error}");
            ExitCode::FAILURE
        }
    }
}
