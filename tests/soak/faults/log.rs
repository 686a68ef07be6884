//! A log on a full disk, and one that nobody reads: requests go on as fast as ever, and the lines lost are counted.

use std::{
    fs::File,
    io,
    process::Stdio,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use super::{UNLIMITED, load};
use crate::{follower::per, http::Lanes, options::Options, server::Server};

/// How much slower a run with a broken log may look: the machine has other things to do, too.
const TOLERATED_SLOWDOWN: f64 = 2.0;

/// How long the end may take with a log that takes nothing.
const ENDING_TIME: Duration = Duration::from_secs(10);

pub(crate) async fn log(options: &Options) -> io::Result<String> {
    let sound = run(options, Stdio::from(File::create(&options.server_log)?)).await?;
    let full = run(options, Stdio::from(File::options().write(true).open("/dev/full")?)).await?;
    let (reader, unread) = io::pipe()?;
    let stuck = run(options, Stdio::from(unread)).await?;
    drop(reader);
    let report = format!("a sound log  {sound}\na full disk  {full}\nno reader    {stuck}");
    if full.dropped == 0 || (stuck.dropped == 0 && options.requests > 400_000) || sound.dropped > 0 {
        return Err(io::Error::other(format!("dropped lines are not counted as they should be\n{report}")));
    }
    if full.rate.min(stuck.rate) * TOLERATED_SLOWDOWN < sound.rate {
        return Err(io::Error::other(format!("a broken log slows requests down\n{report}")));
    }
    Ok(report)
}

struct Run {
    rate: f64,
    dropped: u64,
    ended: Duration,
}

impl std::fmt::Display for Run {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { rate, dropped, ended } = self;
        write!(formatter, "{rate:.0} requests/s, {dropped} lines dropped and counted, ended within {ended:.1?}")
    }
}

async fn run(options: &Options, output: Stdio) -> io::Result<Run> {
    let server = Server::start(options, &[UNLIMITED], output)?;
    let begun = Instant::now();
    let (seen, mut clients) = load::run(server.address, u64::from(options.requests));
    while let Some(client) = clients.join_next().await {
        client??;
    }
    let rate = per(seen.answered.load(Ordering::Relaxed), begun.elapsed().as_secs_f64());
    let lanes = Lanes::new(&[server.address]);
    let dropped = lanes.metrics().await?.get("log_lines_dropped_total")?;
    drop(lanes);
    let ended = server.end()?;
    if ended > ENDING_TIME {
        return Err(io::Error::other(format!("the end took {ended:?}")));
    }
    Ok(Run { rate, dropped, ended })
}
