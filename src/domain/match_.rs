use std::{fmt, sync::Arc, time::Duration};

use uuid::Uuid;

use super::{PlayerId, QueueKey, Timestamp};

/// Names one match; handed in from outside, never drawn here.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MatchId(Uuid);

impl MatchId {
    /// The match id that is this UUID.
    #[must_use]
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// The UUID that is this match id.
    #[must_use]
    pub const fn as_uuid(self) -> Uuid {
        self.0
    }

    /// Reads an id in the one form in which ids are written: lower case, with hyphens.
    ///
    /// A match has one name only, so any other spelling names no match and gives `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let uuid = Uuid::try_parse(text).ok()?;
        let mut buffer = Uuid::encode_buffer();
        (uuid.hyphenated().encode_lower(&mut buffer) == text).then_some(Self(uuid))
    }
}

impl fmt::Display for MatchId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.hyphenated(), formatter)
    }
}

impl fmt::Debug for MatchId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// A place in the one order in which a queue store decides things.
///
/// Every ticket, pairing and connection gets the next one, so what happened later to a player has the greater serial.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Serial(pub u64);

/// What has become of a match; only ever moves forward, one step at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchStatus {
    /// Before the pairing is decided; no reader ever sees it.
    Waiting,
    /// The two players are bound to each other.
    Active,
    /// Over; both players are free.
    Finished,
}

impl MatchStatus {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Active => "active",
            Self::Finished => "finished",
        }
    }
}

/// Two distinct players under one queue key.
///
/// Cloning shares everything but the status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    paired: Arc<Paired>,
    status: MatchStatus,
}

/// What a match is from its pairing on, for ever.
#[derive(Debug, PartialEq, Eq)]
struct Paired {
    id: MatchId,
    serial: Serial,
    key: QueueKey,
    players: [PlayerId; 2],
    at: Timestamp,
    /// In microseconds, so that it takes half the room.
    waited: u64,
}

impl Match {
    /// A match that is still to be decided: its status is `waiting`.
    ///
    /// `players` stand in the order in which they joined.
    ///
    /// # Errors
    ///
    /// [`SamePlayer`] when both are one person.
    pub fn propose(
        id: MatchId,
        serial: Serial,
        key: QueueKey,
        players: [PlayerId; 2],
        paired_at: Timestamp,
        waited: Duration,
    ) -> Result<Self, SamePlayer> {
        Self::restore(id, serial, key, players, paired_at, waited, MatchStatus::Waiting)
    }

    /// A match as a store kept it.
    ///
    /// # Errors
    ///
    /// [`SamePlayer`] when both players are one person.
    pub fn restore(
        id: MatchId,
        serial: Serial,
        key: QueueKey,
        players: [PlayerId; 2],
        paired_at: Timestamp,
        waited: Duration,
        status: MatchStatus,
    ) -> Result<Self, SamePlayer> {
        if players[0] == players[1] {
            return Err(SamePlayer);
        }
        let waited = u64::try_from(waited.as_micros()).unwrap_or(u64::MAX);
        Ok(Self { paired: Arc::new(Paired { id, serial, key, players, at: paired_at, waited }), status })
    }

    /// `waiting` → `active`.
    ///
    /// # Errors
    ///
    /// [`IllegalTransition`] from any other status.
    pub fn activate(self) -> Result<Self, IllegalTransition> {
        self.step(MatchStatus::Waiting, MatchStatus::Active)
    }

    /// `active` → `finished`.
    ///
    /// # Errors
    ///
    /// [`IllegalTransition`] from any other status.
    pub fn finish(self) -> Result<Self, IllegalTransition> {
        self.step(MatchStatus::Active, MatchStatus::Finished)
    }

    fn step(self, from: MatchStatus, to: MatchStatus) -> Result<Self, IllegalTransition> {
        if self.status == from {
            Ok(Self { status: to, ..self })
        } else {
            Err(IllegalTransition { from: self.status, to })
        }
    }

    /// The match's name.
    #[must_use]
    pub fn id(&self) -> MatchId {
        self.paired.id
    }

    /// Where the pairing stands in the queue store's order.
    #[must_use]
    pub fn serial(&self) -> Serial {
        self.paired.serial
    }

    /// What both players asked for.
    #[must_use]
    pub fn key(&self) -> &QueueKey {
        &self.paired.key
    }

    /// Both players, in the order in which they joined.
    #[must_use]
    pub fn players(&self) -> &[PlayerId; 2] {
        &self.paired.players
    }

    /// The other player; `None` for somebody who is not in the match.
    #[must_use]
    pub fn opponent_of(&self, player: &PlayerId) -> Option<&PlayerId> {
        match self.players() {
            [first, second] if first == player => Some(second),
            [first, second] if second == player => Some(first),
            _ => None,
        }
    }

    /// When the pairing was decided; the match's lifetime counts from here.
    #[must_use]
    pub fn paired_at(&self) -> Timestamp {
        self.paired.at
    }

    /// How long the first player had waited when the pairing was decided, from the moment his ticket was made; in whole
    /// microseconds, as moments are counted.
    #[must_use]
    pub fn waited(&self) -> Duration {
        Duration::from_micros(self.paired.waited)
    }

    /// What has become of it.
    #[must_use]
    pub const fn status(&self) -> MatchStatus {
        self.status
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.status == MatchStatus::Finished
    }
}

/// A match that both its players stand in, and how far it has been carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pairing {
    /// The match, always `active` here.
    pub match_: Match,
    /// Whether it is known to be stored and told to both.
    pub settled: bool,
}

/// Nobody plays against himself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a match needs two distinct players")]
pub struct SamePlayer;

/// A match's status skips no step and never walks back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a match cannot go from {} to {}", from.as_str(), to.as_str())]
pub struct IllegalTransition {
    from: MatchStatus,
    to: MatchStatus,
}

#[cfg(test)]
mod tests;
