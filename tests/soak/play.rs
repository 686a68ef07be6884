//! The run itself: players play, the checker follows, and at the end nothing may be left.

use std::{io, sync::Arc, time::Duration};

use tokio::task::JoinSet;

use crate::{
    checker::Promise,
    follower::Follower,
    issuer::Issuer,
    liars,
    log::Following,
    meddlers,
    metrics::Metrics,
    nodes::Nodes,
    options::{Auth, Options},
    player::Player,
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
    let mut nodes = open(options, issuer.as_ref())?;
    let world = Arc::new(World::new(&nodes.addresses(), options, issuer));
    let logs = nodes.follow_logs(&world, options)?;
    let rules = world.rules;
    let before = world.lanes.metrics().await?;
    // By then as many matches are kept as ever.
    let warm_up = rules.retention * 2 + Duration::from_secs(5);
    let store_at_start = nodes.usage_of_store();
    let mut follower = Follower::new(&world, &nodes, warm_up..options.time);

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
    follower.follow(&nodes, options.time).await;
    let played = begun.elapsed();
    let matches = world.checker().counts().matches;

    world.stop();
    pacing.await?;
    while let Some(ended) = clients.join_next().await {
        ended?;
    }
    follower.follow(&nodes, rules.telling + Duration::from_secs(1)).await;
    let all_quiet = wait_for_quiet(&world, &before, &nodes, &follower).await;
    if let Err(error) = all_quiet {
        world.complain(Promise::NothingIsLost, None, error.to_string());
    }
    let mut summary = Summary::new(options, &world, &mut follower, played, matches);
    summary.check_growth(&world);
    summary.note_store(store_at_start, nodes.usage_of_store());
    match nodes.audit(options) {
        Ok(audit) => summary.note_audit(audit),
        Err(error) => world.complain(Promise::NothingIsLost, None, error.to_string()),
    }
    let end = nodes.usage();
    world.lanes.close();
    nodes.end()?;
    if rules.on_redis {
        read_logs_to_their_end(&world, logs)?;
        world.checker().check_put_off();
    }
    follower.print_violations();
    summary.count(&world, end);
    Ok(summary)
}

/// What the servers wrote before they ended is held against what happened.
fn read_logs_to_their_end(world: &World, logs: Vec<Following>) -> io::Result<()> {
    for log in logs {
        log.join().map_err(|_| io::Error::other("a log could not be followed"))??;
    }
    world.checker().check_log();
    Ok(())
}

fn open(options: &Options, issuer: Option<&Issuer>) -> io::Result<Nodes> {
    if let Some(address) = options.address {
        return Ok(Nodes::running(address, options.pid));
    }
    let mut flags = vec![format!("--match-retention={}s", options.match_retention.as_secs())];
    if options.pair_only_connected {
        flags.push("--pair-only-connected".to_owned());
    }
    if let Some(issuer) = issuer {
        flags.extend(["--auth=jwt".to_owned(), format!("--jwt-secret-file={}", issuer.secret_file().display())]);
    }
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    Nodes::start(options, &flags)
}

/// Everybody is gone, so nobody waits, plays or is connected any more, and nothing happened that no player saw.
async fn wait_for_quiet(world: &World, before: &Metrics, nodes: &Nodes, follower: &Follower) -> io::Result<()> {
    let deadline = tokio::time::Instant::now() + QUIET_TIME;
    loop {
        let now = world.lanes.metrics().await?;
        let left = left_over(before, &now, nodes, follower)?;
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

fn left_over(before: &Metrics, now: &Metrics, nodes: &Nodes, follower: &Follower) -> io::Result<Vec<String>> {
    let mut left = Vec::new();
    for name in ["waiting_players", "active_matches", "connected_players", "open_sockets", "open_connections"] {
        let (now, before) = (now.get(name)?, before.get(name)?);
        if now > before {
            left.push(format!("{} {name}", now - before));
        }
    }
    if let (Some(start), Some(now)) = (follower.at_start, nodes.usage())
        && now.descriptors > start.descriptors + nodes.servers.len()
    {
        left.push(format!("{} descriptors", now.descriptors - start.descriptors));
    }
    Ok(left)
}

fn all_was_seen(world: &World, before: &Metrics, now: &Metrics) -> io::Result<()> {
    let dropped = now.get("log_lines_dropped_total")?;
    if world.rules.on_redis && dropped > 0 {
        return Err(io::Error::other(format!("{dropped} lines of the logs were not written, and cannot be counted")));
    }
    let created = now.get("matches_created_total")? - before.get("matches_created_total")?;
    let seen = world.checker().counts().matches;
    if created == seen {
        return Ok(());
    }
    Err(io::Error::other(format!("the server made {created} matches, and the players saw {seen}")))
}
