//! What players see, as the checker is told of it.

use std::fmt;

/// One of the soak's players.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PlayerNumber(pub(crate) u32);

/// One of the queue keys that are played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct KeyNumber(pub(crate) u32);

/// A call of one player, to tell it from his others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Call(pub(crate) u32);

/// A socket of one player, to tell it from his others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SocketNumber(pub(crate) u32);

/// The id of a match: the hexadecimal digits of its UUID.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct MatchId(u128);

impl MatchId {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (mut digits, mut value) = (0, 0);
        for byte in text.bytes().filter(|byte| *byte != b'-') {
            value = value << 4 | u128::from(char::from(byte).to_digit(16)?);
            digits += 1;
        }
        (digits == 32).then_some(Self(value))
    }
}

impl fmt::Display for MatchId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:032x}", self.0);
        let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
        formatter.write_str(&parts.join("-"))
    }
}

impl fmt::Debug for MatchId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// What a call to find a match was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FindAnswer {
    Waiting,
    Matched(MatchId),
    /// 409: he waits under another key.
    WaitingElsewhere(KeyNumber),
    /// 409: he is in a match of another key.
    MatchedElsewhere(MatchId),
    /// Refused, so that nothing changed.
    Refused,
    /// Redis could not be asked in time: it was served, or it was not, and is not from now on.
    PutOff,
    /// The connection was given up before the answer came: it may yet be served.
    Lost,
}

/// What a call to leave was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LeaveAnswer {
    Idle,
    Matched(MatchId),
    Refused,
}

/// What a look at the standing was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LookAnswer {
    Idle,
    Waiting(KeyNumber),
    Matched(MatchId),
    Refused,
}

/// The standing that a registration is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Idle,
    Waiting,
    Matched,
}

/// A match as the server shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) id: MatchId,
    pub(crate) key: KeyNumber,
    pub(crate) players: [PlayerNumber; 2],
    pub(crate) finished: bool,
}

/// Why a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    Left,
    Expired,
    Disconnected,
}

/// Something that one player does or sees. What is sent is told before its first byte leaves, and what is received after
/// its last byte came, so the server's part lies between the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Asks {
        call: Call,
        key: KeyNumber,
    },
    Asked {
        call: Call,
        answer: FindAnswer,
    },
    Leaves {
        call: Call,
    },
    Left {
        call: Call,
        answer: LeaveAnswer,
    },
    Looks {
        call: Call,
    },
    Looked {
        call: Call,
        answer: LookAnswer,
    },
    Reads {
        call: Call,
        id: MatchId,
    },
    /// `None` when there is no such match.
    Read {
        call: Call,
        id: MatchId,
        document: Option<Document>,
    },
    Finishes {
        call: Call,
        id: MatchId,
    },
    /// `None` when there is no such match.
    Finished {
        call: Call,
        id: MatchId,
        document: Option<Document>,
    },
    Registers {
        socket: SocketNumber,
    },
    Registered {
        socket: SocketNumber,
        status: Status,
    },
    ToldFound {
        socket: SocketNumber,
        id: MatchId,
        key: KeyNumber,
        opponent: PlayerNumber,
    },
    ToldFinished {
        socket: SocketNumber,
        id: MatchId,
    },
    ToldSearchEnded {
        socket: SocketNumber,
        reason: Reason,
    },
    /// Nothing more is read from the socket.
    Closed {
        socket: SocketNumber,
    },
    /// The calls that were given up have had their time: they have no effect from now on.
    Settled,
}
