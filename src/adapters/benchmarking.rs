//! What the benchmarks measure and cannot reach from outside: the product's own code, under names that nothing else uses.

use std::{
    io,
    task::{Context, Poll, Waker},
};

use tokio::io::{AsyncRead, AsyncWrite};
use tracing::Dispatch;
use tungstenite::{Error, Message, Utf8Bytes};

use super::{
    http,
    log::{BUFFERED_BYTES, Log, LogFormat, LogLevel},
    websocket::{self, Codec},
};
use crate::{
    domain::{Match, PlayerId, QueueKey},
    matchmaking,
};

/// How much a sweep takes from a store at a time.
pub const SWEPT_AT_ONCE: usize = matchmaking::SWEPT_AT_ONCE;

/// The server's side of a socket whose handshake is done.
pub struct Socket<S>(Codec<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> Socket<S> {
    /// Speaks on this stream.
    #[must_use]
    pub fn new(stream: S) -> Self {
        Self(Codec::new(stream, Vec::new()))
    }

    /// The next message, if the stream has it already.
    pub fn read(&mut self) -> Poll<Result<Message, Error>> {
        self.0.poll_read(&mut context())
    }

    /// Writes a message, and whatever waits to be written.
    ///
    /// # Errors
    ///
    /// When the codec takes no more, or the stream fails.
    pub fn write(&mut self, message: Message) -> Poll<Result<(), Error>> {
        match self.0.write(&mut context(), message) {
            Ok(()) => self.flush(),
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    /// Writes whatever waits to be written.
    ///
    /// # Errors
    ///
    /// When the stream fails.
    pub fn flush(&mut self) -> Poll<Result<(), Error>> {
        self.0.poll_flush(&mut context())
    }
}

fn context() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

/// Reads the body of a wish to be paired; `None` for one that is refused.
#[must_use]
pub fn read_request(body: &[u8]) -> Option<(PlayerId, QueueKey)> {
    http::read_request(body).ok()
}

/// Reads for whom a socket is to speak; `None` for a text that is refused.
#[must_use]
pub fn read_registration(text: &str) -> Option<PlayerId> {
    websocket::read_registration(text).ok().map(|registration| registration.player)
}

/// Writes the push of a new match; `None` for somebody who is not in it.
#[must_use]
pub fn match_found(player: &PlayerId, match_: &Match) -> Option<Utf8Bytes> {
    websocket::match_found(player, match_)
}

/// The log, whole but for its output, which is nowhere.
#[must_use]
pub fn log(format: LogFormat) -> (Dispatch, Log) {
    Log::new(format, LogLevel::Info, io::sink(), BUFFERED_BYTES)
}
