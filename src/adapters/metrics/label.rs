//! Labels whose values are all known beforehand, so that nobody outside can add a series.

use std::fmt;

use crate::{domain::EndReason, ports::CarriedBy};

/// A label, or several, of a fixed number of values.
pub(crate) trait Label: Copy + fmt::Debug + Send + Sync + 'static {
    /// How many values there are.
    const COUNT: usize;

    /// Every value, in the order of [`index`](Self::index).
    fn all() -> Vec<Self>;

    /// This value's place among all.
    fn index(self) -> usize;

    /// The label's name and this value's text.
    fn pairs(self) -> Vec<(&'static str, &'static str)>;
}

/// Every combination of two labels.
impl<A: Label, B: Label> Label for (A, B) {
    const COUNT: usize = A::COUNT * B::COUNT;

    fn all() -> Vec<Self> {
        A::all().into_iter().flat_map(|first| B::all().into_iter().map(move |second| (first, second))).collect()
    }

    fn index(self) -> usize {
        self.0.index() * B::COUNT + self.1.index()
    }

    fn pairs(self) -> Vec<(&'static str, &'static str)> {
        [self.0.pairs(), self.1.pairs()].concat()
    }
}

/// Makes a label of a type that has its words already.
macro_rules! worded {
    ($($name:ident is $label:literal,)+) => {$(
        impl Label for $name {
            const COUNT: usize = Self::ALL.len();

            fn all() -> Vec<Self> {
                Self::ALL.to_vec()
            }

            fn index(self) -> usize {
                self as usize
            }

            fn pairs(self) -> Vec<(&'static str, &'static str)> {
                vec![($label, self.as_str())]
            }
        }
    )+};
}

worded! {
    EndReason is "reason",
    CarriedBy is "by",
}

/// Declares a label with its values, each once, so that none can be forgotten.
macro_rules! label {
    ($(#[$about:meta])* $name:ident is $label:literal: $($value:ident = $text:literal,)+) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name {
            $($value,)+
        }

        impl $name {
            const ALL: &'static [(Self, &'static str)] = &[$((Self::$value, $text),)+];
        }

        impl Label for $name {
            const COUNT: usize = Self::ALL.len();

            fn all() -> Vec<Self> {
                Self::ALL.iter().map(|&(value, _)| value).collect()
            }

            fn index(self) -> usize {
                self as usize
            }

            fn pairs(self) -> Vec<(&'static str, &'static str)> {
                vec![($label, Self::ALL[self.index()].1)]
            }
        }
    };
}

label! {
    /// What a request asked for.
    Route is "route":
    FindMatch = "find_match",
    Standing = "standing",
    Leave = "leave",
    Match = "match",
    Finish = "finish",
    WebSocket = "websocket",
    Health = "healthz",
    Readiness = "readyz",
    Metrics = "metrics",
    Unknown = "unknown",
}

label! {
    /// The status of an answer.
    Status is "status":
    SwitchingProtocols = "101",
    Ok = "200",
    NoContent = "204",
    BadRequest = "400",
    Unauthorized = "401",
    Forbidden = "403",
    NotFound = "404",
    MethodNotAllowed = "405",
    RequestTimeout = "408",
    Conflict = "409",
    ContentTooLarge = "413",
    UnsupportedMediaType = "415",
    UnprocessableContent = "422",
    UpgradeRequired = "426",
    TooManyRequests = "429",
    InternalServerError = "500",
    NotImplemented = "501",
    ServiceUnavailable = "503",
    Other = "other",
}

label! {
    /// With what code the server closed a socket, or that the client ended it.
    Close is "code":
    GoingAway = "1001",
    Protocol = "1002",
    Binary = "1003",
    InvalidText = "1007",
    Refused = "1008",
    TooLarge = "1009",
    Internal = "1011",
    NotReading = "1013",
    Replaced = "4001",
    NotRegistered = "4002",
    TokenExpired = "4003",
    Silent = "4004",
    ByClient = "client",
    Other = "other",
}

label! {
    /// What the server says on a socket.
    Push is "message":
    Registered = "registered",
    MatchFound = "match_found",
    MatchFinished = "match_finished",
    SearchEnded = "search_ended",
    Error = "error",
}

label! {
    /// What became of a call to a store that is shared with other servers.
    StoreCall is "outcome":
    Answered = "answered",
    NotDone = "not_done",
    Unknown = "unknown",
}

label! {
    /// A bound at which somebody was turned away.
    Limit is "limit":
    Waiting = "waiting",
    Matches = "matches",
    Connections = "connections",
    Parser = "parser",
    FirstHead = "first_head",
    Body = "body",
    BodyTime = "body_time",
    UnreadAnswer = "unread_answer",
    Message = "message",
    Unread = "unread",
    PlayerRate = "player_rate",
    AddressRate = "address_rate",
    AddressConnections = "address_connections",
    Registrations = "registrations",
}

impl Status {
    /// The label of a status, which is written with three digits.
    pub(super) fn of(status: &str) -> Self {
        Self::ALL.iter().find(|(_, text)| *text == status).map_or(Self::Other, |&(label, _)| label)
    }
}

impl Close {
    /// The label of a close code; without one it was the client who ended the socket.
    pub(super) fn of(code: Option<u16>) -> Self {
        let Some(code) = code else { return Self::ByClient };
        let code = code.to_string();
        Self::ALL.iter().find(|(_, text)| *text == code).map_or(Self::Other, |&(label, _)| label)
    }
}
