//! WebSockets as clients of today speak them.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Bytes, Error, Message, protocol::CloseFrame},
};

use super::soon;

/// One client's WebSocket; it answers pings whenever it reads.
pub(crate) struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    pub(crate) async fn open(address: SocketAddr, path: &str) -> Self {
        let stream = soon("a connection opens", TcpStream::connect(address)).await.expect("the server listens");
        Self::upgrade(stream, path).await
    }

    pub(crate) async fn upgrade(stream: TcpStream, path: &str) -> Self {
        let upgraded = client_async(format!("ws://matchmaker.test{path}"), stream);
        let (stream, _) = soon("a handshake", upgraded).await.expect("the handshake is answered");
        Self(stream)
    }

    pub(crate) async fn say(&mut self, message: &Value) {
        self.say_text(&message.to_string()).await;
    }

    pub(crate) async fn say_text(&mut self, text: &str) {
        self.send(Message::text(text)).await;
    }

    pub(crate) async fn send(&mut self, message: Message) {
        self.try_send(message).await.expect("the socket takes a message");
    }

    /// The server may have closed the socket already.
    pub(crate) async fn try_send(&mut self, message: Message) -> Result<(), Error> {
        soon("the socket takes a message", self.0.send(message)).await
    }

    pub(crate) async fn register(&mut self, player: &str) {
        self.say(&json!({"type": "register", "playerId": player})).await;
    }

    pub(crate) async fn register_with(&mut self, player: &str, token: &str) {
        self.say(&json!({"type": "register", "playerId": player, "token": token})).await;
    }

    pub(crate) async fn expect_registered(&mut self, player: &str, status: &str) {
        self.expect(json!({"type": "registered", "playerId": player, "status": status})).await;
    }

    /// The next message has exactly these members.
    pub(crate) async fn expect(&mut self, message: Value) {
        let text = self.text().await;
        assert_eq!(serde_json::from_str::<Value>(&text).expect("every message is JSON"), message);
    }

    /// The next message is an error with this code, and says why.
    pub(crate) async fn expect_error(&mut self, code: &str) {
        let error: Value = serde_json::from_str(&self.text().await).expect("every message is JSON");
        let message = error["message"].as_str().unwrap_or_default();
        assert!(!message.is_empty(), "{error}");
        assert_eq!(error, json!({"type": "error", "code": code, "message": message}));
    }

    /// The text of the next message, as it was sent.
    pub(crate) async fn text(&mut self) -> String {
        match self.next("a text message").await {
            Some(Message::Text(text)) => text.as_str().to_owned(),
            other => panic!("a text was expected, not {other:?}"),
        }
    }

    /// Nothing was said to this socket that it has not read: whatever was, would come before the answer to a ping.
    pub(crate) async fn expect_silence(&mut self) {
        let payload = Bytes::from_static(b"is there anything?");
        self.send(Message::Ping(payload.clone())).await;
        assert_eq!(self.next("the answer to a ping").await, Some(Message::Pong(payload)));
    }

    pub(crate) async fn expect_ping(&mut self) {
        let frame = soon("a ping", self.0.next()).await;
        assert!(matches!(frame, Some(Ok(Message::Ping(_)))), "a ping was expected, not {frame:?}");
        soon("the answer to a ping is sent", self.0.flush()).await.expect("the socket lives");
    }

    /// The next thing is a close frame with this code, and then the connection ends.
    pub(crate) async fn expect_close(&mut self, code: u16) {
        match self.next("a close frame").await {
            Some(Message::Close(Some(CloseFrame { code: given, .. }))) => assert_eq!(u16::from(given), code),
            other => panic!("a close with {code} was expected, not {other:?}"),
        }
        let end = self.next("the end of the connection").await;
        assert!(end.is_none(), "{end:?} came after the close frame");
    }

    /// All that was said to this socket and not read, and the code with which it was closed, if it was.
    pub(crate) async fn unread(&mut self) -> (Vec<String>, Option<u16>) {
        // A socket that is closed takes no ping, and has its code still to be read.
        self.try_send(Message::Ping(Bytes::new())).await.ok();
        let mut texts = Vec::new();
        loop {
            match self.next("a text, a close frame or the answer to a ping").await {
                Some(Message::Text(text)) => texts.push(text.as_str().to_owned()),
                Some(Message::Pong(_)) => return (texts, None),
                Some(Message::Close(Some(frame))) => return (texts, Some(frame.code.into())),
                other => panic!("{other:?} was not expected"),
            }
        }
    }

    /// The close frame's code, past whatever was said before.
    pub(crate) async fn close_code(&mut self) -> u16 {
        loop {
            match self.next("a close frame").await {
                Some(Message::Close(Some(frame))) => return frame.code.into(),
                Some(_) => {}
                None => panic!("the connection ended without a close frame"),
            }
        }
    }

    /// Closes in good order, and waits for the server to agree.
    pub(crate) async fn close(mut self) {
        soon("a close frame is sent", self.0.close(None)).await.expect("the socket takes a close frame");
        while self.next("the end of the connection").await.is_some() {}
    }

    /// What comes next, pings aside; `None` at the end of the connection.
    async fn next(&mut self, what: &str) -> Option<Message> {
        loop {
            match soon(what, self.0.next()).await {
                Some(Ok(Message::Ping(_))) => {}
                Some(Ok(message)) => return Some(message),
                None => return None,
                Some(Err(error)) => panic!("{what} was expected, not {error}"),
            }
        }
    }
}
