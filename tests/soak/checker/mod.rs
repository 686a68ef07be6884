//! Checks the guarantees from what the players see, and from that alone.
//!
//! Every event has a moment: its place in the order in which the checker is told. What is sent is told before it leaves,
//! what is received after it came, so whatever the server did for a call lies between the two moments. The checker only
//! speaks up when no order of the server's doings within these bounds would keep the promise.
//!
//! Several servers on one Redis promise the same, and whichever of them a call or a socket is at, its part lies between the two
//! moments just so: Redis decides, and an answer is given after it has. So no rule is weaker there. Three things are other:
//! a call may be put off (see [`FindAnswer::PutOff`]), which the specification allows while a store cannot be asked, so that is
//! counted and bounded; limits are each server's own, so nothing is expected of who is refused by them; and their logs
//! have no common order, so they are added up.

mod ask;
mod calls;
mod event;
mod log;
mod match_;
mod player;
mod presence;
mod pushes;
mod queues;
mod sightings;
mod violation;

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

pub(crate) use event::{
    Call, Document, Event, FindAnswer, KeyNumber, LeaveAnswer, LookAnswer, MatchId, PlayerNumber, Reason, SocketNumber,
    Status,
};
pub(crate) use log::Line;
pub(crate) use violation::{Promise, Violation};

use log::Log;
use match_::Match;
use player::Player;
use queues::Queue;

/// The place of an event in the order of all.
type Moment = u64;

/// How long after a match was asked to finish something of it may still be under way to a player.
const AFTERMATH: Duration = Duration::from_secs(15);

/// How many violations are kept; the rest are counted.
const KEPT_VIOLATIONS: usize = 10;

/// In so many events, some two for each call, one call may be put off.
const EVENTS_FOR_ONE_PUT_OFF: u64 = 1000;

/// How much earlier than promised a finished match may be gone: the times are taken on this side of the network.
const RETENTION_MARGIN: Duration = Duration::from_secs(1);

/// What a checker goes by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// How long a finished match can be read.
    pub(crate) retention: Duration,
    /// How long a push may take that is to come at once. Generous: a busy machine must not look like a broken promise.
    pub(crate) telling: Duration,
    /// Whether only players who are connected are paired, and the others may wait side by side.
    pub(crate) pair_only_connected: bool,
    /// Whether the servers keep everything in Redis, where a call can be put off that memory serves.
    pub(crate) on_redis: bool,
}

/// Follows every player and every match.
pub(crate) struct Checker {
    rules: Rules,
    now: Duration,
    moment: Moment,
    players: Vec<Player>,
    matches: HashMap<MatchId, Match>,
    queues: Vec<Queue>,
    log: Log,
    /// When it is looked whether both players of a match were told.
    telling: VecDeque<(Duration, MatchId)>,
    /// When it is looked whether a greeting was followed by its match; which is told by the moment of the registration.
    greetings: VecDeque<(Duration, PlayerNumber, SocketNumber, Moment)>,
    /// When a match is forgotten.
    forgetting: VecDeque<(Duration, MatchId)>,
    /// Tickets that were gone when their players looked, and when the reason must have come out.
    vanished: VecDeque<(Duration, PlayerNumber, Moment)>,
    violations: Vec<Violation>,
    counts: Counts,
    latencies: Vec<Duration>,
}

/// How much was checked.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) events: u64,
    pub(crate) matches: u64,
    pub(crate) finished: u64,
    pub(crate) found_told: u64,
    pub(crate) told_in_time: u64,
    pub(crate) read: u64,
    pub(crate) left: u64,
    pub(crate) leaves_too_late: u64,
    pub(crate) conflicts: u64,
    pub(crate) meddling_refused: u64,
    pub(crate) registered: u64,
    pub(crate) registered_matched: u64,
    pub(crate) waits_compared: u64,
    /// Of those, the ones in which somebody may have been away.
    pub(crate) passed_over: u64,
    /// Calls and registrations that were answered `store_unavailable`.
    pub(crate) put_off: u64,
    /// Lines of the logs of several servers.
    pub(crate) lines: u64,
    pub(crate) violations: u64,
}

impl Checker {
    pub(crate) fn new(players: u32, keys: u32, rules: Rules) -> Self {
        Self {
            rules,
            now: Duration::ZERO,
            moment: 0,
            players: (0..players).map(|_| Player::default()).collect(),
            matches: HashMap::new(),
            queues: (0..keys).map(|_| Queue::default()).collect(),
            log: Log::default(),
            telling: VecDeque::new(),
            greetings: VecDeque::new(),
            forgetting: VecDeque::new(),
            vanished: VecDeque::new(),
            violations: Vec::new(),
            counts: Counts::default(),
            latencies: Vec::new(),
        }
    }

