//! What a Redis is asked before it is used.

use std::time::Duration;

use redis::{Cmd, RedisError, aio::MultiplexedConnection};

use super::{
    failure::{Failure, in_one_line},
    library::Library,
};

/// The first version that has functions.
const OLDEST: u32 = 7;

/// Why a Redis cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// It cannot be reached, or refuses.
    #[error("{}", in_one_line(.0))]
    Refused(#[from] RedisError),
    /// It answered something strange, or nothing.
    #[error("{0}")]
    Strange(String),
    /// It does not answer.
    #[error("no answer within {}", humantime::format_duration(*.0))]
    TimedOut(Duration),
    /// It has no functions yet.
    #[error("it is version {0}, and 7.0 or later is needed")]
    TooOld(String),
    /// It shares its keys with others.
    #[error("it runs in cluster mode; one primary is needed, with or without replicas")]
    Cluster,
    /// It would throw players away.
    #[error("its maxmemory-policy is {0}, by which it would throw players away: set noeviction")]
    Evicting(String),
}

impl From<Failure> for Unusable {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Redis(error) => Self::Refused(error),
            other => Self::Strange(other.to_string()),
        }
    }
}

/// What a server tells of itself.
struct Info(String);

impl Info {
    async fn ask(connection: &mut MultiplexedConnection) -> Result<Self, RedisError> {
        Ok(Self(Cmd::new().arg("INFO").query_async(connection).await?))
    }

    fn field(&self, name: &str) -> Option<&str> {
        let line = self.0.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.map(str::trim)
    }

    fn server(&self) -> Result<String, Failure> {
        let field = |name| self.field(name).ok_or_else(|| Failure::Unreadable(format!("INFO without {name}")));
        Ok(format!("{} {}", field("run_id")?, field("master_replid")?))
    }
}

/// Makes sure that it is one that can be used; which [`server`] it is.
pub(super) async fn examine(connection: &mut MultiplexedConnection) -> Result<String, Unusable> {
    let info = Info::ask(connection).await?;
    let version =
        info.field("redis_version").ok_or_else(|| Unusable::Strange("it does not tell its version".to_owned()))?;
    if version.split('.').next().and_then(|major| major.parse().ok()).is_none_or(|major: u32| major < OLDEST) {
        return Err(Unusable::TooOld(version.to_owned()));
    }
    if info.field("redis_mode") == Some("cluster") {
        return Err(Unusable::Cluster);
    }
    // The others throw away only what has a time to live, which nothing has here.
    match info.field("maxmemory_policy") {
        Some(policy) if policy.starts_with("allkeys") => Err(Unusable::Evicting(policy.to_owned())),
        _ => Ok(info.server()?),
    }
}

/// What tells this server's run, and the history of its data, from every other: a server that was made a replica for a while, and
/// lost what it had by that, runs on.
pub(super) async fn server(connection: &mut MultiplexedConnection) -> Result<String, Failure> {
    Info::ask(connection).await?.server()
}

/// Loads the library, if it is not there.
pub(super) async fn load(connection: &mut MultiplexedConnection, library: &Library) -> Result<(), RedisError> {
    let mut command = Cmd::new();
    command.arg("FUNCTION").arg("LOAD").arg(library.source());
    match command.exec_async(connection).await {
        Err(error) if !error.to_string().contains("already exists") => Err(error),
        _ => Ok(()),
    }
}
