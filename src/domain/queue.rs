mod deadlines;
mod presence;
mod record;
mod waiting;

use std::{collections::BTreeMap, mem, ops::Bound, time::Duration};

use super::{
    Capacity, Census, Decided, EndReason, EndedTicket, FindOutcome, LeaveOutcome, Match, MatchId, Pairing, Player,
    PlayerId, QueueKey, Serial, SettleOutcome, Standing, SteadyMap, Ticket, Timestamp,
};

use deadlines::Deadlines;
use record::{Holding, Record, Wait};
use waiting::Waiting;

/// The times and bounds of the queue policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueSettings {
    /// How long a waiting player whose socket closed keeps his ticket.
    pub disconnect_grace: Duration,
    /// How long a waiting player without a socket keeps his ticket after he last asked or looked.
    pub search_time: Duration,
    /// The most players who may wait at once. A ticket past its time takes no room: at the bound the longest overdue one is
    /// ended before a new one is refused.
    pub max_waiting: usize,
    /// The most matches that players may stand in at once.
    pub max_matches: usize,
    /// Whether only players who are connected are paired. One who is not keeps his ticket and its place, and is passed over
    /// until he is connected again.
    pub pair_only_connected: bool,
}

impl QueueSettings {
    /// When and why the ticket of a player without a socket ends who gives a sign of life now.
    fn search_ends(&self, now: Timestamp) -> (Timestamp, EndReason) {
        (now.after(self.search_time), EndReason::Expired)
    }
}

/// The queue policy: who waits where, who is paired with whom, and what each call does to a standing.
///
/// A deterministic state machine. Every operation takes time logarithmic in the number of players at most, and says what
/// it decided; one that takes a `limit` does so for each item it returns.
///
/// **At most one ticket that may be paired waits under a key.** A second player who asks for the same key is paired with the
/// first at once, so the longest waiting ticket is the only one, and two tickets that could be paired never both wait. Where
/// only the connected are paired, this holds of their tickets; those of the others may be any number.
///
/// A clock that steps back does no harm: the latest time seen counts.
#[derive(Clone, Debug)]
pub struct QueuePolicy {
    settings: QueueSettings,
    players: SteadyMap<PlayerId, Record>,
    waiting: Waiting,
    deadlines: Deadlines,
    /// Every match that players stand in, the oldest first.
    pairings: BTreeMap<Serial, Match>,
    /// Those of them that are not known to be stored and told.
    unsettled: BTreeMap<Serial, Match>,
    connected: usize,
    last_serial: Serial,
    latest: Timestamp,
}

impl QueuePolicy {
    /// A queue in which everybody is idle.
    #[must_use]
    pub fn new(settings: QueueSettings) -> Self {
        Self {
            settings,
            players: SteadyMap::default(),
            waiting: Waiting::default(),
            deadlines: Deadlines::default(),
            pairings: BTreeMap::new(),
            unsettled: BTreeMap::new(),
            connected: 0,
            last_serial: Serial(0),
            latest: Timestamp::default(),
        }
    }

    /// A player asks to be paired under a key. A new match, if it comes to one, is called `id`.
    ///
    /// Asking is a sign of life: the search time of a player without a socket starts anew.
    pub fn find(&mut self, now: Timestamp, player: &PlayerId, key: &QueueKey, id: MatchId) -> Decided<FindOutcome> {
        let now = self.observe(now);
        let Decided { outcome: standing, mut ended } = self.meet(now, player);
        let outcome = match standing {
            Standing::Matched(pairing) => FindOutcome::AlreadyMatched(pairing),
            Standing::Waiting(ticket) => {
                self.note_sign_of_life(now, player);
                if ticket.key == *key {
                    FindOutcome::StillWaiting(ticket)
                } else {
                    FindOutcome::WaitingElsewhere(ticket)
                }
            }
            Standing::Idle => {
                let opponent = if self.may_be_paired(player) { self.pairable(now, key, &mut ended) } else { None };
                match opponent {
                    Some((opponent, ticket)) if self.has_room_for_a_match() => {
                        FindOutcome::Paired(self.pair(now, [opponent, player.clone()], &ticket, id))
                    }
                    Some(_) => FindOutcome::AtCapacity(Capacity::Matches),
                    None => self.join(now, player, key, &mut ended),
                }
            }
        };
        Decided { outcome, ended }
    }

    /// Where a player stands. Looking is a sign of life, as asking is.
    pub fn look(&mut self, now: Timestamp, player: &PlayerId) -> Decided<Standing> {
        let now = self.observe(now);
        let decided = self.meet(now, player);
        self.note_sign_of_life(now, player);
        decided
    }

