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
    /// A match was settled by another call than the one that paired its players: a later one, or the sweep. Something failed
    /// before, or the other call was faster.
    MatchCarriedForward(&'a Match),
    /// A ticket ended without a match.
    TicketEnded(&'a EndedTicket),
    /// A match is over.
    MatchFinished(&'a Match),
}

/// Keeps account of what happens.
pub trait Journal: Send + Sync {
    /// Records an event. It neither blocks nor fails: what cannot be kept is counted and dropped.
    fn record(&self, event: Event<'_>);
}
