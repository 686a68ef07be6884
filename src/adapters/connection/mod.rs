//! What a connection carries with it, from its acceptance on, also when it becomes a WebSocket.

mod answer_timeout;
mod slot;

pub(crate) use answer_timeout::AnswerTimeout;
pub(crate) use slot::{ConnectionSlot, Guest};
