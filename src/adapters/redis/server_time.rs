use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Instant,
};

/// What the server's clock shows at least, by which a call's deadline is told.
///
/// An answer was under way for some time when its time is read here, so the true time is never less than what is told: a call
/// that the server runs before its deadline has not been given up here.
pub(super) struct ServerTime {
    began: Instant,
    /// What the server's clock showed at least when it all began, in microseconds.
    then: AtomicI64,
}

impl Default for ServerTime {
    fn default() -> Self {
        Self { began: Instant::now(), then: AtomicI64::new(0) }
    }
}

impl ServerTime {
    /// The server's clock has shown this just before now.
    pub(super) fn learn(&self, microseconds: u64) {
        let microseconds = i64::try_from(microseconds).unwrap_or(i64::MAX);
        self.then.store(microseconds.saturating_sub(since(self.began, Instant::now())), Ordering::Relaxed);
    }

    /// What the server's clock will show at that moment, or somewhat less.
    pub(super) fn at(&self, moment: Instant) -> i64 {
        self.then.load(Ordering::Relaxed).saturating_add(since(self.began, moment))
    }
}

fn since(began: Instant, moment: Instant) -> i64 {
    i64::try_from(moment.saturating_duration_since(began).as_micros()).unwrap_or(i64::MAX)
}
