//! A notifier that writes down what every socket hears.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use matchmaker::{
    domain::{EndReason, Greeting, Heard, MatchId, Notice, PlayerId, Serial, SocketId},
    ports::{Greeted, Notifier, PortError},
};

/// What a client reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    Registered { status: &'static str },
    MatchFound { id: MatchId, opponent: PlayerId },
    MatchFinished { id: MatchId },
    SearchEnded { reason: EndReason },
}

/// A message, and who heard it where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) player: PlayerId,
    pub(crate) socket: SocketId,
    pub(crate) message: Message,
}

#[derive(Default)]
pub(crate) struct RecordingNotifier {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    sockets: BTreeMap<(PlayerId, SocketId), Socket>,
    sent: Vec<Sent>,
}

#[derive(Default)]
struct Socket {
    /// The connection it was greeted on; a socket that was not greeted hears nothing yet.
    connection: Option<Serial>,
    heard: Heard,
    held: Vec<Notice>,
}

impl RecordingNotifier {
    /// Everything that was heard so far, in order.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.state().sent.clone()
    }

    pub(crate) fn is_attached(&self, player: &PlayerId, socket: SocketId) -> bool {
        self.state().sockets.contains_key(&(player.clone(), socket))
    }

    /// The sockets that were greeted and are open, with their players.
    pub(crate) fn live(&self) -> Vec<(PlayerId, SocketId)> {
        let state = self.state();
        let live = state.sockets.iter().filter(|(_, socket)| socket.connection.is_some());
        live.map(|(name, _)| name.clone()).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn send(&mut self, player: &PlayerId, socket: SocketId, message: Message) {
        self.sent.push(Sent { player: player.clone(), socket, message });
    }

    fn offer(&mut self, player: &PlayerId, socket: SocketId, notice: &Notice) {
        let Some(state) = self.sockets.get_mut(&(player.clone(), socket)) else { return };
        if state.connection.is_none() {
            state.held.push(notice.clone());
        } else if state.heard.admit(notice) {
            self.send(player, socket, message(player, notice));
        }
    }
}

fn message(player: &PlayerId, notice: &Notice) -> Message {
    match notice {
        Notice::MatchFound(match_) => {
            let opponent = match_.opponent_of(player).expect("only players of a match are told of it").clone();
            Message::MatchFound { id: match_.id(), opponent }
        }
        Notice::MatchFinished(match_) => Message::MatchFinished { id: match_.id() },
        Notice::SearchEnded(ended) => {
            assert_eq!(&ended.player, player, "nobody is told how another's search ended");
            Message::SearchEnded { reason: ended.reason }
        }
    }
}

#[async_trait]
impl Notifier for RecordingNotifier {
    async fn attach(&self, player: &PlayerId, socket: SocketId) -> Result<(), PortError> {
        self.state().sockets.entry((player.clone(), socket)).or_default();
        Ok(())
    }

    async fn greet(&self, player: &PlayerId, socket: SocketId, greeting: &Greeting) -> Result<Greeted, PortError> {
        let mut state = self.state();
        let name = (player.clone(), socket);
        let Some(greeted) = state.sockets.get(&name) else { return Ok(Greeted::Gone) };
        if greeted.connection.is_some() && greeted.heard > greeting.heard() {
            return Ok(Greeted::Outdated);
        }
        let of_player = |other: &(PlayerId, SocketId)| other.0 == *player && other.1 != socket;
        let connection = Some(greeting.connection());
        if state.sockets.iter().any(|(other, live)| of_player(other) && live.connection > connection) {
            state.sockets.remove(&name);
            return Ok(Greeted::Replaced);
        }
        state.sockets.retain(|other, live| !of_player(other) || live.connection.is_none());
        let held = state.sockets.insert(name, Socket { connection, heard: greeting.heard(), held: Vec::new() });
        state.send(player, socket, Message::Registered { status: greeting.standing().as_str() });
        if let Some(match_) = greeting.match_found() {
            state.send(player, socket, message(player, &Notice::MatchFound(match_.clone())));
        }
        for notice in held.into_iter().flat_map(|socket| socket.held) {
            state.offer(player, socket, &notice);
        }
        Ok(Greeted::Live)
    }

    async fn tell(&self, player: &PlayerId, notice: &Notice) -> Result<(), PortError> {
        let mut state = self.state();
        let sockets: Vec<_> = state.sockets.keys().filter(|(of, _)| of == player).map(|(_, socket)| *socket).collect();
        for socket in sockets {
            state.offer(player, socket, notice);
        }
        Ok(())
    }

    async fn detach(&self, player: &PlayerId, socket: SocketId) -> Result<(), PortError> {
        self.state().sockets.remove(&(player.clone(), socket));
        Ok(())
    }
}
