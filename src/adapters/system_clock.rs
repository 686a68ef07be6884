use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;

use crate::{domain::Timestamp, ports::Clock};

/// The machine's monotonic clock; setting the wall clock has no effect on it.
///
/// It begins at the wall clock's time since the Unix epoch, so that its moments can be read by people.
pub struct SystemClock {
    started: Instant,
    origin: Timestamp,
}

impl SystemClock {
    /// A clock that starts now.
    #[must_use]
    pub fn start() -> Self {
        // A wall clock before 1970 costs the readable origin, nothing else.
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Self { started: Instant::now(), origin: Timestamp::default().after(since_epoch) }
    }
}

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        self.origin.after(self.started.elapsed())
    }

    async fn sleep_until(&self, at: Timestamp) {
        tokio::time::sleep(at.since(self.now())).await;
    }
}
