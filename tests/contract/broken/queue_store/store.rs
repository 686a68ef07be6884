use std::time::Duration;

use async_trait::async_trait;
use matchmaker::{
    domain::{
        Capacity, Census, ConnectOutcome, Decided, EndedTicket, FindOutcome, LeaveOutcome, Match, MatchId, Pairing,
        PlayerId, QueueKey, Serial, SettleOutcome, SocketId, Standing,
    },
    ports::{Clock, PortError, QueueStore},
};

use super::{
    faults::Fault,
    spoiling::{BrokenQueueStore, quiet, restore_end},
    through_a_float,
};

#[async_trait]
impl QueueStore for BrokenQueueStore {
    async fn find(&self, player: &PlayerId, key: &QueueKey, id: MatchId) -> Result<Decided<FindOutcome>, PortError> {
        let key = &if self.has(Fault::TakesAmountsForFloats) { through_a_float(key) } else { key.clone() };
        let decided = self.decide(|tables, now| {
            if self.has(Fault::TheBoundComesFirst) && tables.waiting.len() >= tables.settings.max_waiting {
                return quiet(FindOutcome::AtCapacity(Capacity::Waiting));
            }
            let before = tables.clone();
            self.spoil_before_find(tables, player, key);
            let mut decided = self.find_despite_absence(tables, now, (player, key), id);
            self.spoil_after_find(tables, &before, (player, key), &mut decided);
            decided
        });
        let Decided { outcome, mut ended } = decided.await;
        if self.has(Fault::FindingIsSilentAboutEnds) {
            ended.clear();
        }
        Ok(Decided { outcome, ended: self.confuse(ended) })
    }

    async fn look(&self, player: &PlayerId) -> Result<Decided<Standing>, PortError> {
        let decided = self.decide(|tables, now| {
            let before = tables.clone();
            let Decided { outcome, ended } = tables.look(now, player);
            self.spoil_sign_of_life(tables, &before, player);
            match self.fault {
                Fault::LookingReportsAndKeeps if !ended.is_empty() => *tables = before,
                Fault::LookingDoesNotRenew => restore_end(tables, &before, player),
                _ => {}
            }
            Decided { outcome, ended: self.confuse(ended) }
        });
        Ok(decided.await)
    }

    async fn leave(&self, player: &PlayerId) -> Result<Decided<LeaveOutcome>, PortError> {
        let decided = self.decide(|tables, now| {
            let before = tables.clone();
            if self.has(Fault::LeavingComesBeforeTheDeadline) {
                tables.waiting.iter_mut().for_each(|waiting| waiting.end = None);
            }
            let mut decided = tables.leave(now, player);
            self.spoil_leave(tables, &before, player);
            match (self.fault, &decided.outcome) {
                (Fault::LeavesTheTicketInTheQueue, LeaveOutcome::Left(_)) => *tables = before,
                (Fault::LeavingEndsSomebodysTicket, LeaveOutcome::NotWaiting) => tables.waiting.truncate(0),
                (Fault::LeavingBreaksTheMatch, LeaveOutcome::AlreadyMatched(pairing)) => {
                    tables.release(&pairing.match_);
                    decided.outcome = LeaveOutcome::NotWaiting;
                }
                _ => {}
            }
            Decided { ended: self.confuse(decided.ended), ..decided }
        });
        Ok(decided.await)
    }

    async fn connect(
        &self,
        player: &PlayerId,
        socket: SocketId,
        id: MatchId,
    ) -> Result<Decided<ConnectOutcome>, PortError> {
        let decided = self.decide(|tables, now| {
            let before = tables.clone();
            self.spoil_before_connect(tables, player);
            let mut decided = tables.connect(now, player, socket, id);
            self.spoil_pairing_on_connect(tables, &before, (player, socket), &mut decided.outcome);
            match self.fault {
                Fault::ConnectingSaysIdle => {
                    if let ConnectOutcome::Connected(connected) = &mut decided.outcome {
                        connected.standing = Standing::Idle;
                    }
                }
                Fault::ConnectingLeavesTheDeadline => restore_end(tables, &before, player),
                Fault::TheLatestSocketAloneCounts => {
                    tables.sockets.retain(|(owner, own)| owner != player || *own == socket);
                }
                Fault::CountsEveryConnection => {
                    tables
                        .sockets
                        .extend(before.sockets.into_iter().filter(|(owner, own)| owner == player && *own == socket));
                }
                Fault::RepeatsSerials => tables.last_serial -= 1,
                Fault::ConnectingIsSilentAboutEnds => decided.ended.clear(),
                _ => {}
            }
            Decided { ended: self.confuse(decided.ended), ..decided }
        });
        Ok(decided.await)
    }

