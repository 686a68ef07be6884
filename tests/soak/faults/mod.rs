//! Faults of the world around the server.

mod crowd;
mod load;
mod log;
mod memory;
mod reconnect;
mod silence;
mod terminate;

use std::{
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use crate::{
    http::Lanes,
    options::{Auth, Mode, Options},
    play::play,
    socket::{Incoming, Socket},
};

/// Does what the mode says; a report, or what was wrong.
pub(crate) async fn run(options: &Options) -> io::Result<String> {
    if options.mode != Mode::Play && (options.pair_only_connected || options.auth != Auth::Off) {
        return Err(io::Error::other("--pair-only-connected and --auth are for the mode play"));
    }
    if options.mode == Mode::Log && options.on_redis() {
        return Err(io::Error::other("--nodes is not for the mode log: a log is one server's own"));
    }
    match options.mode {
        Mode::Play => {
            let summary = play(options).await?;
            let good = summary.counts().violations == 0 && summary.kept_the_rate();
            if good { Ok(summary.to_string()) } else { Err(io::Error::other(format!("see above\n{summary}"))) }
        }
        Mode::Reconnect => reconnect::reconnect(options).await,
        Mode::Crowd => crowd::crowd(options).await,
        Mode::Terminate => terminate::terminate(options).await,
        Mode::Log => log::log(options).await,
        Mode::Silence => silence::silence(options).await,
    }
}

/// How long anything may take that must happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// The same few players call as fast as the server answers.
const UNLIMITED: &str = "--rate-limit-player=0";

/// Connects and registers a player, who must be answered by a greeting.
async fn connect(address: SocketAddr, player: &str) -> io::Result<Socket> {
    let mut socket = Socket::connect(address).await?;
    socket.register(player, None).await?;
    match tokio::time::timeout(PATIENCE, socket.next()).await {
        Ok(Incoming::Text(text)) if text.contains(r#""type":"registered""#) => Ok(socket),
        other => Err(io::Error::other(format!("{player} was not registered: {other:?}"))),
    }
}

/// Waits until the server counts so many under this name; how long that took.
async fn wait_for_count(lanes: &Lanes, name: &str, count: u64, patience: Duration) -> io::Result<Duration> {
    let begun = Instant::now();
    loop {
        let counted = lanes.metrics().await?.get(name)?;
        if counted == count {
            return Ok(begun.elapsed());
        }
        if begun.elapsed() > patience {
            return Err(io::Error::other(format!("the server counts {counted} {name} where there are {count}")));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
