use async_trait::async_trait;

use crate::domain::Timestamp;

/// Time, handed in.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The time now; never less than an answer given before.
    fn now(&self) -> Timestamp;

    /// Returns once the time is `at` or later.
    async fn sleep_until(&self, at: Timestamp);
}
