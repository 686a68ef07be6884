//! A matchmaking server: it pairs two real players who want the same 1v1 skill game at the same stake, and tells both.
//!
//! The map of the house, from the inside out; each layer knows only those above it in this list.
//!
//! - [`domain`]: the vocabulary and the queue policy, pure and synchronous.
//! - [`ports`]: what the use cases need from the outside, as traits with guarantees.
//! - [`matchmaking`]: the use cases, on the ports alone.
//! - [`adapters`]: in-memory stores, HTTP and WebSocket, log and metrics.
//!
//! **Two invariants carry the rest.** The queue store is the one authority on where a player stands, and each of its verbs
//! is one atomic decision. And from the moment a pairing is decided, everything only ever rolls forward.

pub mod adapters;
pub mod domain;
pub mod matchmaking;
pub mod ports;
