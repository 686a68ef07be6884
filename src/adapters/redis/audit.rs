//! `matchmaker audit`: checks that what must always hold does, in what stands in a Redis at one moment.
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

use std::{
    fmt,
    io::{self, Write},
    time::Duration,
};

use redis::AsyncConnectionConfig;

use super::{RedisSettings, failure::in_one_line};
use crate::domain::QueueSettings;
use findings::Findings;
use snapshot::Snapshot;
use state::State;

/// What needs somebody to come by, such as the end of a ticket whose time is over, has happened within this time while a
/// server runs: they come by every second.
const PATIENCE: u64 = 60 * 1_000_000;

/// How long it may take to connect.
const CONNECT_TIME: Duration = Duration::from_secs(2);

/// What to look at, and how long it may take.
#[derive(Clone, Debug)]
pub struct AuditSettings {
    /// The Redis, and the prefix of its keys.
    pub store: RedisSettings,
    /// The settings of the servers that share it.
    pub judged_by: QueueSettings,
    /// How long the whole may take.
    pub timeout: Duration,
}

/// Why nothing can be said of a store.
#[derive(Debug, thiserror::Error)]
pub enum CannotLook {
    /// It cannot be reached, or refuses.
    #[error("{}", in_one_line(.0))]
    Store(#[from] redis::RedisError),
    /// It answers what no Redis does.
    #[error("it answers strangely: {0}")]
    Strange(#[from] redis::ParsingError),
    /// It is the copy of a store, and not of this moment.
    #[error("it is a replica that is not in step with its primary, and may hold an older state, or none")]
    OutOfStep,
    /// It took too long.
    #[error("it took longer than {}, which --timeout can change", humantime::format_duration(*.0))]
    TimedOut(Duration),
}

/// What an audit found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// Each thing that should not be, on a line of its own, in alphabetical order; none if everything holds.
    pub findings: Vec<String>,
    /// How much there is of everything, as one line.
    pub census: String,
}

/// Looks once. Gives the code to exit with: 0 and one line if everything holds, 1 and one line for each finding, and 2 with
/// one line on standard error if it could not look.
pub async fn audit(settings: &AuditSettings) -> i32 {
    let Audit { findings, census } = match look(settings).await {
        Ok(audit) => audit,
        Err(error) => return failed(settings, &error),
    };
    let sound = findings.is_empty();
    let census = format!("{} holds what it should, under {}: {census}", settings.store, settings.store.prefix());
    let told = if sound { tell(&[census]) } else { tell(&findings) };
    match told {
        Ok(()) => i32::from(!sound),
        Err(error) => failed(settings, &error),
    }
}

fn failed(settings: &AuditSettings, error: &dyn fmt::Display) -> i32 {
    eprintln!("error: {} cannot be audited: {error}", settings.store);
    2
}

/// Not by a macro, which ends in a panic when whoever reads it has seen enough.
fn tell(lines: &[String]) -> io::Result<()> {
    let mut output = io::BufWriter::new(io::stdout().lock());
    for line in lines {
        writeln!(output, "{line}")?;
    }
    output.flush()
}

/// Looks once, and changes nothing.
///
/// Everything is read in one transaction, so nothing has changed meanwhile. Redis answers nobody else for as long as that
/// takes, some 4 s for a million active matches: a replica is the better one to look at then. One that is not in step with
/// its primary is not looked at.
///
/// # Errors
///
/// When the store cannot be read within the time.
pub async fn look(settings: &AuditSettings) -> Result<Audit, CannotLook> {
    let snapshot = tokio::time::timeout(settings.timeout, read(settings)).await;
    let snapshot = snapshot.map_err(|_| CannotLook::TimedOut(settings.timeout))??;
    Ok(judge(&snapshot, settings))
}

async fn read(settings: &AuditSettings) -> Result<Snapshot, CannotLook> {
    // The answer may be large: there is no limit but that of the whole.
    let times = AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECT_TIME)).set_response_timeout(None);
    let mut connection = settings.store.client().get_multiplexed_async_connection_with_config(&times).await?;
    let replication: String = redis::cmd("INFO").arg("replication").query_async(&mut connection).await?;
    if replication.lines().any(|line| line.trim_end() == "master_link_status:down") {
        return Err(CannotLook::OutOfStep);
    }
    Snapshot::read(&mut connection, settings.store.prefix()).await
}

fn judge(snapshot: &Snapshot, settings: &AuditSettings) -> Audit {
    let mut found = Findings::default();
    let state = State::of(snapshot, &mut found);
    pairings::check(&state, &mut found);
    matches::check(&state, &settings.judged_by, &mut found);
    tickets::check(&state, &settings.judged_by, &mut found);
    presence::check(&state, &mut found);
    serials::check(&state, &mut found);
    Audit { findings: found.sorted(), census: state.census() }
}
