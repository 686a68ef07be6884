//! The asks of one player, and which of them can still lead to a match.

use std::time::Duration;

use super::{
    Moment,
    event::{Call, KeyNumber, MatchId},
};

/// One call to find a match.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) call: Call,
    pub(super) key: KeyNumber,
    pub(super) sent: Moment,
    pub(super) sent_at: Duration,
    /// From then on it has had its effect; `None` while it may be in flight.
    pub(super) answered: Option<Moment>,
    /// Whether the answer was that he waits.
    pub(super) waited: bool,
    /// From then on no ticket of this ask waits.
    ended: Option<Moment>,
    /// The match that it led to.
    led_to: Option<MatchId>,
}

/// How many asks of a player are remembered. Older ones have ended long ago.
const REMEMBERED: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Asks(Vec<Ask>);

impl Asks {
    pub(super) fn send(&mut self, call: Call, key: KeyNumber, sent: Moment, sent_at: Duration) {
        if self.0.len() >= REMEMBERED {
            self.0.remove(0);
        }
        self.0.push(Ask { call, key, sent, sent_at, answered: None, waited: false, ended: None, led_to: None });
    }

    pub(super) fn get(&self, call: Call) -> Option<&Ask> {
        self.0.iter().find(|ask| ask.call == call)
    }

    pub(super) fn forget(&mut self, call: Call) {
        self.0.retain(|ask| ask.call != call);
    }

    /// Whether an ask may be in flight.
    pub(super) fn in_flight(&self) -> bool {
        self.0.iter().any(|ask| ask.answered.is_none())
    }

    /// Asks that were given up are over, too.
    pub(super) fn settle(&mut self, now: Moment) {
        for ask in self.0.iter_mut().filter(|ask| ask.answered.is_none()) {
            ask.answered = Some(now);
        }
    }

    /// No ticket of an ask that was answered before `before` waits any more.
    pub(super) fn end(&mut self, before: Moment, now: Moment) {
        for ask in self.0.iter_mut().filter(|ask| ask.answered.is_some_and(|answered| answered < before)) {
            ask.ended.get_or_insert(now);
        }
    }

    /// Whether a ticket, under this key if one is given, can have been seen by a call that was sent then.
    pub(super) fn may_wait(&self, key: Option<KeyNumber>, sent: Moment) -> bool {
        self.0.iter().any(|ask| key.is_none_or(|key| ask.key == key) && ask.ended.is_none_or(|ended| ended > sent))
    }

    /// The answer came: a ticket of the player waits, or a match was named.
    pub(super) fn answer(&mut self, call: Call, waits: bool, named: Option<MatchId>, now: Moment) {
        let Some(place) = self.0.iter().position(|ask| ask.call == call) else { return };
        let (key, sent) = (self.0[place].key, self.0[place].sent);
        let concurrent =
            |ask: &Ask| ask.call != call && ask.key == key && ask.answered.is_none_or(|answered| answered > sent);
        let doubtful = !waits || self.0.iter().any(concurrent);
        let ask = &mut self.0[place];
        ask.answered = Some(now);
        ask.waited = waits;
        // A match that was seen meanwhile came from another ask of the same key, after all.
        if ask.led_to.is_some() && ask.led_to != named && doubtful {
            ask.led_to = None;
        }
    }

    /// The ask was answered with a match to which another may have led: it leads nowhere else.
    pub(super) fn spend(&mut self, call: Call, now: Moment) {
        if let Some(ask) = self.0.iter_mut().find(|ask| ask.call == call) {
            ask.ended.get_or_insert(now);
        }
    }

    /// Finds the ask that led to a match, and takes it. An ask that ended can have led to the match only
    /// if that was over before, so that its end may lie before the ask's. Of several the oldest is taken.
    pub(super) fn take(
        &mut self,
        id: MatchId,
        key: KeyNumber,
        finish_sent: Option<Moment>,
        now: Moment,
    ) -> Option<&Ask> {
        let possible = |ask: &Ask| {
            ask.key == key
                && ask.led_to.is_none()
                && ask.ended.is_none_or(|ended| finish_sent.is_some_and(|finish| finish < ended))
        };
        let place = self.0.iter().position(possible).or_else(|| self.exchange(key))?;
        let ask = &mut self.0[place];
        ask.led_to = Some(id);
        if ask.answered.is_some() {
            ask.ended.get_or_insert(now);
        }
        Some(&self.0[place])
    }

    /// Frees an ask in flight from the match that it was taken for: another of the same key, in flight at the same time,
    /// may have led to that one as well.
    fn exchange(&mut self, key: KeyNumber) -> Option<usize> {
        let in_flight = |ask: &Ask| ask.key == key && ask.answered.is_none() && ask.led_to.is_some();
        let place = self.0.iter().position(in_flight)?;
        let sent = self.0[place].sent;
        let concurrent = |ask: &&mut Ask| {
            ask.key == key && ask.led_to.is_none() && ask.answered.is_some_and(|answered| answered > sent)
        };
        let led_to = self.0[place].led_to;
        self.0.iter_mut().find(concurrent)?.led_to = led_to;
        Some(place)
    }

    /// The latest ask by which he waited, answered before `before` and not known to have ended or led anywhere.
    pub(super) fn waiting(&self, before: Moment) -> Option<&Ask> {
        self.0.iter().rev().find(|ask| {
            ask.waited
                && ask.ended.is_none()
                && ask.led_to.is_none()
                && ask.answered.is_some_and(|answered| answered < before)
        })
    }
}
