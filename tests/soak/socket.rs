//! A player's WebSocket.

use std::{
    io,
    net::SocketAddr,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Error, Message, protocol::WebSocketConfig},
};

/// How long a handshake may take.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

/// What the server says on a socket: the members of all its messages, each where it belongs.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Push<'a> {
    #[serde(rename = "type")]
    pub(crate) kind: &'a str,
    pub(crate) player_id: Option<&'a str>,
    pub(crate) status: Option<&'a str>,
    pub(crate) match_id: Option<&'a str>,
    pub(crate) game: Option<&'a str>,
    pub(crate) asset: Option<&'a str>,
    #[serde(borrow)]
    pub(crate) amount: Option<&'a RawValue>,
    pub(crate) opponent_id: Option<&'a str>,
    pub(crate) reason: Option<&'a str>,
    pub(crate) code: Option<&'a str>,
}

/// What came from a socket.
#[derive(Debug)]
pub(crate) enum Incoming {
    Text(String),
    /// The server closed it with this code, or 1005 without one.
    Closed(u16),
    Broken(String),
}

/// An open WebSocket. Nothing is read that nobody asks for.
pub(crate) struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    pub(crate) async fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let config = WebSocketConfig::default().read_buffer_size(1024).write_buffer_size(0);
        let handshake = client_async_with_config("ws://soak/ws", stream, Some(config));
        match tokio::time::timeout(HANDSHAKE_TIME, handshake).await {
            Ok(Ok((socket, _))) => Ok(Self(socket)),
            Ok(Err(error)) => Err(io::Error::other(error)),
            Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "no handshake in ten seconds")),
        }
    }

    pub(crate) async fn send(&mut self, message: Message) -> io::Result<()> {
        self.0.send(message).await.map_err(io::Error::other)
    }

    pub(crate) async fn register(&mut self, player: &str, token: Option<&str>) -> io::Result<()> {
        let token = token.map(|token| format!(r#","token":"{token}""#)).unwrap_or_default();
        self.send(Message::text(format!(r#"{{"type":"register","playerId":"{player}"{token}}}"#))).await
    }

    /// The next thing that came; pings are answered on the way.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Incoming> {
        loop {
            return Poll::Ready(match ready!(self.0.poll_next_unpin(cx)) {
                Some(Ok(Message::Text(text))) => Incoming::Text(text.as_str().to_owned()),
                Some(Ok(Message::Close(frame))) => Incoming::Closed(frame.map_or(1005, |frame| frame.code.into())),
                Some(Ok(_)) => continue,
                Some(Err(Error::ConnectionClosed)) | None => Incoming::Closed(1005),
                Some(Err(error)) => Incoming::Broken(error.to_string()),
            });
        }
    }

    pub(crate) async fn next(&mut self) -> Incoming {
        std::future::poll_fn(|cx| self.poll(cx)).await
    }

    /// Says that it closes, and closes.
    pub(crate) async fn close(mut self) {
        // The server may have closed it first, which is as good.
        self.0.close(None).await.unwrap_or_default();
    }

    /// Ends the connection with a reset and without a word, as a host that is gone does.
    pub(crate) fn reset(self) {
        // Without this it ends in an orderly way, which is as good.
        self.0.get_ref().set_zero_linger().unwrap_or_default();
    }
}
