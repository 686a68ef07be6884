use super::{PlayerId, QueueKey, Serial, Timestamp};

/// One player's wish to be paired in one queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The queue.
    pub key: QueueKey,
    /// The ticket's place: of two tickets, the one with the smaller serial has waited longer.
    pub serial: Serial,
    /// When the player began to wait.
    pub joined_at: Timestamp,
}

/// Why a ticket ended without a match; the same word in the push, the log and the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndReason {
    /// The player asked to leave.
    Left,
    /// The player had no socket, and neither asked nor looked for the whole search time.
    Expired,
    /// The player's socket closed, and he did not come back within the disconnect grace.
    Disconnected,
}

impl EndReason {
    /// Every reason there is.
    pub const ALL: [Self; 3] = [Self::Left, Self::Expired, Self::Disconnected];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Expired => "expired",
            Self::Disconnected => "disconnected",
        }
    }
}

/// A ticket that ended without a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedTicket {
    /// Whose it was.
    pub player: PlayerId,
    /// The ticket.
    pub ticket: Ticket,
    /// Why it ended.
    pub reason: EndReason,
}
