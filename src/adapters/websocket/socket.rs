use std::{
    collections::VecDeque,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Wake, Waker},
    time::Duration,
};

use futures_util::task::AtomicWaker;
use tungstenite::Utf8Bytes;

use super::{close_reason::CloseReason, codec::Codec, link::Link, messages};
use crate::{
    adapters::metrics::{Metrics, Push},
    domain::{Greeting, Heard, Notice, PlayerId, SocketId, Timestamp},
    ports::Clock,
};

/// The most messages that may wait for a client to read them.
pub(super) const MAX_UNREAD: usize = 32;

/// A socket that has not registered by then is closed.
const REGISTRATION_TIME: Duration = Duration::from_secs(10);

/// How often a socket is pinged.
const PING_INTERVAL: Duration = Duration::from_secs(20);

/// A socket that was silent for this long is closed.
const SILENCE_LIMIT: Duration = Duration::from_secs(45);

/// One WebSocket, as its session and the hub share it: what is to be written, and what has been told.
pub(super) struct Socket {
    id: SocketId,
    /// Wakes the session when there is something to write.
    session: AtomicWaker,
    metrics: Arc<Metrics>,
    /// A plain mutex: it is held for a few moves, never across an await.
    state: Mutex<State>,
    /// The connection, from the session's begin to its end. Held while the socket is read or written, as far as that goes
    /// without waiting; `state` is taken within it.
    link: Mutex<Option<Link>>,
}

struct State {
    /// What is to be written, in order.
    outbox: VecDeque<Outbound>,
    /// How many messages the session has taken and not yet written.
    unwritten: usize,
    ping_due: bool,
    closing: Option<CloseReason>,
    /// Notices that wait for the greeting.
    held: Vec<Notice>,
    /// Whether it was greeted.
    live: bool,
    heard: Heard,
    opened_at: Timestamp,
    heard_from_at: Timestamp,
    pinged_at: Timestamp,
    /// When whoever registered has to show anew who he is.
    known_until: Option<Timestamp>,
}

/// A message on its way to the client.
#[derive(Debug)]
pub(super) struct Outbound {
    pub(super) text: Utf8Bytes,
    push: Push,
    /// When the pairing was decided of which this is the news.
    pub(super) news_of: Option<Timestamp>,
}

/// What the session is to do next for the server's part.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    pub(super) messages: VecDeque<Outbound>,
    pub(super) ping: bool,
    pub(super) close: Option<CloseReason>,
}

/// What came of greeting a socket.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum GreetedSocket {
    Live,
    Outdated,
}

impl Socket {
    pub(super) fn open(id: SocketId, now: Timestamp, metrics: Arc<Metrics>) -> Self {
        let state = State {
            outbox: VecDeque::new(),
            unwritten: 0,
            ping_due: false,
            closing: None,
            held: Vec::new(),
            live: false,
            heard: Heard::default(),
            opened_at: now,
            heard_from_at: now,
            pinged_at: now,
            known_until: None,
        };
        Self { id, session: AtomicWaker::new(), metrics, state: Mutex::new(state), link: Mutex::default() }
    }

    pub(super) const fn id(&self) -> SocketId {
        self.id
    }

    /// Wakes this task when there is something to do for it.
    pub(super) fn register(&self, waker: &Waker) {
        self.session.register(waker);
    }

    /// From now on it is read and written on this connection.
    pub(super) fn link_to(&self, codec: Codec) {
        *self.link() = Some(Link::new(codec));
    }

    /// From now on it is not; the connection as it was left.
    pub(super) fn unlink(&self) -> Option<Codec> {
        self.link().take().map(|link| link.codec)
    }

    pub(super) fn link(&self) -> MutexGuard<'_, Option<Link>> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes all there is to write; it counts as unread until [`written`](Self::written).
    pub(super) fn take_outgoing(&self) -> Outgoing {
        let mut state = self.state();
        let messages = mem::take(&mut state.outbox);
        state.unwritten += messages.len();
        Outgoing { messages, ping: mem::take(&mut state.ping_due), close: state.closing }
    }

    /// What was taken has been written.
    pub(super) fn written(&self) {
        self.state().unwritten = 0;
    }

    /// Why it is to be closed, if it is.
    pub(super) fn closing(&self) -> Option<CloseReason> {
        self.state().closing
    }

    /// The client has sent something.
    pub(super) fn heard_from(&self, now: Timestamp) {
        self.state().heard_from_at = now;
    }

    /// From this moment on it is closed, unless there is a later word; `None` for never.
    pub(super) fn set_known_until(&self, until: Option<Timestamp>) {
        self.state().known_until = until;
    }

    /// From now on everything is news to it.
    pub(super) fn forget_what_was_heard(&self) {
        self.state().heard = Heard::default();
    }

    /// Whether it was greeted.
    pub(super) fn is_live(&self) -> bool {
        self.state().live
    }

    /// Closes the socket once what waits has been written; the first reason counts.
    pub(super) fn close(&self, reason: CloseReason) {
        self.state().close(reason);
        self.session.wake();
    }

    /// Answers a text that was refused.
    pub(super) fn send_error(&self, error: Utf8Bytes) {
        self.state().send(Outbound::of(Push::Error, error), &self.metrics);
        self.session.wake();
    }

