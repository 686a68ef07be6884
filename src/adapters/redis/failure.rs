use std::time::Duration;

use redis::{ErrorKind, RedisError};

use crate::ports::PortError;

/// What the server refuses before it has begun, so that nothing has happened.
const REFUSALS: [&str; 12] = [
    "NOAUTH",
    "NOPERM",
    "OOM",
    "LOADING",
    "BUSY",
    "READONLY",
    "MASTERDOWN",
    "CLUSTERDOWN",
    "MOVED",
    "MISCONF",
    "NOREPLICAS",
    "NOGOODSLAVE",
];

/// Why a call to Redis gave no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("Redis is away")]
    Away,
    #[error("as many calls are on their way to Redis as may be")]
    Busy,
    #[error("Redis did not answer within {}", humantime::format_duration(*.0))]
    TimedOut(Duration),
    #[error("Redis ran the call too late, and so did nothing")]
    Late,
    #[error("Redis has forgotten the socket, or this node")]
    Forgotten,
    #[error("the connection leads to another Redis than calls do, which are to follow")]
    OtherServer,
    #[error("Redis: {}", in_one_line(.0))]
    Redis(#[from] RedisError),
    #[error("Redis answered what nobody can read: {0}")]
    Unreadable(String),
}

impl Failure {
    /// Whether the library of functions is not there.
    pub(super) fn lacks_library(&self) -> bool {
        matches!(self, Self::Redis(error) if error.to_string().contains("Function not found"))
    }

    /// Whether another connection would do better: this one is broken, or leads to a server that takes no writes any more.
    pub(super) fn spoils_connection(&self) -> bool {
        matches!(self, Self::Redis(error) if error.is_unrecoverable_error() || error.code() == Some("READONLY"))
    }

    /// Whether it is certain that the call has changed nothing, and will not.
    pub(super) fn did_nothing(&self) -> bool {
        match self {
            Self::Away | Self::Busy | Self::Late | Self::Forgotten | Self::OtherServer => true,
            Self::TimedOut(_) | Self::Unreadable(_) => false,
            Self::Redis(error) => self.lacks_library() || error.code().is_some_and(|code| REFUSALS.contains(&code)),
        }
    }
}

/// What the library says, which has several lines for what is no Redis's answer.
pub(super) fn in_one_line(error: &RedisError) -> String {
    if error.kind() == ErrorKind::Parse {
        return "it answers what no Redis does: is it one, and the port the right one?".to_owned();
    }
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

impl From<Failure> for PortError {
    fn from(failure: Failure) -> Self {
        if failure.did_nothing() { Self::NotDone(Box::new(failure)) } else { Self::Unknown(Box::new(failure)) }
    }
}
