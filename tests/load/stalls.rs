//! How long a machine keeps threads waiting that share it with nobody, as one does that is shared with others: no server can
//! answer sooner.

use std::{
    fmt, thread,
    time::{Duration, Instant},
};

/// How long it is looked at.
const TIME: Duration = Duration::from_secs(2);

/// What is shorter is no stall: the machine has its own work to do.
const LEAST: Duration = Duration::from_millis(1);

/// The times for which a thread did not run that had nothing else to do.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stalls {
    /// Of all the time of all threads, in percent.
    share: f64,
    longest: Duration,
}

/// Looks at this machine, with a thread for each of its processors.
pub(crate) fn of_this_machine() -> Stalls {
    let count = thread::available_parallelism().map_or(1, usize::from);
    let stalled: Vec<(Duration, Duration)> = thread::scope(|scope| {
        let threads: Vec<_> = (0..count).map(|_| scope.spawn(|| stalled_within(TIME))).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let sum: Duration = stalled.iter().map(|(sum, _)| *sum).sum();
    let longest = stalled.iter().map(|(_, longest)| *longest).max().unwrap_or_default();
    let all = TIME * u32::try_from(stalled.len().max(1)).unwrap_or(u32::MAX);
    Stalls { share: 100.0 * sum.div_duration_f64(all), longest }
}

/// How long the thread that asks is stalled in this time, and for how long at once.
fn stalled_within(time: Duration) -> (Duration, Duration) {
    let begun = Instant::now();
    let (mut last, mut sum, mut longest) = (begun, Duration::ZERO, Duration::ZERO);
    while last - begun < time {
        let now = Instant::now();
        let gap = now - last;
        if gap >= LEAST {
            sum += gap;
            longest = longest.max(gap);
        }
        last = now;
    }
    (sum, longest)
}

impl fmt::Display for Stalls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { share, longest } = self;
        let longest = longest.as_secs_f64() * 1000.0;
        write!(
            formatter,
            "before the rounds began, with nothing else started by this program, this machine stalled threads for over 1 ms at \
             once in {share:.2} % of the time, at most for {longest:.1} ms"
        )
    }
}
