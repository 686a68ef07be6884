//! Players against a server, and a check that it keeps what it guarantees: `make soak`.

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
mod play;
mod player;
#[expect(dead_code, reason = "its own tests use all of it, and this is no test")]
#[path = "../redis_server/mod.rs"]
mod redis_server;
mod server;
mod socket;
mod store;
mod summary;
mod tokens;
mod world;

use std::{error::Error, process::ExitCode};

use clap::Parser;

use options::Options;

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let options = Options::parse();
    matchmaker::adapters::raise_descriptor_limit()?;
    Ok(match faults::run(&options).await {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        // What is missing has been said on standard error; nothing was played, so nothing was wrong.
        Err(error) if store::is_missing(&error) => ExitCode::from(2),
        Err(error) => {
            println!("WRONG: {error}");
            ExitCode::FAILURE
        }
    })
}
