//! What is known of one match.

use std::time::Duration;

use super::{
    Moment,
    event::{KeyNumber, PlayerNumber, SocketNumber},
};

/// One match, as far as answers and pushes have shown it.
#[derive(Debug)]
pub(super) struct Match {
    /// When anything was first seen of it.
    pub(super) seen: Moment,
    pub(super) key: Option<KeyNumber>,
    pub(super) sides: Vec<Side>,
    /// When anybody first asked to finish it; until then it stands.
    pub(super) finish_sent: Option<(Moment, Duration)>,
    /// When it was first known to be finished.
    pub(super) finished: Option<Moment>,
    /// When the answer named it to the second player, that call was sent.
    pub(super) second_sent: Option<Duration>,
    /// Whether the time to tell has been taken.
    timed: bool,
}

/// One of its players.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) player: PlayerNumber,
    /// When he sent the ask that led to it, once that is known.
    pub(super) ask_sent: Option<Moment>,
    /// Each time that he was told of it.
    pub(super) found: Vec<Telling>,
    /// When he was first told that it is over, and on which socket.
    pub(super) told_finished: Option<(Moment, SocketNumber)>,
}

/// A socket was told of the match.
#[derive(Clone, Copy, Debug)]
pub(super) struct Telling {
    pub(super) socket: SocketNumber,
    pub(super) at: Duration,
    /// When the socket was registered.
    pub(super) registered_at: Duration,
}

impl Match {
    pub(super) fn new(seen: Moment) -> Self {
        let sides = Vec::with_capacity(2);
        Self { seen, key: None, sides, finish_sent: None, finished: None, second_sent: None, timed: false }
    }

    pub(super) fn side(&self, player: PlayerNumber) -> Option<&Side> {
        self.sides.iter().find(|side| side.player == player)
    }

    pub(super) fn side_mut(&mut self, player: PlayerNumber) -> Option<&mut Side> {
        self.sides.iter_mut().find(|side| side.player == player)
    }

    pub(super) fn players(&self) -> Vec<PlayerNumber> {
        self.sides.iter().map(|side| side.player).collect()
    }

    pub(super) fn stands(&self) -> bool {
        self.finish_sent.is_none()
    }

    /// How long it took from the second player's ask until both were told, once they were; of players who were connected
    /// all the while.
    pub(super) fn take_time_to_tell(&mut self) -> Option<Duration> {
        let [one, other] = &self.sides[..] else { return None };
        let (one, other, sent) = (one.found.first()?, other.found.first()?, self.second_sent?);
        let first_time = !std::mem::replace(&mut self.timed, true);
        let connected = one.registered_at.max(other.registered_at) < sent;
        (first_time && connected).then(|| one.at.max(other.at).saturating_sub(sent))
    }
}

impl Side {
    pub(super) fn was_told_on(&self, socket: SocketNumber) -> bool {
        self.found.iter().any(|telling| telling.socket == socket)
    }
}
