//! Those who wait while something is measured.

use std::{env, fmt, time::Duration};

use matchmaker::domain::{
    Asset, Decided, FindOutcome, Game, MatchId, PlayerId, QueueKey, QueuePolicy, QueueSettings, SocketId, Stake,
    Timestamp,
};
use uuid::Uuid;

const SEARCH_TIME: Duration = Duration::from_mins(10);

/// Under which keys a crowd waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keys {
    /// Each player under one of his own.
    Own,
    /// All under the same, as they can where only those who are connected are paired, and they are not.
    Hot,
}

/// How many wait, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crowd {
    pub(crate) keys: Keys,
    pub(crate) size: u64,
}

impl fmt::Display for Crowd {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = match self.keys {
            Keys::Own => "own keys",
            Keys::Hot => "one key",
        };
        write!(formatter, "{keys}, {}", self.size)
    }
}

/// A thousand, a hundred thousand, a million; as a test, a few.
pub(crate) fn sizes() -> Vec<u64> {
    let is_measured = env::args().any(|argument| argument == "--bench");
    if is_measured { vec![1_000, 100_000, 1_000_000] } else { vec![300] }
}

/// Crowds of each size, each player under a key of his own.
pub(crate) fn on_own_keys() -> Vec<Crowd> {
    sizes().into_iter().map(|size| Crowd { keys: Keys::Own, size }).collect()
}

/// Crowds of each size and kind.
pub(crate) fn all() -> Vec<Crowd> {
    let on_one_key = sizes().into_iter().map(|size| Crowd { keys: Keys::Hot, size });
    on_own_keys().into_iter().chain(on_one_key).collect()
}

/// A player's id of 36 characters, as the platform's are; neighbours in number are not neighbours in order.
pub(crate) fn player(number: u64) -> PlayerId {
    let spread = u128::from(number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    PlayerId::parse(&Uuid::from_u128(spread).to_string()).expect("a UUID is a player id")
}

/// A key that no other number has.
pub(crate) fn key(number: u64) -> QueueKey {
    let stake = Stake::parse(Asset::Usdt, &(number + 1).to_string()).expect("an amount");
    QueueKey::new(Game::parse("chess").expect("a game"), stake)
}

impl Crowd {
    pub(crate) const fn settings(self) -> QueueSettings {
        QueueSettings {
            disconnect_grace: Duration::from_secs(30),
            search_time: SEARCH_TIME,
            max_waiting: 2_000_000,
            max_matches: 2_000_000,
            pair_only_connected: matches!(self.keys, Keys::Hot),
        }
    }

    /// The key under which this member waits.
    pub(crate) fn key(self, number: u64) -> QueueKey {
        match self.keys {
            Keys::Own => key(number),
            Keys::Hot => key(0),
        }
    }

    /// The crowd, waiting; nobody is connected, and one has come a microsecond after the other.
    pub(crate) fn gather(self) -> Queue {
        let policy = QueuePolicy::new(self.settings());
        let mut queue = Queue { policy, crowd: self, now: 0, last_id: 0, last_member: 0 };
        for number in 0..self.size {
            queue.find(&player(number), &self.key(number));
        }
        queue
    }
}

/// A queue in which a crowd waits. Each call comes a microsecond after the one before.
pub(crate) struct Queue {
    pub(crate) policy: QueuePolicy,
    pub(crate) crowd: Crowd,
    now: u64,
    last_id: u64,
    last_member: u64,
}

impl Queue {
    /// The number of some member, far from the one before; nobody's turn comes twice before it has been everybody's.
    pub(crate) fn anybody(&mut self) -> u64 {
        // It shares no divisor with any size.
        self.last_member = (self.last_member + 618_031) % self.crowd.size;
        self.last_member
    }

    /// A microsecond later.
    pub(crate) fn now(&mut self) -> Timestamp {
        self.now += 1;
        Timestamp::from_micros(self.now)
    }

    /// Time goes on until this many of those who came first are past their search time, and no more.
    pub(crate) fn outlast(&mut self, count: usize) -> Timestamp {
        let (_, at, _) = self.policy.deadlines().nth(count - 1).expect("so many wait");
        self.now = self.now.max(at.as_micros());
        at
    }

    /// An id that nothing else here has.
    pub(crate) fn id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    pub(crate) fn match_id(&mut self) -> MatchId {
        MatchId::from_uuid(Uuid::from_u64_pair(self.id().wrapping_mul(0x9e37_79b9_7f4a_7c15), 0))
    }

    pub(crate) fn find(&mut self, player: &PlayerId, key: &QueueKey) -> Decided<FindOutcome> {
        let (now, id) = (self.now(), self.match_id());
        self.policy.find(now, player, key, id)
    }

    /// A member comes back to where he waited.
    pub(crate) fn rejoin(&mut self, number: u64) {
        let found = self.find(&player(number), &self.crowd.key(number));
        assert!(matches!(found.outcome, FindOutcome::Joined(_)), "{found:?}");
    }

    /// Somebody who is in no crowd.
    pub(crate) fn newcomer(&mut self) -> PlayerId {
        player(10_000_000 + self.id())
    }

    pub(crate) fn connect(&mut self, player: &PlayerId) -> SocketId {
        let (now, id, socket) = (self.now(), self.match_id(), SocketId(self.id()));
        let connected = self.policy.connect(now, player, socket, id);
        assert_eq!(connected.ended, []);
        socket
    }

    pub(crate) fn disconnect(&mut self, player: &PlayerId, socket: SocketId) {
        let now = self.now();
        self.policy.disconnect(now, player, socket);
    }
}
