use std::collections::BTreeMap;

use super::{Asset, EndedTicket, Game, Match, Pairing, Serial, Standing, Ticket};

/// What was decided, and the tickets that turned out to have ended before it.
///
/// A ticket past its time has no effect from that moment on, also when nothing has swept it away yet; whichever decision
/// comes across it first removes and reports it, so every end is reported once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided<T> {
    /// The decision.
    pub outcome: T,
    /// Tickets that ended before it, in the order in which they were found.
    pub ended: Vec<EndedTicket>,
}

/// What became of a wish to be paired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FindOutcome {
    /// The player was idle and nobody waits under the key: he waits on this new ticket now.
    Joined(Ticket),
    /// He waits under this key already; his place is kept.
    StillWaiting(Ticket),
    /// He waits under another key; nothing changed.
    WaitingElsewhere(Ticket),
    /// He was idle and has just been paired with the player who waited longest; the pairing is not settled yet.
    Paired(Match),
    /// He stands in a match, of this key or another; nothing changed.
    AlreadyMatched(Pairing),
    /// A bound is reached; nothing changed.
    AtCapacity(Capacity),
}

/// Which bound was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Capacity {
    /// As many players wait as may.
    Waiting,
    /// As many matches are stored, none of them finished, as may be.
    Matches,
}

/// What became of a wish to leave the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeaveOutcome {
    /// He did not wait.
    NotWaiting,
    /// He waits no more.
    Left(EndedTicket),
    /// He stands in a match; nothing changed.
    AlreadyMatched(Pairing),
}

/// What became of a pairing that was to be marked as settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettleOutcome {
    /// Both players stand in the match, and this call has cleared the mark.
    Settled,
    /// Both players stand in the match, and the mark was cleared before.
    AlreadySettled,
    /// They do not stand in it, or no more; nothing changed.
    NotStanding,
}

/// What became of a socket on which a player was to be connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectOutcome {
    /// He is connected, and stands as he stood before.
    Connected(Connected),
    /// He is connected, and was waiting: now that he may be paired, he has been paired with the one who waited under his key.
    /// The pairing is not settled yet. This happens only where none but the connected are paired.
    Paired {
        /// The match that both stand in.
        match_: Match,
        /// Orders this connection against the player's others, and is smaller than the match's.
        connection: Serial,
    },
    /// He would have been paired, and as many matches are stored, none of them finished, as may be. He is not
    /// connected, and is passed over still; his search time starts anew.
    AtCapacity,
}

/// A player is connected on a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connected {
    /// Where he stands.
    pub standing: Standing,
    /// Orders this connection against the player's others: the greatest one lives. It also tells what is past: whatever
    /// happened to the player before has a smaller serial.
    pub connection: Serial,
}

/// How many there are of what a queue store holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Players who wait.
    pub waiting: usize,
    /// Of them, how many wait for each game with a stake in each asset: at most [`MAX_GAMES`](Self::MAX_GAMES) pairs of the
    /// two, each with one player at least.
    ///
    /// A new ticket counts here if its pair is here already, or if there is room for it; and it goes on to count where it was
    /// counted first, so a pair that came when there was no room may be here and among the others too.
    pub waiting_by_game: BTreeMap<(Game, Asset), usize>,
    /// All others who wait. Whoever invents games is counted here in the end, and costs nobody anything.
    pub waiting_elsewhere: usize,
    /// Matches that players stand in.
    pub matches: usize,
    /// Players who are connected, on however many sockets.
    pub connected: usize,
}

impl Census {
    /// The most pairs of a game and an asset that are told apart.
    pub const MAX_GAMES: usize = 64;
}
