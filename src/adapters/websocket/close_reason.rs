use tungstenite::protocol::{CloseFrame, frame::coding::CloseCode};

/// Why the server closes a socket; each has a code of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CloseReason {
    /// The server is going away.
    GoingAway,
    /// The client broke the WebSocket protocol.
    Protocol,
    /// The client sent a binary message.
    Binary,
    /// The client sent text that is not UTF-8.
    InvalidText,
    /// The client sent too many texts that were refused.
    Refused,
    /// The client sent a message that is too large.
    TooLarge,
    /// The server made a mistake.
    Internal,
    /// The client does not read what it is sent.
    NotReading,
    /// The player registered on a newer socket.
    Replaced,
    /// The client did not register in time.
    NotRegistered,
    /// The token by which the player registered has expired.
    TokenExpired,
    /// The client was silent for too long.
    Silent,
}

impl CloseReason {
    /// The code and the word in the close frame.
    pub(crate) const fn code(self) -> (u16, &'static str) {
        match self {
            Self::GoingAway => (1001, "going away"),
            Self::Protocol => (1002, "protocol error"),
            Self::Binary => (1003, "send text"),
            Self::InvalidText => (1007, "not UTF-8"),
            Self::Refused => (1008, "too many refused messages"),
            Self::TooLarge => (1009, "message too large"),
            Self::Internal => (1011, "internal error"),
            Self::NotReading => (1013, "too many unread messages"),
            Self::Replaced => (4001, "replaced"),
            Self::NotRegistered => (4002, "not registered in time"),
            Self::TokenExpired => (4003, "token expired"),
            Self::Silent => (4004, "silent for too long"),
        }
    }

    pub(super) fn frame(self) -> CloseFrame {
        let (code, reason) = self.code();
        CloseFrame { code: CloseCode::from(code), reason: reason.into() }
    }
}
