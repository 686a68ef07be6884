//! Measures the server: how many calls and matches a second, how soon, and what they cost: `make bench`.

mod asking;
mod burst;
#[path = "../client/mod.rs"]
mod client;
mod closed;
mod crowd;
mod engine;
mod filling;
mod growth;
mod matches;
mod open;
mod options;
mod pairs;
mod play;
mod plot;
mod rates;
mod reading;
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
mod subject;
mod usage;
mod wire;

use std::process::ExitCode;

use clap::Parser;

use options::Options;

fn main() -> ExitCode {
    let options = Options::parse();
    match run::run(&options) {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("WRONG: {error}");
            ExitCode::FAILURE
        }
    }
}
