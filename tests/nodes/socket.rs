//! A player's WebSocket, which is read all the time, so that what was said can be looked at whenever a test wants to.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    net::TcpStream,
    sync::{mpsc, watch},
    task::JoinHandle,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{self, Message},
};

use crate::{PATIENCE, record::Record};

/// How a socket ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// By a close frame with this code.
    Closed(u16),
    /// Without a word.
    Broken,
}

/// What was said to a socket.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    pub(crate) messages: Vec<Value>,
    pub(crate) end: Option<End>,
}

impl Said {
    /// The messages of this type.
    pub(crate) fn of_type(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.messages.iter().filter(move |message| message["type"] == kind)
    }

    /// How often this match was told.
    pub(crate) fn copies(&self, id: &str) -> usize {
        self.of_type("match_found").filter(|message| message["matchId"] == id).count()
    }
}

/// A socket that is registered, or will be.
pub(crate) struct Socket {
    pub(crate) player: String,
    said: watch::Receiver<Said>,
    say: mpsc::UnboundedSender<Message>,
    reading: JoinHandle<()>,
}

impl Socket {
    /// Opens a socket and asks for the player's registration, whose answer is not waited for.
    pub(crate) async fn open(address: SocketAddr, player: &str, record: &Arc<Record>) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let upgraded = tokio::time::timeout(PATIENCE, client_async("ws://matchmaker.test/ws", stream)).await;
        let (stream, _) = upgraded.map_err(io::Error::other)?.map_err(io::Error::other)?;
        let (say, to_say) = mpsc::unbounded_channel();
        let (tell, said) = watch::channel(Said::default());
        let reading = tokio::spawn(read(stream, to_say, tell, player.to_owned(), Arc::clone(record)));
        let socket = Self { player: player.to_owned(), said, say, reading };
        socket.ask_to_register();
        Ok(socket)
    }

    pub(crate) fn ask_to_register(&self) {
        let message = json!({"type": "register", "playerId": self.player});
        // A socket that has ended says so to whoever waits for its answer.
        self.say.send(Message::text(message.to_string())).unwrap_or_default();
    }

    /// Everything that was said until now.
    pub(crate) fn said(&self) -> Said {
        self.said.borrow().clone()
    }

    /// Waits until this holds of what was said.
    pub(crate) async fn until(&self, what: &str, holds: impl Fn(&Said) -> bool) -> Said {
        let mut said = self.said.clone();
        let held = tokio::time::timeout(PATIENCE, said.wait_for(|said| holds(said))).await;
        match held {
            Ok(Ok(said)) => said.clone(),
            _ => panic!("{} waits for this in vain: {what}; it was told {:?}", self.player, self.said()),
        }
    }

    /// Waits for the answer to the registration; `None` when the socket ended instead.
    pub(crate) async fn registered(&self) -> Option<String> {
        let answered = |said: &Said| said.of_type("registered").next().is_some() || said.end.is_some();
        let mut refusals = 0;
        loop {
            // Told to do so by the server, a client asks again on the same socket.
            let put_off = |said: &Said| said.of_type("error").count();
            let said = self.until("an answer", |said| answered(said) || put_off(said) > refusals).await;
            if answered(&said) {
                let status = said.of_type("registered").next().map(|message| message["status"].clone());
                return status.and_then(|status| status.as_str().map(str::to_owned));
            }
            refusals = put_off(&said);
            assert!(said.of_type("error").all(|error| error["code"] == "store_unavailable"), "{said:?}");
            tokio::time::sleep(Duration::from_millis(300)).await;
            self.ask_to_register();
        }
    }

    /// Waits until it is told of this match; gives the message.
    pub(crate) async fn told(&self, id: &str) -> Value {
        let said = self.until(&format!("match {id}"), |said| said.copies(id) > 0).await;
        let mut found = said.of_type("match_found").filter(|message| message["matchId"] == id);
        found.next().expect("it was told").clone()
    }

    /// Waits until it is told of some match for the first time.
    pub(crate) async fn told_of_any(&self) -> String {
        let said = self.until("a match", |said| said.of_type("match_found").next().is_some()).await;
        let id = said.of_type("match_found").next().expect("it was told")["matchId"].clone();
        id.as_str().expect("an id").to_owned()
    }

    /// Waits for the end.
    pub(crate) async fn ended(&self) -> End {
        self.until("the end", |said| said.end.is_some()).await.end.expect("it has ended")
    }

    #[track_caller]
    pub(crate) fn assert_open(&self) {
        assert_eq!(self.said().end, None, "{}'s socket was to stay open: {:?}", self.player, self.said());
    }

    /// Closes in good order, and waits for the server to agree.
    pub(crate) async fn close(self) {
        self.say.send(Message::Close(None)).unwrap_or_default();
        self.ended().await;
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // Without a close frame, as a client does whose host is gone.
        self.reading.abort();
    }
}

async fn read(
    mut stream: WebSocketStream<TcpStream>,
    mut to_say: mpsc::UnboundedReceiver<Message>,
    tell: watch::Sender<Said>,
    player: String,
    record: Arc<Record>,
) {
    let end = loop {
        tokio::select! {
            message = stream.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    let message: Value = serde_json::from_str(&text).expect("every message is JSON");
                    record.told(&player, &message);
                    tell.send_modify(|said| said.messages.push(message));
                }
                Some(Ok(Message::Close(frame))) => {
                    // The answer to it goes out as the rest is read.
                    while stream.next().await.is_some_and(|rest| rest.is_ok()) {}
                    break frame.map_or(End::Broken, |frame| End::Closed(frame.code.into()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break End::Broken,
            },
            Some(message) = to_say.recv() => {
                if let Err(error) = stream.send(message).await {
                    // What was said before the end is still to be read, and the end itself.
                    assert!(!matches!(error, tungstenite::Error::Capacity(_)), "{error}");
                }
            }
        }
    };
    tell.send_modify(|said| said.end = Some(end));
}
