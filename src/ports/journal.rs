use crate::domain::{EndedTicket, Match, PlayerId, Ticket};

/// Something that happened, for the log and the metrics.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A player registered on a socket and was greeted.
    PlayerRegistered(&'a PlayerId),
    /// A player began to wait.
    QueueJoined(&'a PlayerId, &'a Ticket),
    /// A match was stored: from here on it can be read.
    MatchCreated(&'a Match),
    /// A match was settled by another than the call that paired its players.
    MatchCarriedForward(&'a Match, CarriedBy),
    /// A ticket ended without a match.
    TicketEnded(&'a EndedTicket),
    /// A match is over.
    MatchFinished(&'a Match),
}

/// Who settled a match that another call had paired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CarriedBy {
    /// A call that came across it: after the pairing one had failed, or while that one was still at it.
    Call,
    /// The sweep, which leaves the pairing call all the time it needs: so that one failed.
    Sweep,
}

impl CarriedBy {
    /// Each of them.
    pub const ALL: [Self; 2] = [Self::Call, Self::Sweep];

    /// The word for it in the log and the metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Sweep => "sweep",
        }
    }
}

/// Keeps account of what happens.
pub trait Journal: Send + Sync {
    /// Records an event. It neither blocks nor fails: what cannot be kept is counted and dropped.
    fn record(&self, event: Event<'_>);
}