    /// A player asks to wait no more.
    pub fn leave(&mut self, now: Timestamp, player: &PlayerId) -> Decided<LeaveOutcome> {
        let now = self.observe(now);
        let Decided { outcome: standing, ended } = self.meet(now, player);
        let outcome = match standing {
            Standing::Matched(pairing) => LeaveOutcome::AlreadyMatched(pairing),
            Standing::Waiting(_) | Standing::Idle => {
                self.end_ticket(player, EndReason::Left).map_or(LeaveOutcome::NotWaiting, LeaveOutcome::Left)
            }
        };
        Decided { outcome, ended }
    }

    /// The match is stored and both players were told.
    pub fn settle(&mut self, match_: &Match) -> SettleOutcome {
        if !self.stands(match_) {
            SettleOutcome::NotStanding
        } else if self.unsettled.remove(&match_.serial()).is_some() {
            SettleOutcome::Settled
        } else {
            SettleOutcome::AlreadySettled
        }
    }

    /// The match is over: both players are idle again. Whether they stood in it until now.
    pub fn release(&mut self, match_: &Match) -> bool {
        let stood = self.stands(match_);
        if stood {
            self.pairings.remove(&match_.serial());
            self.unsettled.remove(&match_.serial());
            for player in match_.players() {
                if let Some(record) = self.players.get_mut(player) {
                    record.holding = Holding::Nothing;
                }
                self.forget_if_blank(player);
            }
        }
        stood
    }

    /// The pairing that put both players into this match, while they stand in it.
    #[must_use]
    pub fn pairing(&self, match_: &Match) -> Option<Pairing> {
        let standing = self.pairings.get(&match_.serial()).filter(|standing| standing.id() == match_.id())?;
        Some(self.pairing_of(standing))
    }

    /// Pairings that were decided at least `age` ago and are not settled yet: the oldest, past the serial `after`.
    pub fn unsettled(&mut self, now: Timestamp, age: Duration, after: Serial, limit: usize) -> Vec<Pairing> {
        let now = self.observe(now);
        self.unsettled
            .range((Bound::Excluded(after), Bound::Unbounded))
            .take_while(|(_, match_)| now.since(match_.paired_at()) >= age)
            .take(limit)
            .map(|(_, match_)| Pairing { match_: match_.clone(), settled: false })
            .collect()
    }

    /// Every match that players stand in, settled or not: the oldest, past the serial `after`.
    #[must_use]
    pub fn pairings(&self, after: Serial, limit: usize) -> Vec<Pairing> {
        self.pairings
            .range((Bound::Excluded(after), Bound::Unbounded))
            .take(limit)
            .map(|(_, match_)| self.pairing_of(match_))
            .collect()
    }

    /// Ends tickets whose time is over, the longest overdue first and of equals the smaller serial.
    pub fn end_overdue(&mut self, now: Timestamp, limit: usize) -> Vec<EndedTicket> {
        let now = self.observe(now);
        let mut ended = Vec::new();
        while ended.len() < limit && self.end_most_overdue(now, &mut ended) {}
        ended
    }

    /// How many wait, are matched and are connected. A ticket past its time counts until a call comes across it.
    #[must_use]
    pub fn census(&self) -> Census {
        Census {
            waiting: self.waiting.count(),
            waiting_by_game: self.waiting.by_game(),
            waiting_elsewhere: self.waiting.elsewhere(),
            matches: self.pairings.len(),
            connected: self.connected,
        }
    }

    /// Everybody who is not idle, or is connected, in the order of their ids: for audits, in time linear in their number.
    #[must_use]
    pub fn players(&self) -> Vec<Player> {
        let mut players: Vec<Player> = self
            .players
            .iter()
            .map(|(id, record)| Player {
                id: id.clone(),
                standing: self.standing_of(record),
                sockets: record.sockets.clone(),
            })
            .collect();
        players.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        players
    }

    /// When and why tickets end unless their players give a sign of life, the earliest first: for audits.
    pub fn deadlines(&self) -> impl Iterator<Item = (&PlayerId, Timestamp, EndReason)> {
        self.deadlines.iter().filter_map(|(at, player)| Some((player, at, self.players.get(player)?.overdue(at)?)))
    }

    /// The player who waits under the key and may be paired now, and his ticket. One past its time is ended on the way.
    fn pairable(&mut self, now: Timestamp, key: &QueueKey, ended: &mut Vec<EndedTicket>) -> Option<(PlayerId, Ticket)> {
        let opponent = self.waiting.pairable(key)?.clone();
        let met = self.meet(now, &opponent);
        ended.extend(met.ended);
        match met.outcome {
            Standing::Waiting(ticket) => Some((opponent, ticket)),
            Standing::Idle | Standing::Matched(_) => None,
        }
    }

