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
    /// Each socket that was told of it, and when.
    pub(super) found: Vec<(SocketNumber, Duration)>,
    /// When he was first told that it is over, and on which socket.
    pub(super) told_finished: Option<(Moment, SocketNumber)>,
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

    /// How long it took from the second player's ask until both were told: once, when they were.
    pub(super) fn take_time_to_tell(&mut self) -> Option<Duration> {
        let [one, other] = &self.sides[..] else { return None };
        let told = one.found.first()?.1.max(other.found.first()?.1);
        let time = told.checked_sub(self.second_sent?).filter(|_| !self.timed)?;
        self.timed = true;
        Some(time)
    }
}
