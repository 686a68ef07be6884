use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use matchmaker::{
    adapters::ManualClock,
    domain::{
        Asset, Capacity, Census, ConnectOutcome, Connected, Decided, EndReason, EndedTicket, FindOutcome, Game,
        LeaveOutcome, Match, MatchId, MatchStatus, Pairing, PlayerId, QueueKey, QueueSettings, Serial, SettleOutcome,
        SocketId, Standing, Ticket, Timestamp,
    },
    ports::{
        Clock, PortError, QueueStore,
        contract::{self, QueueStoreFixture, TestClock},
    },
};

/// All that the store knows.
#[derive(Clone)]
pub(crate) struct Tables {
    pub(crate) settings: QueueSettings,
    pub(crate) waiting: Vec<Waiting>,
    /// Every match that players stand in.
    pub(crate) pairings: Vec<Pairing>,
    /// Who is connected, and on which sockets.
    pub(crate) sockets: Vec<(PlayerId, SocketId)>,
    pub(crate) last_serial: u64,
}

/// A player on his ticket, and when and why it ends by itself, if it does.
#[derive(Clone)]
pub(crate) struct Waiting {
    pub(crate) player: PlayerId,
    pub(crate) ticket: Ticket,
    pub(crate) end: Option<(Timestamp, EndReason)>,
    /// Whether the census counts it under its game.
    pub(crate) by_game: bool,
}

impl Tables {
    pub(crate) fn new(settings: QueueSettings) -> Self {
        Self { settings, waiting: Vec::new(), pairings: Vec::new(), sockets: Vec::new(), last_serial: 0 }
    }

    pub(crate) fn find(
        &mut self,
        now: Timestamp,
        player: &PlayerId,
        key: &QueueKey,
        id: MatchId,
    ) -> Decided<FindOutcome> {
        let mut ended = self.end_own(now, player);
        let outcome = match self.standing(player) {
            Standing::Matched(pairing) => FindOutcome::AlreadyMatched(pairing),
            Standing::Waiting(ticket) => {
                self.renew(now, player);
                let same = ticket.key == *key;
                if same { FindOutcome::StillWaiting(ticket) } else { FindOutcome::WaitingElsewhere(ticket) }
            }
            Standing::Idle => {
                let may_be_paired = self.may_be_paired(player);
                for opponent in self.pairable(key).into_iter().filter(|_| may_be_paired) {
                    ended.extend(self.end_own(now, &opponent));
                }
                match self.pairable(key).into_iter().find(|_| may_be_paired) {
                    Some(opponent) => self.pair(now, [opponent, player.clone()], id),
                    None => self.join(now, player, key, &mut ended),
                }
            }
        };
        Decided { outcome, ended }
    }

    pub(crate) fn look(&mut self, now: Timestamp, player: &PlayerId) -> Decided<Standing> {
        let ended = self.end_own(now, player);
        self.renew(now, player);
        Decided { outcome: self.standing(player), ended }
    }

    pub(crate) fn leave(&mut self, now: Timestamp, player: &PlayerId) -> Decided<LeaveOutcome> {
        let ended = self.end_own(now, player);
        let outcome = match self.standing(player) {
            Standing::Idle => LeaveOutcome::NotWaiting,
            Standing::Matched(pairing) => LeaveOutcome::AlreadyMatched(pairing),
            Standing::Waiting(ticket) => {
                self.waiting.retain(|waiting| waiting.player != *player);
                LeaveOutcome::Left(EndedTicket { player: player.clone(), ticket, reason: EndReason::Left })
            }
        };
        Decided { outcome, ended }
    }

    pub(crate) fn connect(
        &mut self,
        now: Timestamp,
        player: &PlayerId,
        socket: SocketId,
        id: MatchId,
    ) -> Decided<ConnectOutcome> {
        let ended = self.end_own(now, player);
        let before = self.clone();
        if !self.sockets.contains(&(player.clone(), socket)) {
            self.sockets.push((player.clone(), socket));
        }
        self.set_end(player, None);
        let connection = self.next_serial();
        let standing = self.standing(player);
        if let Standing::Waiting(own) = &standing
            && let Ok(players) = self.pairable(&own.key).try_into()
        {
            if let FindOutcome::Paired(match_) = self.pair(now, players, id) {
                return Decided { outcome: ConnectOutcome::Paired { match_, connection }, ended };
            }
            *self = before;
            self.renew(now, player);
            return Decided { outcome: ConnectOutcome::AtCapacity, ended };
        }
        Decided { outcome: ConnectOutcome::Connected(Connected { standing, connection }), ended }
    }

    pub(crate) fn disconnect(&mut self, now: Timestamp, player: &PlayerId, socket: SocketId) {
        let closed = self.sockets.iter().position(|(owner, own)| owner == player && *own == socket);
        closed.map(|place| self.sockets.remove(place));
        if closed.is_some() && !self.is_connected(player) {
            self.set_end(player, Some((now.after(self.settings.disconnect_grace), EndReason::Disconnected)));
        }
    }

