//! What is known of one player.

use std::{collections::VecDeque, time::Duration};

use super::{
    Moment,
    ask::Asks,
    event::{Call, Event, KeyNumber, MatchId, SocketNumber},
    presence::Presence,
};

/// How much of a player's past a violation shows.
const HISTORY: usize = 40;

#[derive(Debug, Default)]
pub(super) struct Player {
    pub(super) asks: Asks,
    /// Calls that are not answered yet, other than asks, and when they were sent.
    pub(super) calls: Vec<(Call, Moment)>,
    /// Calls to leave that are not answered yet.
    pub(super) leaving: usize,
    /// When he last sent a call to leave.
    pub(super) leave_sent: Option<Moment>,
    /// The match in which he is known to stand.
    pub(super) stands_in: Option<(MatchId, Moment)>,
    /// When he was last seen in a match that was new.
    pub(super) last_match: Option<Moment>,
    pub(super) waiting: Option<Span>,
    pub(super) sockets: Vec<Socket>,
    pub(super) presence: Presence,
    history: VecDeque<(Duration, Event)>,
}

/// A time through which a player is known to have waited on one and the same ticket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) key: KeyNumber,
    pub(super) from: Moment,
    pub(super) to: Moment,
}

#[derive(Debug)]
pub(super) struct Socket {
    pub(super) number: SocketNumber,
    /// When the latest registration was sent.
    pub(super) registers: Moment,
    pub(super) registered: Option<(Moment, Duration)>,
    /// It was greeted as matched, so the next message names the match.
    pub(super) match_due: bool,
}

impl Player {
    pub(super) fn remember(&mut self, now: Duration, event: Event) {
        if self.history.len() == HISTORY {
            self.history.pop_front();
        }
        self.history.push_back((now, event));
    }

    pub(super) fn history(&self) -> impl Iterator<Item = String> {
        self.history.iter().map(|(at, event)| format!("{:>11.6}  {event:?}", at.as_secs_f64()))
    }

    /// Notes that a call is answered, and tells when it was sent.
    pub(super) fn answered(&mut self, call: Call) -> Option<Moment> {
        let place = self.calls.iter().position(|(open, _)| *open == call)?;
        Some(self.calls.swap_remove(place).1)
    }

    pub(super) fn socket(&mut self, number: SocketNumber) -> Option<&mut Socket> {
        self.sockets.iter_mut().find(|socket| socket.number == number)
    }

    /// He was seen waiting by a call that was sent then and is answered now. Between two such sights without an ask or a
    /// leave in flight it is the same ticket, since only an ask makes a new one.
    pub(super) fn seen_waiting(&mut self, key: KeyNumber, sent: Moment, now: Moment) -> Option<Span> {
        self.waiting = match self.waiting {
            Some(span) if span.key == key => Some(Span { to: span.to.max(sent), ..span }),
            _ if self.asks.in_flight() || self.leaving > 0 => None,
            _ => Some(Span { key, from: now, to: sent }),
        };
        self.waiting
    }

    /// Through which time he waited for certain and was connected for certain.
    pub(super) fn waiting_connected(&self) -> Option<Span> {
        let (span, since) = (self.waiting?, self.presence.certain_since()?);
        Some(Span { from: span.from.max(since), ..span })
    }
}

impl Span {
    /// Whether there is a moment at which both waited.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.from.max(other.from) < self.to.min(other.to)
    }
}
