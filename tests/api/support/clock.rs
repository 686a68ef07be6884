use std::sync::Arc;

use async_trait::async_trait;
use matchmaker::{adapters::ManualClock, domain::Timestamp, ports::Clock};
use tokio::sync::watch;

/// The clock of one housekeeping loop: it knows until when the loop sleeps, and so whether it has done its round.
pub(super) struct LoopClock {
    clock: Arc<ManualClock>,
    asleep_until: watch::Sender<Timestamp>,
    /// Up to when the loop may wake.
    let_go: watch::Sender<Timestamp>,
}

impl LoopClock {
    pub(super) fn new(clock: &Arc<ManualClock>) -> Arc<Self> {
        Arc::new(Self {
            clock: Arc::clone(clock),
            asleep_until: watch::Sender::default(),
            let_go: watch::Sender::new(clock.now()),
        })
    }

    /// Lets the loop do all that is to be done by now, and returns once it has.
    pub(super) async fn catch_up(&self) {
        self.let_go.send_replace(self.clock.now());
        let caught_up = self.asleep_until.subscribe().wait_for(|at| *at > self.clock.now()).await.is_ok();
        assert!(caught_up, "the sender lives as long as the clock");
    }
}

#[async_trait]
impl Clock for LoopClock {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn sleep_until(&self, at: Timestamp) {
        self.asleep_until.send_replace(at);
        let woken = self.let_go.subscribe().wait_for(|now| *now >= at).await.is_ok();
        assert!(woken, "the sender lives as long as the clock");
    }
}