    pub(crate) fn settle(&mut self, match_: &Match) -> SettleOutcome {
        match self.pairings.iter_mut().find(|pairing| pairing.match_.id() == match_.id()) {
            None => SettleOutcome::NotStanding,
            Some(pairing) if pairing.settled => SettleOutcome::AlreadySettled,
            Some(pairing) => {
                pairing.settled = true;
                SettleOutcome::Settled
            }
        }
    }

    pub(crate) fn release(&mut self, match_: &Match) -> bool {
        let stood = self.pairing(match_).is_some();
        self.pairings.retain(|pairing| pairing.match_.id() != match_.id());
        stood
    }

    pub(crate) fn pairing(&self, match_: &Match) -> Option<Pairing> {
        self.pairings.iter().find(|pairing| pairing.match_.id() == match_.id()).cloned()
    }

    pub(crate) fn unsettled(&self, now: Timestamp, age: Duration, after: Serial, limit: usize) -> Vec<Pairing> {
        let old_enough = |pairing: &Pairing| now.since(pairing.match_.paired_at()) >= age;
        let mut unsettled = self.pairings(after, usize::MAX);
        unsettled.retain(|pairing| !pairing.settled && old_enough(pairing));
        unsettled.truncate(limit);
        unsettled
    }

    /// Pairings are added in the order of their serials.
    pub(crate) fn pairings(&self, after: Serial, limit: usize) -> Vec<Pairing> {
        self.pairings.iter().filter(|pairing| pairing.match_.serial() > after).take(limit).cloned().collect()
    }

    pub(crate) fn end_overdue(&mut self, now: Timestamp, limit: usize) -> Vec<EndedTicket> {
        let mut ended = Vec::new();
        while ended.len() < limit {
            let overdue = self.waiting.iter().filter(|waiting| waiting.is_overdue(now));
            let first = overdue.min_by_key(|waiting| (waiting.end.map(|(at, _)| at), waiting.ticket.serial));
            let Some(player) = first.map(|waiting| waiting.player.clone()) else { break };
            ended.extend(self.end_own(now, &player));
        }
        ended
    }

    pub(crate) fn census(&self) -> Census {
        let connected: BTreeSet<_> = self.sockets.iter().map(|(owner, _)| owner).collect();
        let mut waiting_by_game = BTreeMap::new();
        for waiting in self.waiting.iter().filter(|waiting| waiting.by_game) {
            *waiting_by_game.entry(waiting.game()).or_default() += 1;
        }
        Census {
            waiting: self.waiting.len(),
            waiting_by_game,
            waiting_elsewhere: self.waiting.iter().filter(|waiting| !waiting.by_game).count(),
            matches: self.pairings.len(),
            connected: connected.len(),
        }
    }

    fn pair(&mut self, now: Timestamp, players: [PlayerId; 2], id: MatchId) -> FindOutcome {
        if self.pairings.len() >= self.settings.max_matches {
            return FindOutcome::AtCapacity(Capacity::Matches);
        }
        let of_both = |waiting: &mut Waiting| players.contains(&waiting.player);
        let mut tickets: Vec<Waiting> = self.waiting.extract_if(.., of_both).collect();
        let ticket = tickets.remove(0).ticket;
        let serial = self.next_serial();
        let waited = now.since(ticket.joined_at);
        let match_ =
            Match::restore(id, serial, ticket.key, players, now, waited, MatchStatus::Active).expect("two players");
        self.pairings.push(Pairing { match_: match_.clone(), settled: false });
        FindOutcome::Paired(match_)
    }

    fn join(&mut self, now: Timestamp, player: &PlayerId, key: &QueueKey, ended: &mut Vec<EndedTicket>) -> FindOutcome {
        if self.waiting.len() >= self.settings.max_waiting {
            ended.extend(self.end_overdue(now, 1));
        }
        if self.waiting.len() >= self.settings.max_waiting {
            return FindOutcome::AtCapacity(Capacity::Waiting);
        }
        let ticket = Ticket { key: key.clone(), serial: self.next_serial(), joined_at: now };
        let games = self.census().waiting_by_game;
        let mut waiting = Waiting { player: player.clone(), ticket: ticket.clone(), end: None, by_game: false };
        waiting.by_game = games.contains_key(&waiting.game()) || games.len() < Census::MAX_GAMES;
        self.waiting.push(waiting);
        self.renew(now, player);
        FindOutcome::Joined(ticket)
    }

    fn standing(&self, player: &PlayerId) -> Standing {
        if let Some(waiting) = self.waiting.iter().find(|waiting| waiting.player == *player) {
            return Standing::Waiting(waiting.ticket.clone());
        }
        let pairing = self.pairings.iter().find(|pairing| pairing.match_.players().contains(player));
        pairing.cloned().map_or(Standing::Idle, Standing::Matched)
    }

    /// Who waits under the key and may be paired, in the order in which they joined.
    fn pairable(&self, key: &QueueKey) -> Vec<PlayerId> {
        let here = self.waiting.iter().filter(|waiting| waiting.ticket.key == *key);
        here.filter(|waiting| self.may_be_paired(&waiting.player)).map(|waiting| waiting.player.clone()).collect()
    }

