use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;

#[cfg(feature = "testing")]
use crate::ports::contract::TestClock;
use crate::{domain::Timestamp, ports::Clock};

/// A clock that stands still until it is told to go on, so that no test needs to wait.
#[derive(Debug)]
pub struct ManualClock {
    now: watch::Sender<Timestamp>,
}

impl Default for ManualClock {
    fn default() -> Self {
        Self { now: watch::Sender::new(Timestamp::from_millis(1_000_000)) }
    }
}

impl ManualClock {
    /// Moves the time on, and wakes all whose moment has come.
    pub fn advance(&self, by: Duration) {
        self.now.send_modify(|now| *now = now.after(by));
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    async fn sleep_until(&self, at: Timestamp) {
        let reached = self.now.subscribe().wait_for(|now| *now >= at).await.is_ok();
        debug_assert!(reached, "the sender lives as long as the clock");
    }
}

#[cfg(feature = "testing")]
#[async_trait]
impl TestClock for ManualClock {
    async fn now(&self) -> Timestamp {
        Clock::now(self)
    }

    async fn advance(&self, by: Duration) {
        Self::advance(self, by);
    }
}
