//! Rate limits, in memory that is fixed from the start.

mod table;
#[cfg(test)]
mod tests;

use std::{
    fmt,
    hash::{BuildHasher, Hash, RandomState},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use governor::{Quota, RateLimiter, clock::Clock as GovernorClock, middleware::NoOpMiddleware};
use table::Table;

use crate::ports::Clock;

/// How often something may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How often in a second, in the long run.
    pub per_second: NonZeroU32,
    /// How often at once, after a time of rest.
    pub burst: NonZeroU32,
}

/// Says of each key by itself whether it keeps to a rate.
///
/// It takes half a mebibyte from the start, and never more, however many keys there are. A key is forgotten when its place
/// is needed: first one that has rested longest, which loses nothing by it. So nobody is refused for what others did, and
/// past some tens of thousands of keys that are busy at the same moment some are let pass too often.
pub struct RateLimit {
    limiter: Option<Limiter>,
}

struct Limiter {
    governor: RateLimiter<u64, Table, Time, NoOpMiddleware<Duration>>,
    time: Time,
    /// Keyed anew in each process, so that nobody can aim at another's place.
    fingerprints: RandomState,
}

impl RateLimit {
    /// A limit by this clock; without a rate there is none.
    #[must_use]
    pub fn new(rate: Option<Rate>, clock: &Arc<dyn Clock>) -> Self {
        let limiter = rate.map(|Rate { per_second, burst }| {
            let time = Time { clock: Arc::clone(clock), start: clock.now() };
            let quota = Quota::per_second(per_second).allow_burst(burst);
            let governor = RateLimiter::new(quota, Table::default(), time.clone());
            Limiter { governor, time, fingerprints: RandomState::new() }
        });
        Self { limiter }
    }

    /// Counts one more time, unless it is one too many.
    ///
    /// # Errors
    ///
    /// [`TooOften`], and then it is not counted.
    pub fn check(&self, key: impl Hash) -> Result<(), TooOften> {
        let Some(Limiter { governor, time, fingerprints }) = &self.limiter else { return Ok(()) };
        let refused = governor.check_key(&fingerprints.hash_one(key));
        refused.map_err(|until| TooOften { wait: until.wait_time_from(time.now()) })
    }
}

impl fmt::Debug for RateLimit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RateLimit").finish_non_exhaustive()
    }
}

/// The rate is exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too often; the next time is in {wait:?}")]
pub struct TooOften {
    /// How long it takes until it is time again, if nothing else is counted meanwhile.
    pub wait: Duration,
}

/// Our clock as governor reads one.
#[derive(Clone)]
struct Time {
    clock: Arc<dyn Clock>,
    start: crate::domain::Timestamp,
}

impl GovernorClock for Time {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.clock.now().since(self.start)
    }
}
