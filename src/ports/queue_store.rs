use std::time::Duration;

use async_trait::async_trait;
#[cfg(any(test, feature = "testing"))]
use mockall::automock;

use super::PortError;
use crate::domain::{
    Census, ConnectOutcome, Decided, EndedTicket, FindOutcome, LeaveOutcome, Match, MatchId, Pairing, PlayerId,
    QueueKey, Serial, SettleOutcome, SocketId, Standing,
};

/// The one authority on where every player stands.
///
/// An adapter answers exactly as [`QueuePolicy`](crate::domain::QueuePolicy) does: the policy is the specification, and
/// the contract suite holds adapters against it. What an adapter guarantees beyond that:
///
/// - **Atomic.** Each verb reads and changes all the standings it concerns at one moment. Concurrent calls have the same
///   effects and answers as the same calls in some order, one after the other.
/// - **One clock.** Tickets end by the store's own clock, however many nodes call it.
/// - **Serials.** Each new ticket, pairing and connection gets a [`Serial`] above zero and greater than all before it; some
///   may be left out.
/// - **Ends are reported once.** From the moment at which its time is over a ticket has no effect any more. Whichever verb
///   comes across it first removes it and reports it in its answer; another never does again. A player's own call comes
///   across his ticket, then [`find`](Self::find) across that of the one who waits under the key, then, when a new ticket
///   would find no room, across the longest overdue one of all.
/// - **A match is known by its id.** A verb that takes a match means the one that the players stand in under that id,
///   whatever status it is handed in with, and any other is none.
///
/// # Errors
///
/// Every verb gives [`PortError::NotDone`] when it changed nothing and will not, and [`PortError::Unknown`] in every
/// other case of failure. Every verb may be repeated after an error.
#[cfg_attr(any(test, feature = "testing"), automock)]
#[async_trait]
pub trait QueueStore: Send + Sync {
    /// A player asks to be paired under `key`; the match, if it comes to one, is called `new_match`.
    ///
    /// When somebody waits under the key, and both may be paired, this one decision takes his ticket, puts both players into the match and keeps
    /// the match's data, marked as not settled, beside their standings. That is the commitment: from then on the match
    /// stands, whatever fails. With a ticket of his own under the key the player keeps his place. Otherwise he waits on a
    /// new ticket, unless a bound of the policy is reached. As many matches as may be: nobody is paired, and the one who waits
    /// keeps his ticket. As many waiting as may: retries and pairings go on.
    async fn find(
        &self,
        player: &PlayerId,
        key: &QueueKey,
        new_match: MatchId,
    ) -> Result<Decided<FindOutcome>, PortError>;

    /// Where the player stands. Looking is a sign of life: the search time of his ticket starts anew.
    async fn look(&self, player: &PlayerId) -> Result<Decided<Standing>, PortError>;

    /// Ends the player's ticket. Leaving and being paired are one decision: after [`LeaveOutcome::Left`] he is not paired
    /// any more, and after [`LeaveOutcome::AlreadyMatched`] he was paired before.
    async fn leave(&self, player: &PlayerId) -> Result<Decided<LeaveOutcome>, PortError>;

    /// The player is connected on `socket` from now on, beside others on which he may be; on one that he has, nothing but
    /// the connection's serial is new. While he is connected his ticket does not end by itself. A socket counts until it is
    /// [disconnected](Self::disconnect), so whoever runs several nodes has to disconnect the sockets of one that died.
    ///
    /// Where only the connected are paired, a waiting player who was not may be paired from now on. When somebody who may
    /// waits under his key, this one decision pairs the two, as [`find`](Self::find) does, in a match called `new_match`, in
    /// the order of their tickets. When as many matches are stored as may be, the player is refused instead: he is not
    /// connected, so that two who may be paired never both wait, and the search time of his ticket starts anew.
    async fn connect(
        &self,
        player: &PlayerId,
        socket: SocketId,
        new_match: MatchId,
    ) -> Result<Decided<ConnectOutcome>, PortError>;

    /// The socket has closed. If it was the last on which the player was connected, his ticket ends after the disconnect
    /// grace, and where only the connected are paired it is passed over from now on; with another he stays connected, and if
    /// he was not connected on this one, nothing changes.
    async fn disconnect(&self, player: &PlayerId, socket: SocketId) -> Result<(), PortError>;

    /// Clears the mark of a pairing that is stored and told. Answers whether both players still stand in the match, and
    /// whether this call cleared the mark, so that of several callers exactly one gets [`SettleOutcome::Settled`].
    async fn settle(&self, match_: &Match) -> Result<SettleOutcome, PortError>;

    /// Makes both players idle if they still stand in this match. Answers whether they did until now, so that of several
    /// callers exactly one gets `true`.
    async fn release(&self, match_: &Match) -> Result<bool, PortError>;

    /// How the players stand in this match; `None` when they do not, or no more.
    async fn pairing(&self, match_: &Match) -> Result<Option<Pairing>, PortError>;

    /// Pairings that were decided at least `age` ago and are not settled, in the order of their serials, from the first
    /// past `after`; at most `limit`.
    async fn unsettled(&self, age: Duration, after: Serial, limit: usize) -> Result<Vec<Pairing>, PortError>;

    /// Pairings that stand, settled or not, in the order of their serials, from the first past `after`; at most `limit`.
    async fn pairings(&self, after: Serial, limit: usize) -> Result<Vec<Pairing>, PortError>;

    /// Ends tickets whose time is over, the longest overdue first and of equals the smaller serial; at most `limit`.
    async fn end_overdue(&self, limit: usize) -> Result<Vec<EndedTicket>, PortError>;

    /// How many players wait, in all and by game, how many matches players stand in and how many players are connected; also
    /// shows that the store can be reached. A ticket past its time counts until a verb comes across it. It takes no time to
    /// speak of, however many wait.
    async fn census(&self) -> Result<Census, PortError>;
}
