//! Keeps the rate: a player takes a permit for each match he wants to be in.

use std::time::Duration;

use tokio::{
    sync::Semaphore,
    time::{MissedTickBehavior, interval},
};

const TICK: Duration = Duration::from_millis(5);

pub(crate) struct Pacer {
    permits: Semaphore,
    /// Matches a second.
    rate: u32,
}

impl Pacer {
    pub(crate) fn new(rate: u32) -> Self {
        Self { permits: Semaphore::new(0), rate }
    }

    /// Hands out permits, two for a match, until the pacer is closed.
    pub(crate) async fn run(&self) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        // What was not used is lost but for a fifth of a second's worth: a server that was slow is not flooded after.
        let most = (self.rate as usize * 2).div_ceil(5);
        let mut owed = Duration::ZERO;
        let each = Duration::from_secs(1) / (self.rate * 2);
        while !self.permits.is_closed() {
            ticks.tick().await;
            owed += TICK;
            let mut due = 0;
            while owed >= each {
                owed -= each;
                due += 1;
            }
            self.permits.add_permits(due.min(most.saturating_sub(self.permits.available_permits())));
        }
    }

    /// A permit for one match; `None` when the run is over.
    pub(crate) async fn permit(&self) -> Option<()> {
        self.permits.acquire().await.map(tokio::sync::SemaphorePermit::forget).ok()
    }

    /// The permit led to no match.
    pub(crate) fn give_back(&self) {
        self.permits.add_permits(1);
    }

    pub(crate) fn close(&self) {
        self.permits.close();
    }
}
