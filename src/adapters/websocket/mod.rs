//! WebSockets: the handshake as a warp filter, one session a socket, and the notifier that reaches them.

mod close_reason;
mod codec;
#[cfg(test)]
mod contract;
#[cfg(feature = "testing")]
pub mod echo;
mod handshake;
mod hub;
mod link;
mod messages;
mod registering_anew;
mod registrations;
mod session;
mod socket;
#[cfg(feature = "testing")]
mod test_sockets;

#[cfg(feature = "testing")]
pub(crate) use close_reason::CloseReason;
#[cfg(feature = "testing")]
pub(crate) use codec::{Codec, MAX_MESSAGE, MAX_UNWRITTEN};
pub(crate) use handshake::route;
pub use hub::SocketHub;
#[cfg(feature = "testing")]
pub(crate) use messages::{Registration, error, match_found, read_registration, registered};
pub(crate) use session::Surroundings;
#[cfg(feature = "testing")]
pub(crate) use session::{CLOSING_TIME, Incoming, close, end};
