//! Memory beside Redis: the same calls of a server by itself, of one on a Redis, and of two that share it.

pub(crate) mod bytes;
pub(crate) mod commands;
pub(crate) mod nodes;
pub(crate) mod store;
mod tables;
mod verbs;

use std::time::Duration;

use nodes::{Nodes, Work};
use store::Store;

use crate::{
    asking::{Asking, Under},
    closed,
    crowd::Crowd,
    engine::{Engine, Outcome},
    matches::micros,
    options::Options,
    places::Places,
    play::Pace,
    report::Report,
    rounds::{Cost, order},
    subject::Subject,
};

/// How many matches are made one at a time, in a round.
const ONE_AT_A_TIME: usize = 1500;

/// How many windows are played at the greatest rate, in a round.
const WINDOWS: usize = 2;

/// How often one round is begun anew.
const MOST_LATE: u32 = 2;

/// How long each is called before it is measured, of the time that it is.
const WARM_UP: u32 = 5;

/// For how many times as long as calls are made it is looked at what servers do by themselves; and for how many seconds at least,
/// since they do most of it once a second.
const IDLE: u32 = 2;
const LEAST_IDLE: u64 = 2;

/// All who are to wait are let in.
const FLAGS: &[&str] = &["--max-waiting=10000000", "--max-matches=10000000"];

/// What a match takes in the store at least: a call of a function for each player. Fewer are not possible, so
/// that a smaller count would be a mistake in the counting.
const LEAST_CALLS: u64 = 2;

/// What servers keep everything in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    InMemory,
    /// In a Redis that so many servers share.
    InRedis(usize),
}

const KINDS: [(Kept, &str); 3] =
    [(Kept::InMemory, "memory"), (Kept::InRedis(1), "Redis, one server"), (Kept::InRedis(2), "Redis, two servers")];

/// What is measured in each round.
struct Lane<'a> {
    name: String,
    subject: &'a Subject,
    kept: Kept,
    rounds: Rounds,
}

/// What one thing takes, a number for each round.
#[derive(Clone, Debug, Default)]
struct Each {
    servers: Cost,
    store: Cost,
    calls: Vec<f64>,
    reads: Vec<f64>,
    within: Vec<f64>,
}

/// What the rounds of one lane came to.
#[derive(Clone, Debug, Default)]
struct Rounds {
    request_rate: Vec<f64>,
    request: Each,
    registration: Each,
    alone_p50: Vec<f64>,
    alone_p99: Vec<f64>,
    alone: Each,
    match_rate: Vec<f64>,
    match_: Each,
    finish: Each,
    idle: Each,
}

pub(crate) fn measure(options: &Options, subjects: &[Subject]) -> Outcome<Report> {
    if let Some(chosen) = subjects.iter().find_map(|subject| subject.value_of("--store")) {
        return Err(format!("servers whose --store is chosen for each: leave {chosen} out").into());
    }
    let mut lanes = Vec::new();
    for subject in subjects {
        lanes.extend(KINDS.map(|(kept, name)| {
            let name = if subjects.len() == 1 { name.to_owned() } else { format!("{}: {name}", subject.name) };
            Lane { name, subject, kept, rounds: Rounds::default() }
        }));
    }
    let mut late = 0;
    for round in 0..options.rounds {
        for index in order(round, lanes.len()) {
            late += lanes[index].add_round(options)?;
        }
    }
    let tables = vec![tables::of(options, &lanes, late), verbs::measure(options, &lanes)?];
    let mut report = Report { tables, ..Report::default() };
    for subject in subjects {
        report.tables.push(subject.named(bytes::measure(options, subject))?);
    }
    Ok(report)
}

impl Lane<'_> {
    /// Adds a round; how often it was begun anew. One in which Redis was away or too late, which the servers say, as on a disk that
    /// stalls, counts for nothing; it is told how many these were.
    fn add_round(&mut self, options: &Options) -> Outcome<u32> {
        let mut late = 0;
        loop {
            let mut rounds = self.rounds.clone();
            match rounds.add(options, self.subject, self.kept) {
                Ok(()) => {
                    self.rounds = rounds;
                    return Ok(late);
                }
                Err(error) if late < MOST_LATE && error.to_string().contains("store_unavailable") => late += 1,
                Err(error) => return self.subject.named(Err(format!("{}: {error}", self.name).into())),
            }
        }
    }
}

