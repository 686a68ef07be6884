//! Servers with pairs of connected players, who are matched again and again.

use std::{thread, time::Duration};

use crate::{
    closed,
    engine::{Engine, Outcome},
    open::Timed,
    pairs::{Finishing, Pairs},
    places::Places,
    play::{Pace, play},
    stores::nodes::{Nodes, Work},
    subject::Subject,
    usage::Processor,
};

/// How many matches are made before any counts.
const WARM_UP: usize = 1500;

/// Pairs of players of servers that run.
pub(crate) struct Crowd {
    nodes: Nodes,
    engine: Engine,
    pairs: Pairs,
    /// What it took to register all players.
    pub(crate) registering: Work,
    made: u64,
}

/// What windows came to.
#[derive(Debug, Default)]
pub(crate) struct Windows {
    pub(crate) timed: Timed,
    pub(crate) matches: u64,
    seconds: f64,
    pub(crate) work: Option<Work>,
    /// What it took to finish the matches.
    pub(crate) finishing: Option<Work>,
}

impl Crowd {
    /// On one server that keeps everything in its memory.
    pub(crate) fn gather(subject: &Subject, lanes: usize, pairs: usize) -> Outcome<Self> {
        let running = subject.start(&[])?;
        let at = Places::from(running.address);
        Self::gather_at(Nodes::one(running), at, lanes, pairs, subject.first_key())
    }

    /// With so many lanes to each of the servers that are asked.
    pub(crate) fn gather_at(nodes: Nodes, at: Places, lanes: usize, pairs: usize, first_key: u64) -> Outcome<Self> {
        let asked = at.asked().len();
        let before = nodes.work()?;
        let mut engine = Engine::connect(at, 0)?;
        let pairs = Pairs::register(&mut engine, pairs, first_key)?;
        let registering = nodes.work()? - before;
        // A pair has one request under way at a time. The lanes come last, since a server closes those that say nothing at first.
        let lanes = lanes.min(pairs.count());
        engine.renew_lanes(lanes * asked)?;
        let mut crowd = Self { nodes, engine, pairs, registering, made: 0 };
        // Once through everything and on every lane, so that nothing is done for the first time.
        let warm_up = crowd.pairs.count().min(WARM_UP);
        crowd.window(warm_up, Pace::Closed(lanes))?;
        Ok(crowd)
    }

    /// Has the first pairs matched; their matches are finished after the time that counts.
    pub(crate) fn window(&mut self, count: usize, pace: Pace) -> Outcome<Windows> {
        let before = self.nodes.work()?;
        let played = play(&mut self.engine, &mut self.pairs, count, pace)?;
        let made = self.nodes.work()?;
        self.finish(count)?;
        Ok(Windows {
            timed: played.timed,
            matches: count as u64,
            seconds: played.time.as_secs_f64(),
            work: Some(made - before),
            finishing: Some(self.nodes.work()? - made),
        })
    }

    /// What the servers do by themselves in this time, while the first pairs stand in matches.
    pub(crate) fn idle(&mut self, count: usize, pace: Pace, time: Duration) -> Outcome<Work> {
        play(&mut self.engine, &mut self.pairs, count, pace)?;
        let before = self.nodes.work()?;
        thread::sleep(time);
        let idle = self.nodes.work()? - before;
        self.finish(count)?;
        Ok(idle)
    }

    fn finish(&mut self, count: usize) -> Outcome<()> {
        let lanes = self.engine.wire.lanes();
        closed::run(&mut self.engine, &mut Finishing::new(&mut self.pairs, count, lanes), None)?;
        self.made += count as u64;
        Ok(())
    }

    pub(crate) fn windows(&mut self, windows: usize, count: usize, pace: Pace) -> Outcome<Windows> {
        let mut all = Windows::default();
        for _ in 0..windows {
            let window = self.window(count, pace)?;
            all.timed.latencies.merge(&window.timed.latencies);
            all.timed.lateness.merge(&window.timed.lateness);
            all.matches += window.matches;
            all.seconds += window.seconds;
            all.work = sum(all.work, window.work);
            all.finishing = sum(all.finishing, window.finishing);
        }
        Ok(all)
    }

    /// How many matches there can be at once.
    pub(crate) fn count(&self) -> usize {
        self.pairs.count()
    }

    /// Fails unless the servers and their store count what this program counts, and each server has done its part.
    pub(crate) fn check(&self) -> Outcome<()> {
        let (at, players) = (&self.engine.wire.at, 2 * self.pairs.count() as u64);
        self.nodes.check_shares("registrations_total", at.connected(), players)?;
        self.nodes.check_shares("queue_joins_total", at.asked(), self.made)?;
        self.nodes.check_shares("matches_created_total", at.asked(), self.made)?;
        self.nodes.check_stored("sockets", players)?;
        self.nodes.check_stored("matches", self.made)?;
        // All matches are finished.
        self.nodes.check_stored("players", 0)
    }

    pub(crate) fn leave(self) -> Outcome<()> {
        drop(self.engine);
        self.nodes.end()
    }
}

fn sum(before: Option<Work>, more: Option<Work>) -> Option<Work> {
    match (before, more) {
        (Some(before), Some(more)) => Some(before + more),
        (before, more) => before.or(more),
    }
}

impl Windows {
    #[expect(clippy::cast_precision_loss, reason = "a rate is told to three digits")]
    pub(crate) fn rate(&self) -> f64 {
        self.matches as f64 / self.seconds
    }

    /// The processor time of the servers.
    pub(crate) fn spent(&self) -> Option<Processor> {
        self.work.and_then(|work| work.servers)
    }
}