    async fn disconnect(&self, player: &PlayerId, socket: SocketId) -> Result<(), PortError> {
        let done = self.decide(|tables, now| {
            if self.has(Fault::EveryClosingBeginsTheGrace) {
                tables.sockets.retain(|(owner, _)| owner != player);
                tables.connect(now, player, socket, MatchId::from_uuid(uuid::Uuid::nil()));
            }
            if self.has(Fault::DisconnectingBreaksTheMatch) {
                tables.pairings.retain(|pairing| !pairing.match_.players().contains(player));
            }
            if !self.keeps_socket(tables, player) {
                tables.disconnect(now, player, socket);
            }
        });
        done.await;
        Ok(())
    }

    async fn settle(&self, match_: &Match) -> Result<SettleOutcome, PortError> {
        let stood = self.decide(|tables, _| match self.fault {
            Fault::NeverMarksAsSettled => match tables.pairing(match_) {
                Some(_) => SettleOutcome::Settled,
                None => SettleOutcome::NotStanding,
            },
            Fault::EverySettlingIsTheFirst => match tables.settle(match_) {
                SettleOutcome::AlreadySettled => SettleOutcome::Settled,
                outcome => outcome,
            },
            Fault::SettlesBySerial => {
                for pairing in &mut tables.pairings {
                    pairing.settled |= pairing.match_.serial() == match_.serial();
                }
                tables.settle(match_)
            }
            Fault::SettlingStandsThemUpAgain if tables.pairing(match_).is_none() => {
                tables.pairings.push(Pairing { match_: match_.clone(), settled: true });
                SettleOutcome::NotStanding
            }
            _ => tables.settle(match_),
        });
        Ok(stood.await)
    }

    async fn release(&self, match_: &Match) -> Result<bool, PortError> {
        let stood = self.decide(|tables, _| match self.fault {
            Fault::EveryReleaseIsTrue => {
                tables.release(match_);
                true
            }
            Fault::ReleasesTheSameStatusOnly if match_.is_finished() => false,
            Fault::ReleasesByPlayers => {
                let stood = tables.pairings.iter().position(|pairing| pairing.match_.players() == match_.players());
                stood.map(|place| tables.pairings.remove(place)).is_some()
            }
            Fault::ReleasingClosesSockets => {
                tables.sockets.retain(|(owner, _)| !match_.players().contains(owner));
                tables.release(match_)
            }
            _ => tables.release(match_),
        });
        Ok(stood.await)
    }

    async fn pairing(&self, match_: &Match) -> Result<Option<Pairing>, PortError> {
        Ok(self.tables().pairing(match_))
    }

    async fn unsettled(&self, age: Duration, after: Serial, limit: usize) -> Result<Vec<Pairing>, PortError> {
        let now = Clock::now(&*self.clock);
        let unsettled = self.tables().unsettled(now, self.age(age), self.cursor(after), usize::MAX);
        Ok(self.list(unsettled, limit))
    }

    async fn pairings(&self, after: Serial, limit: usize) -> Result<Vec<Pairing>, PortError> {
        let mut pairings = self.tables().pairings(self.cursor(after), usize::MAX);
        pairings.retain(|pairing| pairing.settled || !self.has(Fault::ListsSettledPairingsOnly));
        Ok(self.list(pairings, limit))
    }

    async fn end_overdue(&self, limit: usize) -> Result<Vec<EndedTicket>, PortError> {
        let ended = self.decide(|tables, now| {
            if !self.has(Fault::EndsInTheOrderOfTickets) {
                return tables.end_overdue(now, self.limit(limit));
            }
            let mut all = tables.clone().end_overdue(now, usize::MAX);
            all.sort_by_key(|ended| ended.ticket.serial);
            all.truncate(limit);
            tables.waiting.retain(|waiting| all.iter().all(|ended| ended.player != waiting.player));
            all
        });
        Ok(self.confuse(ended.await))
    }

    async fn census(&self) -> Result<Census, PortError> {
        let tables = self.tables();
        let mut census = tables.census();
        if self.has(Fault::CountsSocketsForPlayers) {
            census.connected = tables.sockets.len();
        }
        self.spoil_census(&tables, &mut census);
        let players_a_match = if self.has(Fault::CountsPlayersForMatches) { 2 } else { 1 };
        Ok(Census { matches: census.matches * players_a_match, ..census })
    }
}