    fn may_be_paired(&self, player: &PlayerId) -> bool {
        self.is_connected(player) || !self.settings.pair_only_connected
    }

    fn is_connected(&self, player: &PlayerId) -> bool {
        self.sockets.iter().any(|(owner, _)| owner == player)
    }

    /// Begins the search time anew, for one who is not connected.
    fn renew(&mut self, now: Timestamp, player: &PlayerId) {
        if !self.is_connected(player) {
            self.set_end(player, Some((now.after(self.settings.search_time), EndReason::Expired)));
        }
    }

    fn set_end(&mut self, player: &PlayerId, end: Option<(Timestamp, EndReason)>) {
        for waiting in self.waiting.iter_mut().filter(|waiting| waiting.player == *player) {
            waiting.end = end;
        }
    }

    /// Ends the player's ticket if its time is over.
    fn end_own(&mut self, now: Timestamp, player: &PlayerId) -> Vec<EndedTicket> {
        let overdue = |waiting: &mut Waiting| waiting.player == *player && waiting.is_overdue(now);
        self.waiting.extract_if(.., overdue).filter_map(Waiting::into_ended).collect()
    }

    fn next_serial(&mut self) -> Serial {
        self.last_serial += 1;
        Serial(self.last_serial)
    }
}

impl Waiting {
    pub(crate) fn game(&self) -> (Game, Asset) {
        (self.ticket.key.game().clone(), self.ticket.key.stake().asset())
    }

    fn is_overdue(&self, now: Timestamp) -> bool {
        self.end.is_some_and(|(at, _)| at <= now)
    }

    fn into_ended(self) -> Option<EndedTicket> {
        self.end.map(|(_, reason)| EndedTicket { player: self.player, ticket: self.ticket, reason })
    }
}

/// The tables behind one lock.
struct NaiveQueueStore {
    clock: Arc<ManualClock>,
    tables: Mutex<Tables>,
}

impl NaiveQueueStore {
    fn decide<T>(&self, decision: impl FnOnce(&mut Tables, Timestamp) -> T) -> T {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Clock::now(&*self.clock);
        decision(&mut tables, now)
    }
}

#[async_trait]
impl QueueStore for NaiveQueueStore {
    async fn find(
        &self,
        player: &PlayerId,
        key: &QueueKey,
        new_match: MatchId,
    ) -> Result<Decided<FindOutcome>, PortError> {
        Ok(self.decide(|tables, now| tables.find(now, player, key, new_match)))
    }

    async fn look(&self, player: &PlayerId) -> Result<Decided<Standing>, PortError> {
        Ok(self.decide(|tables, now| tables.look(now, player)))
    }

    async fn leave(&self, player: &PlayerId) -> Result<Decided<LeaveOutcome>, PortError> {
        Ok(self.decide(|tables, now| tables.leave(now, player)))
    }

    async fn connect(
        &self,
        player: &PlayerId,
        socket: SocketId,
        new_match: MatchId,
    ) -> Result<Decided<ConnectOutcome>, PortError> {
        Ok(self.decide(|tables, now| tables.connect(now, player, socket, new_match)))
    }

    async fn disconnect(&self, player: &PlayerId, socket: SocketId) -> Result<(), PortError> {
        self.decide(|tables, now| tables.disconnect(now, player, socket));
        Ok(())
    }

    async fn settle(&self, match_: &Match) -> Result<SettleOutcome, PortError> {
        Ok(self.decide(|tables, _| tables.settle(match_)))
    }

    async fn release(&self, match_: &Match) -> Result<bool, PortError> {
        Ok(self.decide(|tables, _| tables.release(match_)))
    }

    async fn pairing(&self, match_: &Match) -> Result<Option<Pairing>, PortError> {
        Ok(self.decide(|tables, _| tables.pairing(match_)))
    }

    async fn unsettled(&self, age: Duration, after: Serial, limit: usize) -> Result<Vec<Pairing>, PortError> {
        Ok(self.decide(|tables, now| tables.unsettled(now, age, after, limit)))
    }

    async fn pairings(&self, after: Serial, limit: usize) -> Result<Vec<Pairing>, PortError> {
        Ok(self.decide(|tables, _| tables.pairings(after, limit)))
    }

    async fn end_overdue(&self, limit: usize) -> Result<Vec<EndedTicket>, PortError> {
        Ok(self.decide(|tables, now| tables.end_overdue(now, limit)))
    }

    async fn census(&self) -> Result<Census, PortError> {
        Ok(self.decide(|tables, _| tables.census()))
    }
}

struct Naive;

#[async_trait]
impl QueueStoreFixture for Naive {
    async fn open(&self, settings: QueueSettings) -> (Arc<dyn QueueStore>, Arc<dyn TestClock>) {
        let clock = Arc::new(ManualClock::default());
        let store = NaiveQueueStore { clock: clock.clone(), tables: Mutex::new(Tables::new(settings)) };
        (Arc::new(store), clock)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_naive_queue_store_fulfils_the_contract() {
    contract::queue_store(&Naive).await;
}
