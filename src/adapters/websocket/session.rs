use std::{
    future::poll_fn,
    panic::AssertUnwindSafe,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_util::{FutureExt, future::join};
use tokio::io::{AsyncRead, AsyncWrite};
use tungstenite::{Error, Message, Utf8Bytes};

use super::{
    close_reason::CloseReason,
    codec::Codec,
    hub::SocketHub,
    messages::{self, Refusal, Registration},
    registrations::Registrations,
    socket::Socket,
};
use crate::{
    adapters::{
        Gate, Shutdown,
        edge::Edge,
        metrics::{Limit, Metrics, Open},
        problem::Problem,
        within::within,
    },
    domain::PlayerId,
    matchmaking::{Matchmaking, Registered},
    ports::Clock,
};

/// The refused text at which a socket is closed.
const MAX_REFUSED: u8 = 5;

/// How long a close frame has to be written, and what the client still sends is read and thrown away.
pub(crate) const CLOSING_TIME: Duration = Duration::from_secs(2);

/// How long a presence that could not be ended waits for the next try.
const FAREWELL_INTERVAL: Duration = Duration::from_secs(1);

/// What every session needs; shared by all.
pub(crate) struct Surroundings {
    pub(crate) matchmaking: Arc<Matchmaking>,
    pub(crate) edge: Arc<Edge>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) hub: Arc<SocketHub>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) shutdown: Shutdown,
}

/// One client's WebSocket, from the handshake to its end.
pub(super) struct Session {
    surroundings: Arc<Surroundings>,
    socket: Arc<Socket>,
    player: Option<PlayerId>,
    registrations: Registrations,
    refused: u8,
    _counted: Open,
}

pub(crate) enum Incoming {
    Text(Utf8Bytes),
    Close(CloseReason),
    /// The client has closed, or the connection broke.
    Gone,
}

impl Session {
    pub(super) fn new(surroundings: Arc<Surroundings>, codec: Codec) -> Self {
        let socket = surroundings.hub.open_socket();
        socket.link_to(codec);
        let counted = surroundings.metrics.open_socket();
        Self {
            surroundings,
            socket,
            player: None,
            registrations: Registrations::default(),
            refused: 0,
            _counted: counted,
        }
    }

    pub(super) async fn run(mut self) {
        let reason = AssertUnwindSafe(self.converse()).catch_unwind().await.unwrap_or_else(|_| {
            tracing::error!("a session ended in a panic");
            Some(CloseReason::Internal)
        });
        let Self { surroundings, socket, player, _counted, .. } = self;
        count_end(&surroundings.metrics, reason);
        surroundings.hub.remove_socket(socket.id());
        let farewell = farewell(&surroundings, player.as_ref(), &socket);
        let closing = async {
            if let Some(codec) = socket.unlink() {
                close(codec, reason, &*surroundings.clock).await;
            }
        };
        // Boxed, so that an idle session keeps no room for its end.
        Box::pin(join(farewell, closing)).await;
    }

    /// Talks until one side has had enough; the reason when it is this one.
    async fn converse(&mut self) -> Option<CloseReason> {
        loop {
            match poll_fn(|cx| self.poll_incoming(cx)).await {
                Incoming::Text(text) => self.receive(&text).await,
                Incoming::Close(reason) => return Some(reason),
                Incoming::Gone => return None,
            }
        }
    }

    async fn receive(&mut self, text: &str) {
        // Boxed, so that an idle session keeps no room for it.
        if let Err(refusal) = Box::pin(self.register(text)).await {
            self.socket.send_error(messages::error(&refusal));
            self.refused += 1;
            if self.refused == MAX_REFUSED {
                self.socket.close(CloseReason::Refused);
            }
        }
    }

    async fn register(&mut self, text: &str) -> Result<(), Refusal> {
        let Registration { player, token } = messages::read_registration(text)?;
        if self.player.as_ref().is_some_and(|own| *own != player) {
            return Err(Refusal::already_registered());
        }
        // Before anything is asked of anybody, since that is what is dear about a registration.
        if let Err(problem) = self.registrations.count(self.surroundings.clock.now()) {
            self.surroundings.metrics.limit_hit(Limit::Registrations);
            return Err(problem.into());
        }
        let caller = self.surroundings.gate.caller(token.as_deref()).await?;
        self.surroundings.gate.admit(&caller, &player)?;
        if self.player.is_none() {
            // Before the first registration, whose greeting no socket outlives its token by; a later one counts once it has
            // succeeded.
            self.socket.set_known_until(caller.until());
        }
        // From the first try on: whatever became of it, the socket must be disconnected when it has closed.
        let player = self.player.insert(player);
        let registering = self.surroundings.matchmaking.register(player, self.socket.id());
        let Ok(registered) = AssertUnwindSafe(registering).catch_unwind().await else {
            // The session goes on, so that the client is told, and can try again.
            tracing::error!(player_id = %player, "a registration ended in a panic");
            return Err(Problem::internal().into());
        };
        match registered.map_err(Problem::from)? {
            // A socket that was replaced or is gone has been closed by the hub.
            Registered::Live | Registered::Replaced | Registered::Gone => {
                self.socket.set_known_until(caller.until());
                Ok(())
            }
            Registered::AtCapacity => {
                self.surroundings.metrics.limit_hit(Limit::Matches);
                let detail = "an opponent waits, but as many matches are played as may be: register again later";
                Err(Problem::at_capacity(detail).into())
            }
        }
    }

