use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use matchmaker::{
    adapters::ManualClock,
    domain::{
        Asset, Capacity, Census, Decided, EndReason, EndedTicket, FindOutcome, Match, MatchStatus, Pairing, PlayerId,
        QueueKey, Serial, Timestamp,
    },
    ports::Clock,
};

use super::{super::let_others_in, faults::Fault};
use crate::naive::queue_store::{Tables, Waiting};

pub(super) struct BrokenQueueStore {
    pub(super) fault: Fault,
    pub(super) clock: Arc<ManualClock>,
    pub(super) tables: Mutex<Tables>,
}

impl BrokenQueueStore {
    pub(super) fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    pub(super) fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn decide<T>(&self, decision: impl FnOnce(&mut Tables, Timestamp) -> T) -> T {
        let mut now = Clock::now(&*self.clock);
        if self.has(Fault::KeepsTimeInMilliseconds) {
            now = Timestamp::from_millis(now.as_micros() / 1_000);
        }
        if self.has(Fault::ReadsThenWrites) {
            let mut read = self.tables().clone();
            let answer = decision(&mut read, now);
            let_others_in().await;
            *self.tables() = read;
            return answer;
        }
        decision(&mut self.tables(), now)
    }

    /// What is wrong with the tables before a player's call.
    pub(super) fn spoil_before_find(&self, tables: &mut Tables, player: &PlayerId, key: &QueueKey) {
        for waiting in &mut tables.waiting {
            let own = waiting.player == *player;
            let revived = self.has(Fault::AskingRevives) && own
                || self.has(Fault::PairsTheOverdue) && !own && waiting.ticket.key == *key;
            if revived {
                waiting.end = None;
            }
        }
        if self.has(Fault::MovesTheTicketToAnotherKey) {
            tables.waiting.retain(|waiting| waiting.player != *player || waiting.ticket.key == *key);
        }
    }

    pub(super) fn spoil_after_find(
        &self,
        tables: &mut Tables,
        before: &Tables,
        (player, key): (&PlayerId, &QueueKey),
        decided: &mut Decided<FindOutcome>,
    ) {
        let outcome = &mut decided.outcome;
        match (self.fault, &mut *outcome) {
            (Fault::ForgetsNewTickets, FindOutcome::Joined(_)) => tables.waiting.clear(),
            (Fault::PutsTheNewcomerFirst, FindOutcome::Paired(match_)) => {
                *match_ = with_players_swapped(match_);
                tables.pairings.last_mut().expect("it was just paired").match_ = match_.clone();
            }
            (Fault::ARetryGetsANewTicket, FindOutcome::StillWaiting(ticket)) => {
                tables.last_serial += 1;
                ticket.serial = Serial(tables.last_serial);
                for waiting in tables.waiting.iter_mut().filter(|waiting| waiting.player == *player) {
                    waiting.ticket = ticket.clone();
                }
            }
            (Fault::ARetryBeginsTheWaitAnew, FindOutcome::StillWaiting(ticket)) => {
                ticket.joined_at = Clock::now(&*self.clock);
                for waiting in tables.waiting.iter_mut().filter(|waiting| waiting.player == *player) {
                    waiting.ticket = ticket.clone();
                }
            }
            (Fault::ForgetsTheWait, FindOutcome::Paired(match_)) => {
                *match_ = without_wait(match_);
                tables.pairings.last_mut().expect("it was just paired").match_ = match_.clone();
            }
            (Fault::LetsTheMatchedWaitElsewhere, FindOutcome::AlreadyMatched(pairing))
                if pairing.match_.key() != key =>
            {
                let pairings = std::mem::take(&mut tables.pairings);
                *decided = tables.find(Clock::now(&*self.clock), player, key, pairing.match_.id());
                tables.pairings.extend(pairings);
            }
            (Fault::MarksAsSettledAtOnce, FindOutcome::Paired(_)) => {
                tables.pairings.last_mut().expect("it was just paired").settled = true;
            }
            (Fault::OverdueTicketsTakeRoom, FindOutcome::Joined(_))
                if before.waiting.len() >= before.settings.max_waiting =>
            {
                *tables = before.clone();
                *decided = quiet(FindOutcome::AtCapacity(Capacity::Waiting));
            }
            (Fault::RefusesAfterTakingTheTicket, FindOutcome::AtCapacity(Capacity::Matches)) => {
                tables.waiting.retain(|waiting| waiting.ticket.key != *key);
            }
            (Fault::AskingDoesNotRenew, FindOutcome::StillWaiting(_) | FindOutcome::WaitingElsewhere(_)) => {
                restore_end(tables, before, player);
            }
            _ => self.spoil_sign_of_life(tables, before, player),
        }
    }

