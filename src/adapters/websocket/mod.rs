//! WebSockets: the handshake as a warp filter, one session a socket, and the notifier that reaches them.

mod close_reason;
mod codec;
#[cfg(test)]
mod contract;
mod handshake;
mod hub;
mod messages;
mod registrations;
mod session;
mod socket;

pub(crate) use handshake::route;
pub use hub::SocketHub;
pub(crate) use session::Surroundings;
