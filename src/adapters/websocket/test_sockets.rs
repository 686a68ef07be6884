//! Sockets whose sessions a test plays, for the contract of the notifier.

use std::sync::Arc;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::Number;

use super::{SocketHub, close_reason::CloseReason, socket::Socket};
use crate::{
    domain::{Asset, EndReason, Game, MatchId, PlayerId, QueueKey, SocketId, Stake},
    ports::contract::{Closing, TestSocket, TestSockets, Told},
};

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
enum Message {
    Registered { player_id: String, status: String },
    MatchFound { match_id: String, game: String, asset: String, amount: Number, opponent_id: String },
    MatchFinished { match_id: String },
    SearchEnded { reason: String },
}

impl Message {
    fn read(text: &str) -> Told {
        let player = |id: &str| PlayerId::parse(id).expect("a player id");
        let match_id = |id: &str| MatchId::parse(id).expect("a match id");
        match serde_json::from_str(text).expect("a message of the server") {
            Self::Registered { player_id, status } => Told::Registered { player: player(&player_id), standing: status },
            Self::MatchFound { match_id: id, game, asset, amount, opponent_id } => {
                let asset: Asset = asset.parse().expect("an asset");
                let stake = Stake::parse(asset, &amount.to_string()).expect("an amount");
                let key = QueueKey::new(Game::parse(&game).expect("a game"), stake);
                Told::MatchFound { id: match_id(&id), key, opponent: player(&opponent_id) }
            }
            Self::MatchFinished { match_id: id } => Told::MatchFinished { id: match_id(&id) },
            Self::SearchEnded { reason } => {
                let reason = EndReason::ALL.into_iter().find(|known| known.as_str() == reason);
                Told::SearchEnded { reason: reason.expect("a reason") }
            }
        }
    }
}

/// A session that writes what its socket is told when it is asked to.
struct Session {
    socket: Arc<Socket>,
    closed: bool,
}

#[async_trait]
impl TestSocket for Session {
    fn id(&self) -> SocketId {
        self.socket.id()
    }

    async fn told(&mut self) -> Vec<Told> {
        if self.closed {
            return Vec::new();
        }
        let outgoing = self.socket.take_outgoing();
        self.socket.written();
        let mut told: Vec<Told> = outgoing.messages.iter().map(|message| Message::read(&message.text)).collect();
        if let Some(reason) = outgoing.close {
            self.closed = true;
            told.push(Told::Closed(match reason {
                CloseReason::Replaced => Closing::Replaced,
                CloseReason::NotReading => Closing::Unread,
                other => panic!("a notifier does not close a socket as {other:?}"),
            }));
        }
        told
    }
}

#[async_trait]
impl TestSockets for SocketHub {
    async fn open(&self) -> Box<dyn TestSocket> {
        Box::new(Session { socket: self.open_socket(), closed: false })
    }
}