    /// Says where the player stands, names his match, then tells what was held.
    pub(super) fn greet(&self, player: &PlayerId, greeting: &Greeting) -> GreetedSocket {
        let mut state = self.state();
        if state.live && state.heard > greeting.heard() {
            return GreetedSocket::Outdated;
        }
        state.live = true;
        state.heard = greeting.heard();
        let registered = messages::registered(player, greeting.standing());
        state.send(Outbound::of(Push::Registered, registered), &self.metrics);
        if let Some(text) = greeting.match_found().and_then(|match_| messages::match_found(player, match_)) {
            self.metrics.push_sent_at_registration();
            state.send(Outbound::of(Push::MatchFound, text), &self.metrics);
        }
        for notice in mem::take(&mut state.held) {
            state.tell(player, &notice, &self.metrics);
        }
        drop(state);
        self.session.wake();
        GreetedSocket::Live
    }

    /// Tells the player if it is news to this socket; before the greeting it is held.
    pub(super) fn tell(self: &Arc<Self>, player: &PlayerId, notice: &Notice, clock: &dyn Clock) {
        self.take_notice(player, notice);
        self.deliver(clock);
    }

    fn take_notice(&self, player: &PlayerId, notice: &Notice) {
        let mut state = self.state();
        if state.live {
            state.tell(player, notice, &self.metrics);
        } else if state.held.len() < MAX_UNREAD {
            state.held.push(notice.clone());
        } else {
            self.metrics.push_dropped(Push::of(notice));
            state.close(CloseReason::NotReading);
        }
    }

    /// Writes what waits, here and now: to wake the session for it would cost as much again as the writing does. It is woken
    /// where it has the connection in hand just now, where there is more to do than to write, and when the client reads again.
    fn deliver(self: &Arc<Self>, clock: &dyn Clock) {
        let delivered = self.link.try_lock().is_ok_and(|mut link| {
            let waker = Waker::from(Arc::clone(self));
            let mut cx = Context::from_waker(&waker);
            link.as_mut().is_some_and(|link| link.deliver(self, clock, &mut cx))
        });
        if !delivered {
            self.session.wake();
        }
    }

    /// A time that has just passed, in which nobody could be heard, does not count as silence.
    pub(super) fn forgive(&self, time: Duration, now: Timestamp) {
        let mut state = self.state();
        state.opened_at = state.opened_at.after(time).min(now);
        state.heard_from_at = state.heard_from_at.after(time).min(now);
    }

    /// Does what the passing of time asks for.
    pub(super) fn tend(&self, now: Timestamp) {
        let mut state = self.state();
        if state.known_until.is_some_and(|until| now >= until) {
            state.close(CloseReason::TokenExpired);
        } else if !state.live && now.since(state.opened_at) >= REGISTRATION_TIME {
            state.close(CloseReason::NotRegistered);
        } else if now.since(state.heard_from_at) >= SILENCE_LIMIT {
            state.close(CloseReason::Silent);
        } else if now.since(state.pinged_at) >= PING_INTERVAL {
            state.pinged_at = now;
            state.ping_due = true;
        } else {
            return;
        }
        drop(state);
        self.session.wake();
    }

    pub(super) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The client can be written to again.
impl Wake for Socket {
    fn wake(self: Arc<Self>) {
        self.session.wake();
    }
}

impl State {
    fn close(&mut self, reason: CloseReason) {
        self.closing.get_or_insert(reason);
    }

    fn send(&mut self, message: Outbound, metrics: &Metrics) {
        if self.closing.is_some() {
            return metrics.push_dropped(message.push);
        }
        if self.outbox.len() + self.unwritten < MAX_UNREAD {
            metrics.push_queued(message.push);
            self.outbox.push_back(message);
        } else {
            metrics.push_dropped(message.push);
            self.drop_outbox(metrics);
            self.close(CloseReason::NotReading);
        }
    }

    fn tell(&mut self, player: &PlayerId, notice: &Notice, metrics: &Metrics) {
        if self.heard.admit(notice)
            && let Some(text) = messages::notice(player, notice)
        {
            let news_of = match notice {
                Notice::MatchFound(match_) => Some(match_.paired_at()),
                Notice::MatchFinished(_) | Notice::SearchEnded(_) => None,
            };
            self.send(Outbound { text, push: Push::of(notice), news_of }, metrics);
        }
    }

    fn drop_outbox(&mut self, metrics: &Metrics) {
        for message in mem::take(&mut self.outbox) {
            metrics.push_dropped(message.push);
        }
    }
}

/// Whatever it still holds when its session is over and nobody can tell it anything any more is lost to this socket.
impl Drop for Socket {
    fn drop(&mut self) {
        self.state().drop_outbox(&self.metrics);
    }
}

impl Outbound {
    const fn of(push: Push, text: Utf8Bytes) -> Self {
        Self { text, push, news_of: None }
    }
}

impl Push {
    const fn of(notice: &Notice) -> Self {
        match notice {
            Notice::MatchFound(_) => Self::MatchFound,
            Notice::MatchFinished(_) => Self::MatchFinished,
            Notice::SearchEnded(_) => Self::SearchEnded,
        }
    }
}