    /// Something happened to a player at this time, which never runs backwards.
    pub(crate) fn observe(&mut self, now: Duration, player: PlayerNumber, event: Event) {
        self.pass(now);
        self.moment += 1;
        self.counts.events += 1;
        self.player(player).remember(now, event);
        match event {
            Event::Asks { call, key } => self.asks(player, call, key),
            Event::Asked { call, answer } => self.asked(player, call, answer),
            Event::Leaves { call } => self.leaves(player, call),
            Event::Left { call, answer } => self.left(player, call, answer),
            Event::Looks { call } | Event::Reads { call, .. } => self.calls(player, call),
            Event::Looked { call, answer } => self.looked(player, call, answer),
            Event::Read { call, id, document } => self.read(player, call, id, document),
            Event::Finishes { call, id } => self.finishes(player, call, id),
            Event::Finished { call, id, document } => self.finished(player, call, id, document),
            Event::Registers { socket } => self.registers(player, socket),
            Event::Registered { socket, status } => self.registered(player, socket, status),
            Event::ToldFound { socket, id, key, opponent } => self.told_found(player, socket, id, key, opponent),
            Event::ToldFinished { socket, id } => self.told_finished(player, socket, id),
            Event::ToldSearchEnded { socket, reason } => self.told_search_ended(player, socket, reason),
            Event::Closed { socket } => self.closed(player, socket),
            Event::Settled => {
                let moment = self.moment;
                self.player(player).asks.settle(moment);
            }
        }
    }

    /// Time passes: looks whether what was due has happened, and forgets what is long over.
    pub(crate) fn pass(&mut self, now: Duration) {
        self.now = self.now.max(now);
        let now = self.now;
        while let Some((_, id)) = self.telling.pop_front_if(|(at, ..)| *at <= now) {
            self.check_told(id);
        }
        while let Some((_, player, socket, registered)) = self.greetings.pop_front_if(|(at, ..)| *at <= now) {
            self.check_greeting(player, socket, registered);
        }
        while let Some((_, player, ask_sent)) = self.vanished.pop_front_if(|(at, ..)| *at <= now) {
            self.check_vanished(player, ask_sent);
        }
        while let Some((_, id)) = self.forgetting.pop_front_if(|(at, ..)| *at <= now) {
            self.matches.remove(&id);
        }
    }

    /// Something that no player's rule covers went wrong, such as a call without an answer.
    pub(crate) fn complain(&mut self, promise: Promise, player: Option<PlayerNumber>, what: impl Into<String>) {
        self.violated(promise, player.as_slice(), what.into());
    }

    /// Somebody was refused what is not his to do.
    pub(crate) fn note_meddling(&mut self) {
        self.counts.meddling_refused += 1;
    }

    /// Redis could not be asked in time, and somebody is to repeat his call.
    pub(crate) fn note_put_off(&mut self) {
        self.counts.put_off += 1;
    }

    /// That calls are put off is promised for a store that is away, and nobody has taken it away: on a machine that is too busy
    /// one call in many may meet with it.
    pub(crate) fn check_put_off(&mut self) {
        let Counts { events, put_off, .. } = self.counts;
        if put_off * EVENTS_FOR_ONE_PUT_OFF > events {
            self.violated(Promise::Served, &[], format!("{put_off} calls were put off, in {events} events"));
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    /// Takes the times from the second ask to both told, since they were last taken.
    pub(crate) fn take_latencies(&mut self) -> Vec<Duration> {
        std::mem::take(&mut self.latencies)
    }

    /// Takes the violations that were kept since they were last taken.
    pub(crate) fn take_violations(&mut self) -> Vec<Violation> {
        std::mem::take(&mut self.violations)
    }

    /// How many matches are remembered.
    pub(crate) fn remembered(&self) -> usize {
        self.matches.len()
    }

    fn player(&mut self, player: PlayerNumber) -> &mut Player {
        &mut self.players[player.0 as usize]
    }

    fn violated(&mut self, promise: Promise, concerned: &[PlayerNumber], what: String) {
        self.counts.violations += 1;
        if self.violations.len() >= KEPT_VIOLATIONS {
            return;
        }
        let mut history = vec![format!("at {:.6}", self.now.as_secs_f64())];
        for player in concerned {
            history.push(format!("player {}:", player.0));
            history.extend(self.players[player.0 as usize].history());
        }
        self.violations.push(Violation { promise, what, history });
    }
}
