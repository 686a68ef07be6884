//! WebSockets: the handshake as a warp filter, one session a socket, and the notifier that reaches them.

mod close_reason;
mod codec;
#[cfg(test)]
mod contract;
#[cfg(feature = "testing")]
pub mod echo;
mod handshake;
mod hub;
mod messages;
mod session;
mod socket;

pub(crate) use handshake::route;
pub use hub::SocketHub;
pub(crate) use session::Surroundings;
