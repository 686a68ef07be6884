use std::error::Error;

use super::failure::Failure;

/// Why a server cannot be one of those that share a Redis.
#[derive(Debug, thiserror::Error)]
pub enum CannotJoin {
    /// Redis did not answer as it should.
    #[error("{0}")]
    Store(Box<dyn Error + Send + Sync>),
    /// The others, or those who wait, go by the other rule.
    #[error(
        "--pair-only-connected is {pair_only_connected} here, and other servers run with the opposite, or players wait by it: \
         start with the same, or when all others have ended and the time of those who wait is over"
    )]
    OtherRule {
        /// What this server goes by.
        pair_only_connected: bool,
    },
    /// A server of another version has written there.
    #[error(
        "what stands there was written by another version of the server (records {0}): give a --store-prefix of its own"
    )]
    OtherRecords(String),
}

impl From<Failure> for CannotJoin {
    fn from(failure: Failure) -> Self {
        Self::Store(Box::new(failure))
    }
}
