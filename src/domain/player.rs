use std::{fmt, sync::Arc};

use super::{Pairing, Ticket};

/// Names one person; 1 to 128 of letters, digits and `_ - . : @ | + =`, but not `.` or `..`.
///
/// Cloning shares the text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlayerId(Arc<str>);

impl PlayerId {
    /// The longest id, in characters.
    pub const MAX_LENGTH: usize = 128;

    /// Reads an id.
    ///
    /// # Errors
    ///
    /// [`InvalidPlayerId`] when the text is empty, too long, `.`, `..`, or has another character. The two dots are
    /// refused since clients normalise them away in a path.
    pub fn parse(text: &str) -> Result<Self, InvalidPlayerId> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:@|+=".contains(&byte);
        let valid =
            (1..=Self::MAX_LENGTH).contains(&text.len()) && text.bytes().all(allowed) && !matches!(text, "." | "..");
        if valid { Ok(Self(text.into())) } else { Err(InvalidPlayerId) }
    }

    /// The id as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PlayerId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for PlayerId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

/// The text is no player id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a playerId is 1 to 128 of letters, digits and _ - . : @ | + =, and neither . nor ..")]
pub struct InvalidPlayerId;

/// Names one WebSocket; no two sockets alive at the same time share an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId(pub u64);

/// Where a player stands: exactly one of three, by construction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// Neither waiting nor in an unfinished match.
    #[default]
    Idle,
    /// Waiting on one ticket.
    Waiting(Ticket),
    /// In one match that is not finished.
    Matched(Pairing),
}

impl Standing {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Waiting(_) => "waiting",
            Self::Matched(_) => "matched",
        }
    }
}

/// One person as the queue knows him: where he stands, and the sockets on which he is connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Player {
    /// Who it is.
    pub id: PlayerId,
    /// Where he stands.
    pub standing: Standing,
    /// His sockets that have not closed, in the order of their ids; none when he is not connected.
    pub sockets: Vec<SocketId>,
}

#[cfg(test)]
mod tests;
