use std::task::Context;

use tungstenite::{Bytes, Error, Message};

use super::{
    close_reason::CloseReason,
    codec::Codec,
    session::{self, Incoming},
    socket::Socket,
};
use crate::{domain::Timestamp, ports::Clock};

/// A socket's connection, and how far its writing has come.
pub(super) struct Link {
    pub(super) codec: Codec,
    unflushed: bool,
    /// When the pairing was decided whose news is not flushed yet; the earliest, where there are several.
    news_of: Option<Timestamp>,
    /// Whether writing has failed, so that nothing can be said any more.
    pub(super) broken: bool,
}

impl Link {
    pub(super) const fn new(codec: Codec) -> Self {
        Self { codec, unflushed: false, news_of: None, broken: false }
    }

    /// Hands to the codec what waits, and writes as much as can be written; the reason when the socket is to be closed.
    pub(super) fn write(
        &mut self,
        socket: &Socket,
        clock: &dyn Clock,
        cx: &mut Context<'_>,
    ) -> Result<Option<CloseReason>, Error> {
        loop {
            if self.unflushed {
                if self.codec.poll_flush(cx)?.is_pending() {
                    return Ok(socket.closing());
                }
                self.unflushed = false;
                socket.written();
                if let Some(paired_at) = self.news_of.take() {
                    socket.metrics().told(clock.now().since(paired_at));
                }
            }
            let outgoing = socket.take_outgoing();
            self.unflushed = outgoing.ping || !outgoing.messages.is_empty();
            for message in outgoing.messages {
                self.news_of = self.news_of.or(message.news_of);
                self.codec.write(cx, Message::Text(message.text))?;
            }
            if outgoing.ping {
                self.codec.write(cx, Message::Ping(Bytes::new()))?;
            }
            if !self.unflushed {
                return Ok(outgoing.close);
            }
        }
    }

    /// Does the same for somebody who is not the session; whether nothing is left for that to do.
    pub(super) fn deliver(&mut self, socket: &Socket, clock: &dyn Clock, cx: &mut Context<'_>) -> bool {
        match self.write(socket, clock, cx) {
            Ok(close) => close.is_none(),
            Err(error) => {
                match session::end(&error) {
                    Incoming::Close(reason) => socket.close(reason),
                    Incoming::Text(_) | Incoming::Gone => self.broken = true,
                }
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::poll_fn,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        time::Duration,
    };

    use tokio::{
        io::AsyncReadExt,
        net::{TcpListener, TcpStream},
    };

    use super::*;
    use crate::{
        adapters::{ManualClock, metrics::Metrics, websocket::SocketHub},
        domain::{Asset, Game, Greeting, Match, MatchId, Notice, PlayerId, QueueKey, Serial, Stake, Standing},
        ports::{Greeted, Notifier},
    };

    /// A session that does nothing but count how often it was woken.
    #[derive(Default)]
    struct Asleep(AtomicUsize);

    impl std::task::Wake for Asleep {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    struct Scene {
        hub: SocketHub,
        socket: Arc<Socket>,
        client: TcpStream,
        session: Arc<Asleep>,
    }

    fn anna() -> PlayerId {
        PlayerId::parse("anna").expect("a player id")
    }

    fn found() -> Notice {
        let key =
            QueueKey::new(Game::parse("chess").expect("a game"), Stake::parse(Asset::Usdt, "20").expect("a stake"));
        let players = [anna(), PlayerId::parse("bert").expect("a player id")];
        let id = MatchId::from_uuid(uuid::Uuid::from_u128(7));
        let match_ = Match::propose(id, Serial(9), key, players, Timestamp::default(), Duration::ZERO);
        Notice::MatchFound(match_.expect("two players").activate().expect("it was proposed"))
    }

    /// A greeted socket whose session sleeps.
    async fn scene() -> Scene {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let connecting = TcpStream::connect(listener.local_addr().expect("an address"));
        let (client, accepted) = tokio::join!(connecting, listener.accept());
        let hub = SocketHub::new(Arc::new(ManualClock::default()), Arc::new(Metrics::new(|| 0)));
        let socket = hub.open_socket();
        socket.link_to(Codec::new(accepted.expect("a connection").0, Vec::new()));
        hub.attach(&anna(), socket.id()).await.expect("the hub cannot fail");
        let greeting = Greeting::new(Serial(1), Standing::Idle);
        assert_eq!(hub.greet(&anna(), socket.id(), &greeting).await.expect("the hub cannot fail"), Greeted::Live);
        let session = Arc::<Asleep>::default();
        socket.register(&Arc::clone(&session).into());
        Scene { hub, socket, client: client.expect("a connection"), session }
    }

    #[tokio::test]
    async fn what_is_told_is_written_without_the_session() {
        let Scene { hub, mut client, session, .. } = scene().await;

        hub.tell(&anna(), &found()).await.expect("the hub cannot fail");

        let mut written = String::new();
        while !written.contains("match_found") {
            let mut bytes = [0; 1024];
            let length = client.read(&mut bytes).await.expect("a frame");
            written += &String::from_utf8_lossy(&bytes[..length]);
        }
        let greeted = written.find("registered").expect("what was said before is written before");
        assert!(greeted < written.find("match_found").expect("it was found"));
        assert_eq!(session.0.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn the_session_is_woken_where_it_has_the_connection_in_hand() {
        let Scene { socket, session, .. } = scene().await;

        let link = socket.link();
        socket.tell(&anna(), &found(), &ManualClock::default());
        drop(link);

        assert_eq!(session.0.load(Ordering::Relaxed), 1);
        assert_eq!(socket.take_outgoing().messages.len(), 2);
    }

    #[tokio::test]
    async fn the_session_is_woken_where_the_connection_has_broken() {
        let Scene { hub, socket, session, .. } = scene().await;
        let mut codec = socket.unlink().expect("a connection");
        poll_fn(|cx| codec.poll_close(cx, None)).await.expect("it can be ended");
        socket.link_to(codec);

        hub.tell(&anna(), &found()).await.expect("the hub cannot fail");

        assert_eq!(session.0.load(Ordering::Relaxed), 1);
        assert!(socket.link().as_ref().expect("a connection").broken);
    }
}
