use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use matchmaker::{
    adapters::ManualClock,
    domain::{
        Capacity, Census, Connected, Decided, EndReason, EndedTicket, FindOutcome, LeaveOutcome, Match, MatchId,
        MatchStatus, Pairing, PlayerId, QueueKey, QueueSettings, Serial, SocketId, Stake, Standing, Timestamp,
    },
    ports::{
        Clock, PortError, QueueStore,
        contract::{QueueStoreFixture, TestClock, queue_store::SUITE},
    },
};

use super::{expect_every_case_named, expect_reports};
use crate::naive::queue_store::Tables;

/// One way to get a queue store wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    ReadsThenWrites,
    ForgetsNewTickets,
    PutsTheNewcomerFirst,
    ARetryGetsANewTicket,
    MovesTheTicketToAnotherKey,
    LetsTheMatchedWaitElsewhere,
    TakesAmountsForFloats,
    LeavesTheTicketInTheQueue,
    LeavingEndsSomebodysTicket,
    LeavingBreaksTheMatch,
    RepeatsSerials,
    CountsPlayersForMatches,
    NeverMarksAsSettled,
    MarksAsSettledAtOnce,
    IgnoresTheAge,
    AgesAMillisecondLate,
    IgnoresTheCursor,
    IgnoresTheLimit,
    ListsTheLatestFirst,
    ListsSettledPairingsOnly,
    EveryReleaseIsTrue,
    ReleasesTheSameStatusOnly,
    SettlesBySerial,
    ReleasesByPlayers,
    SettlingStandsThemUpAgain,
    ReleasingClosesSockets,
    ConnectingSaysIdle,
    ConnectingLeavesTheDeadline,
    CallsSetADeadlineDespiteASocket,
    GraceIsAMillisecondLonger,
    CallsDoNotEndTheGrace,
    EveryClosingBeginsTheGrace,
    KeepsOlderSockets,
    DisconnectingBreaksTheMatch,
    SearchTimeIsAMillisecondLonger,
    LookingDoesNotRenew,
    AskingDoesNotRenew,
    MixesUpReasons,
    FindingIsSilentAboutEnds,
    ConnectingIsSilentAboutEnds,
    LookingReportsAndKeeps,
    PairsTheOverdue,
    AskingRevives,
    LeavingComesBeforeTheDeadline,
    EndsInTheOrderOfTickets,
    DoesNotBoundWaiting,
    TheBoundComesFirst,
    OverdueTicketsTakeRoom,
    DoesNotBoundMatches,
    RefusesAfterTakingTheTicket,
}

const RANDOM: &str = "random_histories_are_answered_as_the_policy_does";

