use std::sync::Arc;

use async_trait::async_trait;
use matchmaker::{adapters::ManualClock, domain::Timestamp, ports::Clock};
use tokio::sync::watch;

/// The clock of one housekeeping loop: it knows until when the loop sleeps, and so whether it has done its round.
pub(super) struct LoopClock {
    clock: Arc<ManualClock>,
    asleep_until: watch::Sender<Timestamp>,
}

impl LoopClock {
    pub(super) fn new(clock: &Arc<ManualClock>) -> Arc<Self> {
        Arc::new(Self { clock: Arc::clone(clock), asleep_until: watch::Sender::default() })
    }

    /// Returns once the loop has done all that was to be done by now.
    pub(super) async fn caught_up(&self) {
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
        self.clock.sleep_until(at).await;
    }
}
