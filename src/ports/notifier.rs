use async_trait::async_trait;
#[cfg(any(test, feature = "testing"))]
use mockall::automock;

use super::PortError;
use crate::domain::{Greeting, Notice, PlayerId, SocketId};

/// What became of a greeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Greeted {
    /// The player was greeted, and this is his live socket.
    Live,
    /// A later connection of the same player lives; this socket is closed as replaced, and told nothing else.
    Replaced,
    /// The socket has heard of something later than the standing in the greeting, or was greeted on a later connection of
    /// its own, so nothing was said: read the standing anew and greet again.
    Outdated,
    /// The socket is not attached, or the notifier has closed it: nothing was said, and it replaced nobody.
    Gone,
}

/// Tells players what happened, over the sockets they hold.
///
/// What an adapter guarantees:
///
/// - **No gap.** From the return of [`attach`](Self::attach) on, every notice to the player reaches the socket. Until it
///   is greeted notices are held, and follow the greeting. What was told before is not told to it.
/// - **News only.** A socket hears of nothing at or before what it has [`Heard`](crate::domain::Heard): so no copy, and no
///   `match_found` after the `match_finished` of the same match.
/// - **In order.** A socket hears things in the order in which they were told.
/// - **One live socket.** Of a player's greeted sockets the one with the greatest connection serial lives; the others are
///   closed as replaced, and do not come back. A connection counts while any socket of the player is attached, also when its own has closed.
/// - **Nobody else.** Only the player's own sockets hear of it.
/// - **Bounded.** A socket that does not read is closed once as many messages wait for it as may, and notices that are held
///   count as waiting; telling never waits for a client.
///
/// # Errors
///
/// Every verb gives [`PortError::NotDone`] when nothing was told and will not be, and [`PortError::Unknown`] in every
/// other case of failure. Every verb may be repeated after an error.
#[cfg_attr(any(test, feature = "testing"), automock)]
#[async_trait]
pub trait Notifier: Send + Sync {
    /// The socket speaks for the player from now on, beside others he may have. Attaching again changes nothing.
    async fn attach(&self, player: &PlayerId, socket: SocketId) -> Result<(), PortError>;

    /// Says where the player stands, then names the match that the greeting tells of, then what was held meanwhile; the
    /// socket is live from then on, and those that lived before are closed as replaced. A socket that is greeted again is
    /// told the same way again; that makes no notice news again that it has heard.
    async fn greet(&self, player: &PlayerId, socket: SocketId, greeting: &Greeting) -> Result<Greeted, PortError>;

    /// Tells the player, if he has a socket. `Ok` means that it was handed to his sockets or that he has none; it does
    /// not mean that he has read it.
    async fn tell(&self, player: &PlayerId, notice: &Notice) -> Result<(), PortError>;

    /// The socket has closed; the player's other sockets are untouched.
    async fn detach(&self, player: &PlayerId, socket: SocketId) -> Result<(), PortError>;
}