/// Each fault, and the cases that must report it.
const FAULTS: &[(Fault, &[&str])] = &[
    (
        Fault::ReadsThenWrites,
        &[
            "simultaneous_duplicates_get_one_ticket",
            "everybody_on_one_key_is_in_exactly_one_match",
            "nobody_gets_two_standings",
            "leaving_and_being_paired_exclude_each_other",
            "one_of_several_releases_frees_the_players",
            "one_of_several_sweeps_reports_an_end",
            "simultaneous_connections_get_distinct_serials",
            "the_bounds_hold_under_a_rush",
        ],
    ),
    (Fault::ForgetsNewTickets, &["the_first_to_ask_waits", RANDOM]),
    (Fault::PutsTheNewcomerFirst, &["the_second_to_ask_is_paired_with_the_first", RANDOM]),
    (Fault::ARetryGetsANewTicket, &["a_retry_keeps_the_ticket", RANDOM]),
    (Fault::MovesTheTicketToAnotherKey, &["who_waits_elsewhere_is_told_where", RANDOM]),
    (Fault::LetsTheMatchedWaitElsewhere, &["who_is_matched_is_told_his_match", RANDOM]),
    (Fault::TakesAmountsForFloats, &["only_equal_keys_are_paired"]),
    (Fault::LeavesTheTicketInTheQueue, &["who_left_is_not_paired", RANDOM]),
    (Fault::LeavingEndsSomebodysTicket, &["leaving_again_changes_nothing", RANDOM]),
    (Fault::LeavingBreaksTheMatch, &["who_is_matched_cannot_leave", RANDOM]),
    (Fault::RepeatsSerials, &["serials_are_strictly_increasing", "connecting_again_counts_once", RANDOM]),
    (Fault::CountsPlayersForMatches, &["the_census_counts", RANDOM]),
    (Fault::NeverMarksAsSettled, &["a_pairing_is_unsettled_until_it_is_settled", RANDOM]),
    (Fault::MarksAsSettledAtOnce, &["a_pairing_is_unsettled_until_it_is_settled", RANDOM]),
    (Fault::IgnoresTheAge, &["unsettled_pairings_are_listed_from_their_age_on", RANDOM]),
    (Fault::AgesAMillisecondLate, &["unsettled_pairings_are_listed_from_their_age_on", RANDOM]),
    (Fault::IgnoresTheCursor, &["unsettled_pairings_are_listed_in_order", "pairings_are_listed_in_order", RANDOM]),
    (
        Fault::IgnoresTheLimit,
        &[
            "unsettled_pairings_are_listed_in_order",
            "pairings_are_listed_in_order",
            "overdue_tickets_end_in_order",
            RANDOM,
        ],
    ),
    (Fault::ListsTheLatestFirst, &["unsettled_pairings_are_listed_in_order", "pairings_are_listed_in_order", RANDOM]),
    (Fault::ListsSettledPairingsOnly, &["pairings_are_listed_in_order", RANDOM]),
    (Fault::EveryReleaseIsTrue, &["a_release_frees_both", RANDOM]),
    (Fault::ReleasesTheSameStatusOnly, &["a_match_is_known_by_its_id"]),
    (Fault::SettlesBySerial, &["a_match_is_known_by_its_id"]),
    (Fault::ReleasesByPlayers, &["a_late_release_leaves_a_new_match_alone", RANDOM]),
    (Fault::SettlingStandsThemUpAgain, &["settling_after_the_release_changes_nothing", RANDOM]),
    (Fault::ReleasingClosesSockets, &["a_release_leaves_sockets_alone", RANDOM]),
    (Fault::ConnectingSaysIdle, &["connecting_tells_the_standing", RANDOM]),
    (
        Fault::ConnectingLeavesTheDeadline,
        &["with_a_socket_a_ticket_does_not_end", "a_new_socket_within_the_grace_keeps_the_ticket", RANDOM],
    ),
    (
        Fault::CallsSetADeadlineDespiteASocket,
        &["with_a_socket_a_ticket_does_not_end", "a_socket_counts_from_before_the_ticket", RANDOM],
    ),
    (Fault::GraceIsAMillisecondLonger, &["a_closed_socket_leaves_the_grace", RANDOM]),
    (Fault::CallsDoNotEndTheGrace, &["a_call_within_the_grace_begins_the_search_time", RANDOM]),
    (
        Fault::EveryClosingBeginsTheGrace,
        &[
            "the_closing_of_an_older_socket_has_no_effect",
            "the_closing_of_another_socket_has_no_effect",
            "a_second_closing_does_not_begin_the_grace_anew",
            RANDOM,
        ],
    ),
    (Fault::KeepsOlderSockets, &["connecting_again_counts_once", RANDOM]),
    (Fault::DisconnectingBreaksTheMatch, &["a_match_does_not_end_with_its_sockets", RANDOM]),
    (Fault::SearchTimeIsAMillisecondLonger, &["a_ticket_ends_after_the_search_time", RANDOM]),
    (Fault::LookingDoesNotRenew, &["a_call_begins_the_search_time_anew", RANDOM]),
    (Fault::AskingDoesNotRenew, &["a_call_begins_the_search_time_anew", RANDOM]),
    (Fault::MixesUpReasons, &["every_verb_reports_the_end_of_the_callers_ticket", RANDOM]),
    (Fault::FindingIsSilentAboutEnds, &["every_verb_reports_the_end_of_the_callers_ticket", RANDOM]),
    (Fault::ConnectingIsSilentAboutEnds, &["every_verb_reports_the_end_of_the_callers_ticket", RANDOM]),
    (Fault::LookingReportsAndKeeps, &["every_end_is_reported_once", RANDOM]),
    (Fault::PairsTheOverdue, &["an_overdue_opponent_is_not_paired", RANDOM]),
    (Fault::AskingRevives, &["who_asks_after_the_end_gets_a_new_ticket", RANDOM]),
    (Fault::LeavingComesBeforeTheDeadline, &["who_leaves_after_the_end_did_not_leave", RANDOM]),
    (Fault::EndsInTheOrderOfTickets, &["overdue_tickets_end_in_order", RANDOM]),
    (Fault::DoesNotBoundWaiting, &["at_the_bound_nobody_new_waits", RANDOM]),
    (Fault::TheBoundComesFirst, &["at_the_bound_the_rest_goes_on", RANDOM]),
    (Fault::OverdueTicketsTakeRoom, &["overdue_tickets_make_room", "an_overdue_opponent_makes_room", RANDOM]),
    (Fault::DoesNotBoundMatches, &["at_the_bound_on_matches_nobody_is_paired", RANDOM]),
    (Fault::RefusesAfterTakingTheTicket, &["at_the_bound_on_matches_nobody_is_paired", RANDOM]),
];

