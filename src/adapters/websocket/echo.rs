//! A socket that says back what it is told: a session as far as the WebSocket protocol goes, so that others' test suites
//! can hold the codec against it.

use std::future::poll_fn;

use tokio::net::TcpStream;
use tungstenite::{Error, Message};

use super::{
    close_reason::CloseReason,
    codec::Codec,
    session::{self, Incoming},
};
use crate::ports::Clock;

/// Says back every message, of up to `max_message` bytes, on a stream whose handshake is done, until one side closes.
pub async fn echo(stream: TcpStream, max_message: usize, clock: &dyn Clock) {
    let mut codec = Codec::with_bounds(stream, Vec::new(), max_message, 2 * max_message + 64 * 1024);
    let reason = converse(&mut codec).await;
    session::close(codec, reason, clock).await;
}

async fn converse(codec: &mut Codec) -> Option<CloseReason> {
    loop {
        let said = poll_fn(|cx| codec.poll_read(cx)).await;
        let answered = match said {
            Ok(message @ (Message::Text(_) | Message::Binary(_))) => say(codec, message).await,
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_)) => Ok(()),
            Err(error) => Err(error),
        };
        match answered.as_ref().map_err(session::end) {
            Ok(()) | Err(Incoming::Text(_)) => {}
            Err(Incoming::Close(reason)) => return Some(reason),
            Err(Incoming::Gone) => return None,
        }
    }
}

async fn say(codec: &mut Codec, message: Message) -> Result<(), Error> {
    poll_fn(|cx| std::task::Poll::Ready(codec.write(cx, message.clone()))).await?;
    poll_fn(|cx| codec.poll_flush(cx)).await
}
