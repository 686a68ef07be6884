//! Servers that are full of something.

use std::time::{Duration, Instant};

use crate::{
    asking::{Asking, Under},
    closed::{self, Calls, Done},
    engine::{Answer, Engine, Outcome},
    pairs::MatchId,
    sockets,
    subject::{Running, Subject},
    tidying,
    usage::{Memory, Processor, settled_memory},
    wire::{self, Crowd, Key, PlayerId, mixed},
};

/// How many calls are under way at once.
const LANES: usize = 32;

/// How many players ask and leave before anything is weighed, and how often.
const WARM_UP: (u64, u64) = (2000, 10);

/// A server, and the connections to it.
pub(crate) struct Filled {
    /// With what it is filled.
    pub(crate) name: String,
    pub(crate) running: Running,
    pid: u32,
    engine: Engine,
    /// The keys under which somebody waits: from this one, so many.
    waiting: (u64, u32),
    crowd: Crowd,
    fresh: u64,
}

impl Filled {
    /// A server that is empty, and has done everything before.
    pub(crate) fn empty(subject: &Subject, flags: &[&str]) -> Outcome<Self> {
        let running = subject.start(flags)?;
        let pid = running.pid.ok_or("the process must be known")?;
        let engine = Engine::connect(running.address, LANES)?;
        let mut filled =
            Self { name: String::new(), running, pid, engine, waiting: (0, 0), crowd: Crowd::new(), fresh: 0 };
        filled.call(&mut Visiting::new())?;
        Ok(filled)
    }

    pub(crate) fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Makes all of these calls.
    fn call(&mut self, calls: &mut impl Calls) -> Outcome<Done> {
        closed::run(&mut self.engine, calls, None)
    }

    /// The memory that it holds, when it has held still for so long.
    pub(crate) fn weigh(&self, still: Duration) -> Outcome<Memory> {
        Ok(settled_memory(self.pid, still)?)
    }

    /// Lets more ask, until so many have.
    pub(crate) fn ask(&mut self, asking: &mut Asking, most: u32) -> Outcome<()> {
        asking.extend(most);
        self.call(asking)?;
        asking.check_sum()
    }

    /// Finishes these matches.
    pub(crate) fn finish(&mut self, matches: Vec<MatchId>) -> Outcome<()> {
        tidying::finish(&mut self.engine, matches)
    }

    /// Has so many players wait, each under a key of his own from this one up.
    pub(crate) fn fill(&mut self, from: u64, count: u32) -> Outcome<()> {
        self.ask(&mut Asking::new(Under::KeysFrom(from), 0), count)?;
        self.wait_under(from, count);
        Ok(())
    }

    /// So many players wait, each under a key of his own from this one up.
    pub(crate) fn wait_under(&mut self, from: u64, count: u32) {
        self.waiting = (from, count);
    }

    /// Connects and registers more players, until there are so many.
    pub(crate) fn connect(&mut self, most: usize) -> Outcome<()> {
        let more = most.saturating_sub(self.engine.wire.sockets());
        let players: Vec<PlayerId> = (0..more as u64).map(|number| self.crowd.player(self.fresh + number)).collect();
        self.fresh += more as u64;
        sockets::register(&mut self.engine, &players)
    }

    /// Takes new connections for calls, since those so far may have been idle for too long.
    pub(crate) fn renew(&mut self) -> Outcome<()> {
        self.engine.renew_lanes(LANES)
    }

    /// Has somebody new be paired under one of the keys and somebody new wait there instead, for so long; how many calls were
    /// made, and what they cost.
    pub(crate) fn swap(&mut self, time: Duration) -> Outcome<(Done, Processor)> {
        let mut swapping = Swapping::new(self);
        let before = Processor::at_rest(self.pid)?;
        let done = closed::run(&mut self.engine, &mut swapping, Some(time))?;
        let spent = Processor::at_rest(self.pid)? - before;
        // Nobody may be left out who is to wait again.
        swapping.ends = true;
        self.fresh = swapping.fresh;
        closed::run(&mut self.engine, &mut swapping, None)?;
        self.fresh = swapping.fresh;
        Ok((done, spent))
    }

    /// What it does of itself, as a share of one core.
    pub(crate) fn idle(&self, time: Duration) -> Outcome<f64> {
        let before = Processor::at_rest(self.pid)?;
        let begun = Instant::now();
        std::thread::sleep(time);
        let spent = Processor::of(self.pid)? - before;
        Ok(spent.total.as_secs_f64() / begun.elapsed().as_secs_f64())
    }

    pub(crate) fn end(self) -> Outcome<()> {
        drop(self.engine);
        self.running.end()
    }
}

/// Players who ask and leave again, so that nothing is left of them.
struct Visiting {
    crowd: Crowd,
    next: u64,
    /// Of each lane, who has to leave.
    asked: Vec<Option<u64>>,
}

impl Visiting {
    fn new() -> Self {
        Self { crowd: Crowd::new(), next: 0, asked: vec![None; LANES] }
    }
}

impl Calls for Visiting {
    fn next(&mut self, lane: usize, request: &mut Vec<u8>) -> bool {
        let (players, times) = WARM_UP;
        if let Some(player) = self.asked[lane].take() {
            wire::leave(request, &self.crowd.player(player));
            return true;
        }
        if self.next == players * times {
            return false;
        }
        let player = self.next % players;
        self.next += 1;
        self.asked[lane] = Some(player);
        // Under keys that nobody asks under later.
        wire::find_match(request, Key(player + 900_000_000), &self.crowd.player(player));
        true
    }

    fn check(&mut self, lane: usize, answer: &Answer<'_>) -> Outcome<()> {
        let expected = if self.asked[lane].is_some() { "waiting" } else { "idle" };
        answer.must_tell(expected)
    }
}

/// Players who are paired with those who wait, and others who wait in their stead.
struct Swapping {
    waiting: (u64, u32),
    crowd: Crowd,
    fresh: u64,
    /// Of each lane, the key under which somebody was paired, and nobody waits since.
    paired: Vec<Option<u64>>,
    /// Whether the last call of each lane was to pair.
    pairs: Vec<bool>,
    ends: bool,
}

impl Swapping {
    fn new(filled: &Filled) -> Self {
        let Filled { waiting, crowd, fresh, .. } = *filled;
        Self { waiting, crowd, fresh, paired: vec![None; LANES], pairs: vec![false; LANES], ends: false }
    }

    /// A key that is this lane's alone, in no order, so that nothing of it is in a cache.
    fn key(&self, lane: usize) -> u64 {
        let ((from, count), lanes) = (self.waiting, LANES as u64);
        from + lane as u64 + lanes * (mixed(self.fresh) % (u64::from(count) / lanes))
    }
}

impl Calls for Swapping {
    fn next(&mut self, lane: usize, request: &mut Vec<u8>) -> bool {
        let key = match self.paired[lane].take() {
            Some(key) => {
                self.pairs[lane] = false;
                key
            }
            None if self.ends => return false,
            None => {
                self.pairs[lane] = true;
                let key = self.key(lane);
                self.paired[lane] = Some(key);
                key
            }
        };
        wire::find_match(request, Key(key), &self.crowd.player(self.fresh));
        self.fresh += 1;
        true
    }

    fn check(&mut self, lane: usize, answer: &Answer<'_>) -> Outcome<()> {
        let expected = if self.pairs[lane] { "matched" } else { "waiting" };
        answer.must_tell(expected)
    }

    fn told(&mut self, _socket: usize, text: &[u8]) -> Outcome<()> {
        Err(format!("a player who asked for nothing was told {}", String::from_utf8_lossy(text)).into())
    }
}
