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
mod meddlers;
mod options;
mod pacer;
mod play;
mod player;
mod server;
mod socket;
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
        Err(error) => {
            println!("WRONG: {error}");
            ExitCode::FAILURE
        }
    })
}
