//! Everybody and everything that occurs in the model.

use std::{
    sync::{Arc, LazyLock, atomic::AtomicU64, atomic::Ordering},
    time::Duration,
};

use async_trait::async_trait;
use matchmaker::{
    adapters::in_memory::{InMemoryMatchRepository, RepositorySettings},
    domain::{Asset, Game, MatchId, PlayerId, QueueKey, QueuePolicy, QueueSettings, SocketId, Stake, Timestamp},
    ports::Clock,
};
use uuid::Uuid;

/// How many players there are.
pub(crate) const PLAYERS: u8 = 3;
/// How many queue keys there are.
pub(crate) const KEYS: u8 = 2;

/// How long a waiting player whose socket closed keeps his ticket.
pub(crate) const DISCONNECT_GRACE: Duration = Duration::from_secs(30);
/// How long a waiting player without a socket keeps his ticket.
pub(crate) const SEARCH_TIME: Duration = Duration::from_mins(10);
/// How long a finished match can be read.
pub(crate) const MATCH_RETENTION: Duration = Duration::from_hours(1);
/// How long a match may stay active.
pub(crate) const MATCH_LIFETIME: Duration = Duration::from_hours(24);

/// More than any history needs: what happens at the bounds is the contract suite's business.
const BOUND: usize = 1000;

static PLAYER_IDS: LazyLock<Vec<PlayerId>> = LazyLock::new(|| {
    (0..PLAYERS).map(|number| PlayerId::parse(&number.to_string()).expect("a digit is an id")).collect()
});

static QUEUE_KEYS: LazyLock<Vec<QueueKey>> = LazyLock::new(|| {
    let stake = Stake::parse(Asset::Usdt, "20").expect("a stake");
    let key = |number: u8| QueueKey::new(Game::parse(&number.to_string()).expect("a digit is a game"), stake);
    (0..KEYS).map(key).collect()
});

/// The player of this number.
pub(crate) fn player(number: u8) -> &'static PlayerId {
    &PLAYER_IDS[usize::from(number)]
}

/// The queue key of this number.
pub(crate) fn key(number: u8) -> &'static QueueKey {
    &QUEUE_KEYS[usize::from(number)]
}

/// The number of a player.
pub(crate) fn number_of(player: &PlayerId) -> u8 {
    player.as_str().as_bytes()[0] - b'0'
}

/// The number of a queue key.
pub(crate) fn number_of_key(key: &QueueKey) -> u8 {
    key.game().as_str().as_bytes()[0] - b'0'
}

/// One of a player's sockets, which are counted for each player.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Line {
    /// Whose it is.
    pub(crate) player: u8,
    /// Which of his.
    pub(crate) number: u8,
}

impl Line {
    /// The socket's id.
    pub(crate) fn id(self) -> SocketId {
        SocketId(u64::from(self.player) * 100 + u64::from(self.number))
    }

    /// The socket of this id.
    pub(crate) fn of(socket: SocketId) -> Self {
        let part = |number: u64| u8::try_from(number).expect("sockets are few");
        Self { player: part(socket.0 / 100), number: part(socket.0 % 100) }
    }
}

/// The match id of this number.
pub(crate) fn match_id(number: u64) -> MatchId {
    MatchId::from_uuid(Uuid::from_u128(u128::from(number)))
}

/// The number of a match id.
pub(crate) fn number_of_match(id: MatchId) -> u64 {
    u64::try_from(id.as_uuid().as_u128()).expect("match ids are small here")
}

/// An empty queue.
pub(crate) fn queue(pair_only_connected: bool) -> QueuePolicy {
    QueuePolicy::new(QueueSettings {
        disconnect_grace: DISCONNECT_GRACE,
        search_time: SEARCH_TIME,
        max_waiting: BOUND,
        max_matches: BOUND,
        pair_only_connected,
    })
}

/// An empty match repository.
pub(crate) fn repository(clock: Arc<dyn Clock>) -> InMemoryMatchRepository {
    let settings = RepositorySettings {
        match_lifetime: Some(MATCH_LIFETIME),
        match_retention: MATCH_RETENTION,
        max_matches: BOUND,
    };
    InMemoryMatchRepository::new(settings, clock)
}

/// The clock of whichever world is being stepped.
#[derive(Default)]
pub(crate) struct ModelClock(AtomicU64);

impl ModelClock {
    /// Shows this time from now on.
    pub(crate) fn set(&self, now: Timestamp) {
        self.0.store(now.as_micros(), Ordering::Relaxed);
    }
}

#[async_trait]
impl Clock for ModelClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }

    async fn sleep_until(&self, _: Timestamp) {
        unreachable!("no use case sleeps")
    }
}
