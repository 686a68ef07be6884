//! The run itself: players play, the checker follows, and at the end nothing may be left.

use std::{io, process::Stdio, sync::Arc, time::Duration};

use tokio::task::JoinSet;

use crate::{
    checker::Promise,
    client::metrics::ServerMetrics,
    follower::Follower,
    issuer::Issuer,
    liars, meddlers,
    options::{Auth, Options},
    player::Player,
    server::Server,
    summary::Summary,
    world::World,
};

/// How many clients break the rules at the same time.
const LIARS: usize = 4;

/// How many send their requests too slowly.
const DAWDLERS: usize = 4;

/// How long everything may take to be as it was before.
const QUIET_TIME: Duration = Duration::from_secs(15);

/// Plays as told, and says how it went.
pub(crate) async fn play(options: &Options) -> io::Result<Summary> {
    let issuer = (options.auth == Auth::Jwt).then(|| Issuer::new(options.time)).transpose()?;
    let server = open(options, issuer.as_ref())?;
    let world = Arc::new(World::new(server.address, options, issuer));
    let rules = world.rules;
    let before = world.lanes.metrics().await?;
    // By then as many matches are kept as ever.
    let warm_up = rules.retention * 2 + Duration::from_secs(5);
    let mut follower = Follower::new(&world, &server, warm_up..options.time);

    let mut clients = JoinSet::new();
    for player in world.players() {
        clients.spawn(Player::new(Arc::clone(&world), player, options.seed).play());
    }
    for _ in 0..LIARS {
        clients.spawn(liars::lie(Arc::clone(&world)));
    }
    for _ in 0..DAWDLERS {
        clients.spawn(liars::dawdle(Arc::clone(&world)));
    }
    clients.spawn(meddlers::meddle(Arc::clone(&world)));
    clients.spawn(meddlers::overstay(Arc::clone(&world)));
    let pacing = {
        let world = Arc::clone(&world);
        tokio::spawn(async move { world.pacer.run().await })
    };
    let begun = std::time::Instant::now();
    follower.follow(&server, options.time).await;
    let played = begun.elapsed();
    let matches = world.checker().counts().matches;

    world.stop();
    pacing.await?;
    while let Some(ended) = clients.join_next().await {
        ended?;
    }
    follower.follow(&server, rules.telling + Duration::from_secs(1)).await;
    let all_quiet = wait_for_quiet(&world, &before, &server, &follower).await;
    if let Err(error) = all_quiet {
        world.complain(Promise::NothingIsLost, None, error.to_string());
    }
    let mut summary = Summary::new(options, &world, &mut follower, played, matches);
    summary.check_growth(&world);
    follower.print_violations();
    summary.count(&world, server.usage());
    world.lanes.close();
    server.end()?;
    Ok(summary)
}

fn open(options: &Options, issuer: Option<&Issuer>) -> io::Result<Server> {
    if let Some(address) = options.address {
        return Ok(Server::running(address, options.pid));
    }
    let mut flags = vec![format!("--match-retention={}s", options.match_retention.as_secs())];
    if options.pair_only_connected {
        flags.push("--pair-only-connected".to_owned());
    }
    if let Some(issuer) = issuer {
        flags.extend(["--auth=jwt".to_owned(), format!("--jwt-secret-file={}", issuer.secret_file().display())]);
    }
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    Server::start(options, &flags, Stdio::from(std::fs::File::create(&options.server_log)?))
}

/// Everybody is gone, so nobody waits, plays or is connected any more, and nothing happened that no player saw.
async fn wait_for_quiet(world: &World, before: &ServerMetrics, server: &Server, follower: &Follower) -> io::Result<()> {
    let deadline = tokio::time::Instant::now() + QUIET_TIME;
    loop {
        let now = world.lanes.metrics().await?;
        let left = left_over(before, &now, server, follower)?;
        if left.is_empty() {
            return all_was_seen(world, before, &now);
        }
        if tokio::time::Instant::now() > deadline {
            return Err(io::Error::other(format!("all are gone, and the server still counts {}", left.join(", "))));
        }
        world.lanes.close();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn left_over(
    before: &ServerMetrics,
    now: &ServerMetrics,
    server: &Server,
    follower: &Follower,
) -> io::Result<Vec<String>> {
    let mut left = Vec::new();
    for name in ["waiting_players", "active_matches", "connected_players", "open_sockets", "open_connections"] {
        let (now, before) = (now.get(name)?, before.get(name)?);
        if now > before {
            left.push(format!("{} {name}", now - before));
        }
    }
    if let (Some(start), Some(now)) = (follower.at_start, server.usage())
        && now.descriptors > start.descriptors + 1
    {
        left.push(format!("{} descriptors", now.descriptors - start.descriptors));
    }
    Ok(left)
}

fn all_was_seen(world: &World, before: &ServerMetrics, now: &ServerMetrics) -> io::Result<()> {
    let created = now.get("matches_created_total")? - before.get("matches_created_total")?;
    let seen = world.checker().counts().matches;
    if created == seen {
        return Ok(());
    }
    Err(io::Error::other(format!("the server made {created} matches, and the players saw {seen}")))
}
