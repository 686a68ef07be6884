use std::{pin::pin, time::Duration};

use futures_util::{
    FutureExt,
    future::{Either, select},
};

use crate::ports::Clock;

/// What comes of `work`, if it comes within `time` by this clock. What is done at once needs no timer.
pub(crate) async fn within<T>(work: impl Future<Output = T>, time: Duration, clock: &dyn Clock) -> Option<T> {
    let mut work = pin!(work);
    if let Some(done) = work.as_mut().now_or_never() {
        return Some(done);
    }
    match select(work, clock.sleep_until(clock.now().after(time))).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}