    pub(super) fn spoil_sign_of_life(&self, tables: &mut Tables, before: &Tables, player: &PlayerId) {
        let end = (Clock::now(&*self.clock).after(tables.settings.search_time), EndReason::Expired);
        let in_grace = before.waiting.iter().any(|waiting| {
            waiting.player == *player && waiting.end.is_some_and(|end| end.1 == EndReason::Disconnected)
        });
        if self.has(Fault::CallsSetADeadlineDespiteASocket) {
            for waiting in tables.waiting.iter_mut().filter(|waiting| waiting.player == *player) {
                waiting.end = Some(end);
            }
        }
        if self.has(Fault::CallsDoNotEndTheGrace) && in_grace {
            restore_end(tables, before, player);
        }
    }

    pub(super) fn limit(&self, limit: usize) -> usize {
        if self.has(Fault::IgnoresTheLimit) { usize::MAX } else { limit }
    }

    pub(super) fn cursor(&self, after: Serial) -> Serial {
        if self.has(Fault::IgnoresTheCursor) { Serial(0) } else { after }
    }

    pub(super) fn age(&self, age: Duration) -> Duration {
        match self.fault {
            Fault::IgnoresTheAge => Duration::ZERO,
            Fault::AgesAnInstantLate => age + Duration::from_micros(1),
            _ => age,
        }
    }

    /// Lists in the wrong order or leaves out; the naive store has neither cut nor sorted yet.
    pub(super) fn list(&self, mut pairings: Vec<Pairing>, limit: usize) -> Vec<Pairing> {
        if self.has(Fault::ListsTheLatestFirst) {
            pairings.reverse();
        }
        pairings.truncate(self.limit(limit));
        pairings
    }

    pub(super) fn spoil_census(&self, tables: &Tables, census: &mut Census) {
        let asset = |asset| if self.has(Fault::CountsAssetsTogether) { Asset::Usdt } else { asset };
        let told_apart = match self.fault {
            Fault::CountsAssetsTogether | Fault::TellsEveryGameApart => usize::MAX,
            Fault::CountsTheWaitingAnew => Census::MAX_GAMES,
            _ => return,
        };
        let mut by_game = BTreeMap::new();
        for (game, of) in tables.waiting.iter().map(Waiting::game) {
            *by_game.entry((game, asset(of))).or_default() += 1;
        }
        census.waiting_by_game = by_game.into_iter().take(told_apart).collect();
        census.waiting_elsewhere = census.waiting - census.waiting_by_game.values().sum::<usize>();
    }

    pub(super) fn confuse(&self, mut ended: Vec<EndedTicket>) -> Vec<EndedTicket> {
        if self.has(Fault::MixesUpReasons) {
            for ended in &mut ended {
                ended.reason = EndReason::Expired;
            }
        }
        ended
    }
}

pub(super) fn quiet<T>(outcome: T) -> Decided<T> {
    Decided { outcome, ended: Vec::new() }
}

pub(super) fn begin_search(tables: &mut Tables, now: Timestamp, player: &PlayerId) {
    let end = (now.after(tables.settings.search_time), EndReason::Expired);
    for waiting in tables.waiting.iter_mut().filter(|waiting| waiting.player == *player) {
        waiting.end = Some(end);
    }
}

pub(super) fn restore_end(tables: &mut Tables, before: &Tables, player: &PlayerId) {
    for waiting in tables.waiting.iter_mut().filter(|waiting| waiting.player == *player) {
        let earlier = before.waiting.iter().find(|earlier| earlier.ticket == waiting.ticket);
        if let Some(earlier) = earlier {
            waiting.end = earlier.end;
        }
    }
}

pub(super) fn without_wait(match_: &Match) -> Match {
    let (id, serial, players) = (match_.id(), match_.serial(), match_.players().clone());
    let (key, paired_at) = (match_.key().clone(), match_.paired_at());
    Match::restore(id, serial, key, players, paired_at, Duration::ZERO, MatchStatus::Active).expect("two players")
}

pub(super) fn with_players_swapped(match_: &Match) -> Match {
    let [first, second] = match_.players().clone();
    let (id, serial, paired_at, waited) = (match_.id(), match_.serial(), match_.paired_at(), match_.waited());
    Match::restore(id, serial, match_.key().clone(), [second, first], paired_at, waited, MatchStatus::Active)
        .expect("two players")
}
