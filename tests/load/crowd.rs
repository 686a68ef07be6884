//! A server with pairs of connected players, who are matched again and again.

use crate::{
    closed,
    engine::{Engine, Outcome},
    open::Timed,
    pairs::{Finishing, Pairs},
    play::{Pace, play},
    subject::{Running, Subject},
    usage::Processor,
};

/// How many matches are made before any counts.
const WARM_UP: usize = 1500;

/// Pairs of players of a server that runs.
pub(crate) struct Crowd {
    running: Running,
    engine: Engine,
    pairs: Pairs,
}

/// What windows came to.
#[derive(Debug, Default)]
pub(crate) struct Windows {
    pub(crate) timed: Timed,
    pub(crate) matches: u64,
    seconds: f64,
    pub(crate) spent: Option<Processor>,
}

impl Crowd {
    pub(crate) fn gather(subject: &Subject, lanes: usize, pairs: usize) -> Outcome<Self> {
        let running = subject.start(&[])?;
        let mut engine = Engine::connect(running.address, 0)?;
        let pairs = Pairs::register(&mut engine, pairs, subject.first_key())?;
        // A pair has one request under way at a time. The lanes come last, since a server closes those that say nothing at first.
        let lanes = lanes.min(pairs.count());
        engine.renew_lanes(lanes)?;
        let mut crowd = Self { running, engine, pairs };
        // Once through everything and on every lane, so that nothing is done for the first time.
        let warm_up = crowd.pairs.count().min(WARM_UP);
        crowd.window(warm_up, Pace::Closed(lanes))?;
        Ok(crowd)
    }

    /// Has the first pairs matched; their matches are finished after the time that counts.
    pub(crate) fn window(&mut self, count: usize, pace: Pace) -> Outcome<Windows> {
        let before = self.running.processor()?;
        let played = play(&mut self.engine, &mut self.pairs, count, pace)?;
        let after = self.running.processor()?;
        let lanes = self.engine.wire.lanes();
        closed::run(&mut self.engine, &mut Finishing::new(&mut self.pairs, count, lanes), None)?;
        Ok(Windows {
            timed: played.timed,
            matches: count as u64,
            seconds: played.time.as_secs_f64(),
            spent: after.zip(before).map(|(after, before)| after - before),
        })
    }

    pub(crate) fn windows(&mut self, windows: usize, count: usize, pace: Pace) -> Outcome<Windows> {
        let mut all = Windows::default();
        for _ in 0..windows {
            let window = self.window(count, pace)?;
            all.timed.latencies.merge(&window.timed.latencies);
            all.timed.lateness.merge(&window.timed.lateness);
            all.matches += window.matches;
            all.seconds += window.seconds;
            all.spent = window.spent.map(|spent| spent + all.spent.unwrap_or_default());
        }
        Ok(all)
    }

    /// How many matches there can be at once.
    pub(crate) fn count(&self) -> usize {
        self.pairs.count()
    }

    pub(crate) fn leave(self) -> Outcome<()> {
        drop(self.engine);
        self.running.end()
    }
}

impl Windows {
    #[expect(clippy::cast_precision_loss, reason = "a rate is told to three digits")]
    pub(crate) fn rate(&self) -> f64 {
        self.matches as f64 / self.seconds
    }
}