impl Kept {
    /// Has servers run.
    fn start(self, options: &Options, subject: &Subject, flags: &[&str]) -> Outcome<Nodes> {
        match self {
            Self::InMemory => Ok(Nodes::one(subject.start(flags)?)),
            Self::InRedis(servers) => Nodes::on(Store::start(Some(options.appendfsync))?, subject, servers, flags),
        }
    }
}

impl Rounds {
    fn add(&mut self, options: &Options, subject: &Subject, kept: Kept) -> Outcome<()> {
        self.ask(options, kept.start(options, subject, FLAGS)?)?;
        let pairs = usize::from(options.pairs);
        let nodes = kept.start(options, subject, &[])?;
        self.play_alone(nodes, pairs.min(ONE_AT_A_TIME))?;
        let nodes = kept.start(options, subject, &[])?;
        self.play(options, nodes, pairs)
    }

    /// Players whom nobody has seen before ask, each under a key of his own, as fast as they are answered.
    fn ask(&mut self, options: &Options, nodes: Nodes) -> Outcome<()> {
        let at = Places::by_turns(&nodes.addresses());
        let mut engine = Engine::connect(at.clone(), usize::from(options.connections))?;
        let mut asking = Asking::new(Under::KeysFrom(0), u32::MAX);
        let warm_up = closed::run(&mut engine, &mut asking, Some(options.time / WARM_UP))?;
        let before = nodes.work()?;
        let done = closed::run(&mut engine, &mut asking, Some(options.time))?;
        self.request.add(done.calls, &(nodes.work()? - before), 1)?;
        self.request_rate.push(rate(done.calls, done.time));
        asking.check_sum()?;
        nodes.check_shares("queue_joins_total", at.asked(), warm_up.calls + done.calls)?;
        nodes.check_stored("players", warm_up.calls + done.calls)?;
        drop(engine);
        nodes.end()
    }

    /// One match at a time. Where there are two servers, one is asked, and both players have their sockets at the other.
    fn play_alone(&mut self, nodes: Nodes, pairs: usize) -> Outcome<()> {
        let at = Places::apart(&nodes.addresses());
        let mut crowd = Crowd::gather_at(nodes, at, 1, pairs, 0)?;
        let alone = crowd.window(pairs, Pace::Closed(1))?;
        self.alone_p50.push(micros(&alone.timed.latencies, 50.0));
        self.alone_p99.push(micros(&alone.timed.latencies, 99.0));
        self.alone.add(alone.matches, &alone.work.unwrap_or_default(), LEAST_CALLS)?;
        crowd.check()?;
        crowd.leave()
    }

    /// As many matches as can be made, by turns.
    fn play(&mut self, options: &Options, nodes: Nodes, pairs: usize) -> Outcome<()> {
        let in_flight = usize::from(options.in_flight);
        let at = Places::by_turns(&nodes.addresses());
        let mut crowd = Crowd::gather_at(nodes, at, in_flight, pairs, 0)?;
        self.registration.add(2 * pairs as u64, &crowd.registering, 1)?;
        let most = crowd.windows(WINDOWS, pairs, Pace::Closed(in_flight))?;
        self.match_rate.push(most.rate());
        self.match_.add(most.matches, &most.work.unwrap_or_default(), LEAST_CALLS)?;
        self.finish.add(most.matches, &most.finishing.unwrap_or_default(), 1)?;
        let seconds = (options.time * IDLE).as_secs().max(LEAST_IDLE);
        let idle = crowd.idle(pairs, Pace::Closed(in_flight), Duration::from_secs(seconds))?;
        // Each renews its lease at least.
        self.idle.add(seconds, &idle, 1)?;
        crowd.check()?;
        crowd.leave()
    }
}

impl Each {
    /// Adds what so many have cost in a round; fails if the store was called less often for each than it can have been.
    #[expect(clippy::cast_precision_loss, reason = "far fewer are counted than a float counts exactly")]
    fn add(&mut self, count: u64, work: &Work, least_calls: u64) -> Outcome<()> {
        self.servers.add(work.servers, count);
        let Some(store) = work.store else { return Ok(()) };
        if store.commands.calls < least_calls * count {
            return Err(format!("Redis counts {} calls, for {count} times {least_calls}", store.commands.calls).into());
        }
        self.store.add(Some(store.processor), count);
        let each = |counted: u64| counted as f64 / count as f64;
        self.calls.push(each(store.commands.calls));
        self.reads.push(each(store.commands.reads));
        self.within.push(each(store.commands.within));
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate is told to three digits")]
fn rate(calls: u64, time: Duration) -> f64 {
    calls as f64 / time.as_secs_f64()
}