struct BrokenQueueStore {
    fault: Fault,
    clock: Arc<ManualClock>,
    tables: Mutex<Tables>,
}

impl BrokenQueueStore {
    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn decide<T>(&self, decision: impl FnOnce(&mut Tables, Timestamp) -> T) -> T {
        let now = Clock::now(&*self.clock);
        if self.has(Fault::ReadsThenWrites) {
            let mut read = self.tables().clone();
            let answer = decision(&mut read, now);
            tokio::task::yield_now().await;
            *self.tables() = read;
            return answer;
        }
        decision(&mut self.tables(), now)
    }

    /// What is wrong with the tables before a player's call.
    fn spoil_before_find(&self, tables: &mut Tables, player: &PlayerId, key: &QueueKey) {
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

    fn spoil_after_find(
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
                *match_ = Arc::new(with_players_swapped(match_));
                tables.pairings.last_mut().expect("it was just paired").match_ = Arc::clone(match_);
            }
            (Fault::ARetryGetsANewTicket, FindOutcome::StillWaiting(ticket)) => {
                tables.last_serial += 1;
                ticket.serial = Serial(tables.last_serial);
                for waiting in tables.waiting.iter_mut().filter(|waiting| waiting.player == *player) {
                    waiting.ticket = ticket.clone();
                }
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

    fn spoil_sign_of_life(&self, tables: &mut Tables, before: &Tables, player: &PlayerId) {
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

    fn limit(&self, limit: usize) -> usize {
        if self.has(Fault::IgnoresTheLimit) { usize::MAX } else { limit }
    }

    fn cursor(&self, after: Serial) -> Serial {
        if self.has(Fault::IgnoresTheCursor) { Serial(0) } else { after }
    }

    fn age(&self, age: Duration) -> Duration {
        match self.fault {
            Fault::IgnoresTheAge => Duration::ZERO,
            Fault::AgesAMillisecondLate => age + Duration::from_millis(1),
            _ => age,
        }
    }

    /// Lists in the wrong order or leaves out; the naive store has neither cut nor sorted yet.
    fn list(&self, mut pairings: Vec<Pairing>, limit: usize) -> Vec<Pairing> {
        if self.has(Fault::ListsTheLatestFirst) {
            pairings.reverse();
        }
        pairings.truncate(self.limit(limit));
        pairings
    }

    fn confuse(&self, mut ended: Vec<EndedTicket>) -> Vec<EndedTicket> {
        if self.has(Fault::MixesUpReasons) {
            for ended in &mut ended {
                ended.reason = EndReason::Expired;
            }
        }
        ended
    }
}

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
            let mut decided = tables.find(now, player, key, id);
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

    async fn connect(&self, player: &PlayerId, socket: SocketId) -> Result<Decided<Connected>, PortError> {
        let decided = self.decide(|tables, now| {
            let before = tables.clone();
            let mut decided = tables.connect(now, player, socket);
            match self.fault {
                Fault::ConnectingSaysIdle => decided.outcome.standing = Standing::Idle,
                Fault::ConnectingLeavesTheDeadline => restore_end(tables, &before, player),
                Fault::KeepsOlderSockets => {
                    tables.sockets.extend(before.sockets.into_iter().filter(|(owner, _)| owner == player));
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
                tables.connect(now, player, socket);
            }
            if self.has(Fault::DisconnectingBreaksTheMatch) {
                tables.pairings.retain(|pairing| !pairing.match_.players().contains(player));
            }
            tables.disconnect(now, player, socket);
        });
        done.await;
        Ok(())
    }

    async fn settle(&self, match_: &Match) -> Result<bool, PortError> {
        let stood = self.decide(|tables, _| match self.fault {
            Fault::NeverMarksAsSettled => tables.pairing(match_).is_some(),
            Fault::SettlesBySerial => {
                for pairing in &mut tables.pairings {
                    pairing.settled |= pairing.match_.serial() == match_.serial();
                }
                tables.settle(match_)
            }
            Fault::SettlingStandsThemUpAgain if !tables.settle(match_) => {
                tables.pairings.push(Pairing { match_: Arc::new(match_.clone()), settled: true });
                false
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
        let census = self.tables().census();
        let players_a_match = if self.has(Fault::CountsPlayersForMatches) { 2 } else { 1 };
        Ok(Census { matches: census.matches * players_a_match, ..census })
    }
}

fn quiet<T>(outcome: T) -> Decided<T> {
    Decided { outcome, ended: Vec::new() }
}

fn restore_end(tables: &mut Tables, before: &Tables, player: &PlayerId) {
    for waiting in tables.waiting.iter_mut().filter(|waiting| waiting.player == *player) {
        let earlier = before.waiting.iter().find(|earlier| earlier.ticket == waiting.ticket);
        if let Some(earlier) = earlier {
            waiting.end = earlier.end;
        }
    }
}

fn with_players_swapped(match_: &Match) -> Match {
    let [first, second] = match_.players().clone();
    let (id, serial, paired_at) = (match_.id(), match_.serial(), match_.paired_at());
    Match::restore(id, serial, match_.key().clone(), [second, first], paired_at, MatchStatus::Active)
        .expect("two players")
}

/// What becomes of a key whose amount is kept as a float.
pub(super) fn through_a_float(key: &QueueKey) -> QueueKey {
    let amount: f64 = key.stake().amount().to_string().parse().expect("an amount is a number");
    let stake = Stake::parse(key.stake().asset(), &amount.to_string()).expect("a rounded amount is one still");
    QueueKey::new(key.game().clone(), stake)
}

struct Broken(Fault);

#[async_trait]
impl QueueStoreFixture for Broken {
    async fn open(&self, mut settings: QueueSettings) -> (Arc<dyn QueueStore>, Arc<dyn TestClock>) {
        let Self(fault) = *self;
        match fault {
            Fault::GraceIsAMillisecondLonger => settings.disconnect_grace += Duration::from_millis(1),
            Fault::SearchTimeIsAMillisecondLonger => settings.search_time += Duration::from_millis(1),
            Fault::DoesNotBoundWaiting => settings.max_waiting = usize::MAX,
            Fault::DoesNotBoundMatches => settings.max_matches = usize::MAX,
            _ => {}
        }
        let clock = Arc::new(ManualClock::default());
        let tables = Mutex::new(Tables::new(settings));
        (Arc::new(BrokenQueueStore { fault, clock: clock.clone(), tables }), clock)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_queue_store_is_reported_by_the_cases_that_are_about_it() {
    expect_reports(&SUITE, FAULTS, |fault| Box::new(Broken(fault))).await;
}

#[test]
fn every_case_of_the_queue_stores_contract_reports_some_fault() {
    expect_every_case_named(&SUITE, FAULTS);
}
