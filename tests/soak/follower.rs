//! Follows a run: the rate, the times, what the server uses; says so now and then, and keeps what the summary needs.

use std::{
    ops::Range,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    checker::{Counts, Violation},
    client::latency::Latencies,
    nodes::Nodes,
    server::{Usage, own_usage},
    world::World,
};

/// How often a line says how it goes.
const PROGRESS_EVERY: Duration = Duration::from_secs(10);

/// How many violations are printed; more are counted.
const PRINTED: usize = 20;

pub(crate) struct Follower {
    world: Arc<World>,
    /// From when until when memory is compared: the winding up is something else.
    compared: Range<Duration>,
    began: Instant,
    printed: usize,
    last_line: (Instant, Counts, u64, u64),
    lately: Latencies,
    pub(crate) latencies: Latencies,
    pub(crate) at_start: Option<Usage>,
    /// The memory that was used, second by second, after the warm-up and until the winding up.
    pub(crate) server: Growth,
    pub(crate) own: Growth,
}

/// How much memory was used, in KiB.
#[derive(Clone, Debug, Default)]
pub(crate) struct Growth(Vec<u64>);

impl Growth {
    /// The middle of what was used in the first and in the last third; `None` when there is too little to tell.
    pub(crate) fn early_and_late(&self) -> Option<(u64, u64)> {
        let third = self.0.len() / 3;
        let middle = |part: &[u64]| {
            let mut sorted = part.to_vec();
            sorted.sort_unstable();
            sorted[sorted.len() / 2]
        };
        (third >= 5).then(|| (middle(&self.0[..third]), middle(&self.0[self.0.len() - third..])))
    }
}

impl Follower {
    pub(crate) fn new(world: &Arc<World>, server: &Nodes, compared: Range<Duration>) -> Self {
        let now = Instant::now();
        let at_start = server.usage();
        Self {
            world: Arc::clone(world),
            compared,
            began: now,
            printed: 0,
            last_line: (now, Counts::default(), at_start.map_or(0, |usage| usage.processor), 0),
            lately: Latencies::default(),
            latencies: Latencies::default(),
            at_start,
            server: Growth::default(),
            own: Growth::default(),
        }
    }

    /// Follows for so long, a look a second.
    pub(crate) async fn follow(&mut self, server: &Nodes, time: Duration) {
        let end = tokio::time::Instant::now() + time;
        while tokio::time::Instant::now() < end {
            tokio::time::sleep_until(end.min(tokio::time::Instant::now() + Duration::from_secs(1))).await;
            self.look(server);
        }
    }

    fn look(&mut self, server: &Nodes) {
        self.world.pass_time();
        self.print_violations();
        let latencies = self.world.checker().take_latencies();
        for time in latencies {
            self.lately.add(time);
        }
        let (usage, own) = (server.usage(), own_usage());
        if self.compared.contains(&self.began.elapsed()) {
            self.server.0.extend(usage.map(|usage| usage.memory));
            self.own.0.extend(own.map(|own| own.memory));
        }
        if self.last_line.0.elapsed() >= PROGRESS_EVERY {
            self.say_how_it_goes(usage.unwrap_or_default(), own.unwrap_or_default());
        }
    }

    pub(crate) fn print_violations(&mut self) {
        let violations = self.world.checker().take_violations();
        for violation in violations {
            self.print(&violation);
        }
    }

    fn print(&mut self, violation: &Violation) {
        self.printed += 1;
        if self.printed <= PRINTED {
            println!("{violation}");
        }
    }

    fn say_how_it_goes(&mut self, server: Usage, own: Usage) {
        let (before, counts_before, server_before, own_before) = self.last_line;
        let (counts, remembered) = {
            let checker = self.world.checker();
            (checker.counts(), checker.remembered())
        };
        let seconds = before.elapsed().as_secs_f64();
        let rate = per(counts.matches - counts_before.matches, seconds);
        let processor = |now: u64, before: u64| per(now.saturating_sub(before), seconds);
        println!(
            "{:>5.0} s  {rate:.0} matches/s  told {}  server {} MiB {} fds {:.0} % cpu  soak {} MiB {:.0} % cpu, {remembered} \
             matches remembered  violations {}",
            self.began.elapsed().as_secs_f64(),
            self.lately,
            server.memory / 1024,
            server.descriptors,
            processor(server.processor, server_before),
            own.memory / 1024,
            processor(own.processor, own_before),
            counts.violations,
        );
        self.latencies.merge(&std::mem::take(&mut self.lately));
        self.last_line = (Instant::now(), counts, server.processor, own.processor);
    }

    /// All times of the run.
    pub(crate) fn all_latencies(&mut self) -> &Latencies {
        self.latencies.merge(&std::mem::take(&mut self.lately));
        &self.latencies
    }
}

/// So many in so many seconds.
#[expect(clippy::cast_precision_loss, reason = "a rate is told to three digits")]
pub(crate) fn per(count: u64, seconds: f64) -> f64 {
    count as f64 / seconds
}
