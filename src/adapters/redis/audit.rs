//! Checks that what must always hold does, in what stands in a Redis at one moment.
//!
//! It reads the data by itself, and shares no code with what writes it: `lua/records.lua` says what there is.

mod findings;
mod matches;
mod pairings;
mod presence;
mod record;
mod serials;
mod snapshot;
mod state;
mod tickets;

use std::time::Duration;

use redis::AsyncConnectionConfig;

use super::{RedisSettings, failure::in_one_line};
use crate::{adapters::audit::Audit, domain::QueueSettings};
use findings::Findings;
use snapshot::Snapshot;
use state::State;

/// What needs somebody to come by, such as the end of a ticket whose time is over, has happened within this time while a
/// server runs: they come by every second.
const PATIENCE: u64 = 60 * 1_000_000;

/// How long it may take to connect.
const CONNECT_TIME: Duration = Duration::from_secs(2);

/// Why nothing can be said of a store.
#[derive(Debug, thiserror::Error)]
pub enum CannotLook {
    /// It cannot be reached, or refuses.
    #[error("{}", in_one_line(.0))]
    Store(#[from] redis::RedisError),
    /// It answers what no Redis does.
    #[error("it answers strangely: {0}")]
    Strange(#[from] redis::ParsingError),
    /// It refuses to read all of it at once, since it has no memory left.
    #[error(
        "it has no memory left, of which reading everything at one moment takes some: name a replica, or raise its maxmemory"
    )]
    Full,
    /// It is the copy of a store, and not of this moment.
    #[error("it is a replica that is not in step with its primary, and may hold an older state, or none")]
    OutOfStep,
    /// It took too long.
    #[error("it took longer than {}, which --timeout can change", humantime::format_duration(*.0))]
    TimedOut(Duration),
}

/// Looks once, and changes nothing. It is judged by the settings of the servers that share the store; the rule of pairing stands
/// there itself, once a server has joined.
///
/// Everything is read in one transaction, so nothing has changed meanwhile. Redis answers nobody else for as long as that
/// takes, some 4 s for a million active matches: a replica is the better one to look at then. One that is not in step with
/// its primary is not looked at.
///
/// # Errors
///
/// When the store cannot be read within the time.
pub async fn look(store: &RedisSettings, judged_by: &QueueSettings, timeout: Duration) -> Result<Audit, CannotLook> {
    let snapshot = tokio::time::timeout(timeout, read(store)).await.map_err(|_| CannotLook::TimedOut(timeout))??;
    Ok(judge(&snapshot, store, judged_by))
}

async fn read(store: &RedisSettings) -> Result<Snapshot, CannotLook> {
    // The answer may be large: there is no limit but that of the whole.
    let times = AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECT_TIME)).set_response_timeout(None);
    let mut connection = store.client().get_multiplexed_async_connection_with_config(&times).await?;
    let replication: String = redis::cmd("INFO").arg("replication").query_async(&mut connection).await?;
    if replication.lines().any(|line| line.trim_end() == "master_link_status:down") {
        return Err(CannotLook::OutOfStep);
    }
    match Snapshot::read(&mut connection, store.prefix()).await {
        Err(CannotLook::Store(error)) if error.to_string().contains("OOM") => Err(CannotLook::Full),
        read => read,
    }
}

fn judge(snapshot: &Snapshot, store: &RedisSettings, judged_by: &QueueSettings) -> Audit {
    let mut found = Findings::default();
    let state = State::of(snapshot, &mut found);
    pairings::check(&state, &mut found);
    matches::check(&state, judged_by, &mut found);
    tickets::check(&state, judged_by, &mut found);
    presence::check(&state, &mut found);
    serials::check(&state, &mut found);
    let findings = found.sorted();
    if findings.is_empty() {
        Audit::Sound(format!("{store} holds what it should, under {}: {}", store.prefix(), state.census()))
    } else {
        Audit::Unsound(findings)
    }
}