    /// Pairs two players in the order in which they joined; the ticket is the first one's.
    fn pair(&mut self, now: Timestamp, players: [PlayerId; 2], ticket: &Ticket, id: MatchId) -> Match {
        let serial = self.next_serial();
        let waited = now.since(ticket.joined_at);
        let match_ = Match::propose(id, serial, ticket.key.clone(), players, now, waited)
            .expect("who asks or returns is not the one who waits")
            .activate()
            .expect("a proposed match can be activated");
        for player in match_.players() {
            let record = self.players.get_or_default(player);
            if let Holding::Ticket(wait) = mem::replace(&mut record.holding, Holding::Match(match_.clone())) {
                self.withdraw(player, *wait);
            }
        }
        self.pairings.insert(serial, match_.clone());
        self.unsettled.insert(serial, match_.clone());
        match_
    }

    fn has_room_for_a_match(&self) -> bool {
        self.pairings.len() < self.settings.max_matches
    }

    fn join(&mut self, now: Timestamp, player: &PlayerId, key: &QueueKey, ended: &mut Vec<EndedTicket>) -> FindOutcome {
        if self.waiting.count() >= self.settings.max_waiting && !self.end_most_overdue(now, ended) {
            return FindOutcome::AtCapacity(Capacity::Waiting);
        }
        let ticket = Ticket { key: key.clone(), serial: self.next_serial(), joined_at: now };
        let mut wait = Box::new(Wait { ticket: ticket.clone(), deadline: None, counted: self.waiting.add(key) });
        let record = self.players.get_or_default(player);
        if !record.is_connected() {
            self.deadlines.set(player, &mut wait, Some(self.settings.search_ends(now)));
        }
        if !self.settings.pair_only_connected || record.is_connected() {
            self.waiting.offer(key, player);
        }
        record.holding = Holding::Ticket(wait);
        FindOutcome::Joined(ticket)
    }

    /// Where a player stands whom a call comes across: his ticket is ended first if its time is over.
    fn meet(&mut self, now: Timestamp, player: &PlayerId) -> Decided<Standing> {
        let Some(record) = self.players.get(player) else {
            return Decided { outcome: Standing::Idle, ended: Vec::new() };
        };
        match record.overdue(now) {
            None => Decided { outcome: self.standing_of(record), ended: Vec::new() },
            Some(reason) => {
                Decided { outcome: Standing::Idle, ended: self.end_ticket(player, reason).into_iter().collect() }
            }
        }
    }

    fn standing_of(&self, record: &Record) -> Standing {
        match &record.holding {
            Holding::Nothing => Standing::Idle,
            Holding::Ticket(wait) => Standing::Waiting(wait.ticket.clone()),
            Holding::Match(match_) => Standing::Matched(self.pairing_of(match_)),
        }
    }

    fn pairing_of(&self, match_: &Match) -> Pairing {
        Pairing { match_: match_.clone(), settled: !self.unsettled.contains_key(&match_.serial()) }
    }

    fn stands(&self, match_: &Match) -> bool {
        self.pairings.get(&match_.serial()).is_some_and(|standing| standing.id() == match_.id())
    }

    /// The search time starts anew, unless a socket keeps the ticket alive.
    fn note_sign_of_life(&mut self, now: Timestamp, player: &PlayerId) {
        if let Some(Record { holding: Holding::Ticket(wait), sockets }) = self.players.get_mut(player)
            && sockets.is_empty()
        {
            self.deadlines.set(player, wait, Some(self.settings.search_ends(now)));
        }
    }

    fn end_most_overdue(&mut self, now: Timestamp, ended: &mut Vec<EndedTicket>) -> bool {
        let Some(player) = self.deadlines.most_overdue(now).cloned() else { return false };
        ended.extend(self.meet(now, &player).ended);
        true
    }

    /// Ends a player's ticket, if he waits.
    fn end_ticket(&mut self, player: &PlayerId, reason: EndReason) -> Option<EndedTicket> {
        let wait = self.players.get_mut(player)?.take_wait()?;
        let ticket = self.withdraw(player, wait);
        self.forget_if_blank(player);
        Some(EndedTicket { player: player.clone(), ticket, reason })
    }

    /// Takes a ticket out of the queue that its player holds no more.
    fn withdraw(&mut self, player: &PlayerId, mut wait: Wait) -> Ticket {
        self.deadlines.set(player, &mut wait, None);
        self.waiting.remove(&wait.ticket.key, wait.counted);
        self.waiting.withdraw(&wait.ticket.key, player);
        wait.ticket
    }

    fn forget_if_blank(&mut self, player: &PlayerId) {
        self.players.remove_if(player, Record::is_blank);
    }

    fn next_serial(&mut self) -> Serial {
        self.last_serial = Serial(self.last_serial.0 + 1);
        self.last_serial
    }

    fn observe(&mut self, now: Timestamp) -> Timestamp {
        self.latest = self.latest.max(now);
        self.latest
    }
}

#[cfg(test)]
mod tests;
