//! Players against a server, and a check that it keeps what it guarantees: `make soak`.

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
mod play;
mod player;
mod server;
mod socket;
mod summary;
mod world;

use std::{error::Error, process::ExitCode};

use clap::Parser;

use options::{Mode, Options};

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let options = Options::parse();
    matchmaker::adapters::raise_descriptor_limit()?;
    let good = match options.mode {
        Mode::Play => {
            let summary = play::play(&options).await?;
            println!("{summary}");
            summary.counts().violations == 0 && summary.kept_the_rate()
        }
    };
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