    /// Writes what there is to write, then reads.
    fn poll_incoming(&mut self, cx: &mut Context<'_>) -> Poll<Incoming> {
        self.socket.register(cx.waker());
        let clock = &*self.surroundings.clock;
        let mut link = self.socket.link();
        let Some(link) = link.as_mut().filter(|link| !link.broken) else { return Poll::Ready(Incoming::Gone) };
        match link.write(&self.socket, clock, cx) {
            Ok(None) => {}
            Ok(Some(reason)) => return Poll::Ready(Incoming::Close(reason)),
            Err(error) => return Poll::Ready(end(&error)),
        }
        loop {
            let read = link.codec.poll_read(cx);
            if link.codec.take_received() {
                self.socket.heard_from(clock.now());
            }
            match ready!(read) {
                Ok(Message::Text(text)) => return Poll::Ready(Incoming::Text(text)),
                Ok(Message::Binary(_)) => return Poll::Ready(Incoming::Close(CloseReason::Binary)),
                Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_)) => {}
                Err(error) => return Poll::Ready(end(&error)),
            }
        }
    }
}

fn count_end(metrics: &Metrics, reason: Option<CloseReason>) {
    metrics.socket_closed(reason.map(|reason| reason.code().0));
    match reason {
        Some(CloseReason::TooLarge) => metrics.limit_hit(Limit::Message),
        Some(CloseReason::NotReading) => metrics.limit_hit(Limit::Unread),
        Some(_) | None => {}
    }
}

/// What an error of the codec means for the conversation.
pub(crate) fn end(error: &Error) -> Incoming {
    match error {
        Error::Capacity(_) => Incoming::Close(CloseReason::TooLarge),
        Error::WriteBufferFull(_) => Incoming::Close(CloseReason::NotReading),
        Error::Utf8(_) => Incoming::Close(CloseReason::InvalidText),
        Error::Protocol(error) if !is_end_of_stream(error) => Incoming::Close(CloseReason::Protocol),
        _ => Incoming::Gone,
    }
}

fn is_end_of_stream(error: &tungstenite::error::ProtocolError) -> bool {
    use tungstenite::error::ProtocolError::{ReceivedAfterClosing, ResetWithoutClosingHandshake, SendAfterClosing};
    matches!(error, ResetWithoutClosingHandshake | ReceivedAfterClosing | SendAfterClosing)
}

/// Ends the player's presence on this socket. A store that fails is asked again, so that nobody counts as connected for
/// ever; the connection's slot stays taken meanwhile, which bounds how many can be at this.
async fn farewell(surroundings: &Surroundings, player: Option<&PlayerId>, socket: &Socket) {
    let Some(player) = player else { return };
    while let Err(error) = surroundings.matchmaking.disconnect(player, socket.id()).await {
        tracing::warn!(player_id = %player, %error, "a presence could not be ended; it is tried again");
        if surroundings.shutdown.has_begun() {
            return;
        }
        let clock = &surroundings.clock;
        clock.sleep_until(clock.now().after(FAREWELL_INTERVAL)).await;
    }
}

/// Sends the close frame, if it is this side that closes, and reads on for a moment so that what was sent last arrives; then
/// the connection ends, whatever else does not.
pub(crate) async fn close<S: AsyncRead + AsyncWrite + Unpin>(
    mut codec: Codec<S>,
    reason: Option<CloseReason>,
    clock: &dyn Clock,
) {
    let frame = reason.map(CloseReason::frame);
    let closing = async {
        // A client that is gone already needs nothing more.
        if poll_fn(|cx| codec.poll_close(cx, frame.as_ref())).await.is_ok() {
            poll_fn(|cx| codec.poll_discard(cx)).await;
        }
    };
    within(closing, CLOSING_TIME, clock).await;
}
