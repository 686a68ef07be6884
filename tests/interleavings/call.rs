//! A port's call and its answer as data, so that they can be recorded, replayed and compared.

use std::time::Duration;

use matchmaker::{
    domain::{
        ConnectOutcome, Decided, EndedTicket, FindOutcome, Greeting, LeaveOutcome, Match, MatchId, Notice, Pairing,
        PlayerId, QueueKey, Serial, SettleOutcome, SocketId, Standing,
    },
    ports::{Finish, Greeted, Insertion, PortError},
};

/// A call of a port, with what it was given.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Call {
    /// The queue store's `find`.
    Find(PlayerId, QueueKey, MatchId),
    /// Only where pairing is split in two on purpose: who waits under the key?
    Peek(QueueKey),
    /// Only where pairing is split in two on purpose: pair with whoever was seen waiting.
    PairWith(PlayerId, PlayerId, QueueKey, MatchId),
    Look(PlayerId),
    Leave(PlayerId),
    Connect(PlayerId, SocketId, MatchId),
    Disconnect(PlayerId, SocketId),
    Settle(Match),
    Release(Match),
    Pairing(Match),
    Unsettled(Duration, Serial, usize),
    Pairings(Serial, usize),
    EndOverdue(usize),
    Insert(Match),
    Get(MatchId),
    Finish(MatchId),
    Overdue(usize),
    Purge(usize),
    Attach(PlayerId, SocketId),
    Greet(PlayerId, SocketId, Greeting),
    Tell(PlayerId, Notice),
    Detach(PlayerId, SocketId),
}

impl Call {
    /// Whether the call changes nothing that matters, so that losing its answer is the same as not doing it, and doing
    /// it late the same as never.
    pub(crate) fn only_reads(&self) -> bool {
        matches!(
            self,
            Self::Peek(_)
                | Self::Pairing(_)
                | Self::Unsettled(..)
                | Self::Pairings(..)
                | Self::Get(_)
                | Self::Overdue(_)
        )
    }

    /// Whether the call is the queue store's, and may change standings.
    pub(crate) fn decides_standings(&self) -> bool {
        matches!(
            self,
            Self::Find(..)
                | Self::PairWith(..)
                | Self::Look(_)
                | Self::Leave(_)
                | Self::Connect(..)
                | Self::Disconnect(..)
                | Self::Settle(_)
                | Self::Release(_)
                | Self::EndOverdue(_)
        )
    }
}

impl Answer {
    /// The match that the call made.
    pub(crate) fn new_match(&self) -> Option<&Match> {
        match self {
            Self::Found(Decided { outcome: FindOutcome::Paired(match_), .. })
            | Self::Connected(Decided { outcome: ConnectOutcome::Paired { match_, .. }, .. }) => Some(match_),
            _ => None,
        }
    }
}

/// Why a call was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Failure {
    NotDone,
    Unknown,
}

impl From<Failure> for PortError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotDone => Self::NotDone("the model failed it".into()),
            Failure::Unknown => Self::Unknown("the model hid its answer".into()),
        }
    }
}

/// What a port answered.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Failed(Failure),
    Done(()),
    Flag(bool),
    Settled(SettleOutcome),
    Count(usize),
    Found(Decided<FindOutcome>),
    Peeked(Option<PlayerId>),
    Stands(Decided<Standing>),
    Left(Decided<LeaveOutcome>),
    Connected(Decided<ConnectOutcome>),
    Ended(Vec<EndedTicket>),
    Pairing(Option<Pairing>),
    Pairings(Vec<Pairing>),
    Insertion(Insertion),
    Stored(Option<Match>),
    Finish(Finish),
    Overdue(Vec<MatchId>),
    Greeted(Greeted),
}
