//! Times, and what share of them was how long.

use std::{fmt, time::Duration};

use hdrhistogram::Histogram;

/// From a microsecond to a minute, to three digits; what is longer counts as a minute.
const LONGEST: Duration = Duration::from_mins(1);
const SHORTEST: Duration = Duration::from_micros(1);
const DIGITS: u8 = 3;

/// Any number of times, in little memory.
#[derive(Clone, Debug)]
pub(crate) struct Latencies(Histogram<u64>);

impl Default for Latencies {
    fn default() -> Self {
        let bounds = Histogram::new_with_bounds(nanoseconds(SHORTEST), nanoseconds(LONGEST), DIGITS);
        Self(bounds.expect("the bounds are in order, and so are the digits"))
    }
}

impl Latencies {
    pub(crate) fn add(&mut self, time: Duration) {
        self.0.saturating_record(nanoseconds(time));
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.0.add(&other.0).expect("all have the same bounds");
    }

    /// The time that so many percent did not exceed.
    pub(crate) fn percentile(&self, percent: f64) -> Duration {
        Duration::from_nanos(self.0.value_at_percentile(percent))
    }

    pub(crate) fn max(&self) -> Duration {
        Duration::from_nanos(self.0.max())
    }
}

impl fmt::Display for Latencies {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
        let (half, most) = (milliseconds(self.percentile(50.0)), milliseconds(self.percentile(99.0)));
        write!(formatter, "p50 {half:.2} p99 {most:.2} max {:.1} ms", milliseconds(self.max()))
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_and_most_and_all_are_told_to_a_thousandth() {
        let mut latencies = Latencies::default();
        for millisecond in 1..=1000 {
            latencies.add(Duration::from_millis(millisecond));
        }
        for (percent, milliseconds) in [(50.0, 500.0), (99.0, 990.0), (99.9, 999.0), (100.0, 1000.0)] {
            let told = latencies.percentile(percent).as_secs_f64() * 1000.0;
            assert!((told - milliseconds).abs() <= milliseconds / 500.0, "{percent}: {told}");
        }
    }

    #[test]
    fn a_time_beyond_every_bound_counts_as_the_longest() {
        let mut latencies = Latencies::default();
        latencies.add(Duration::from_hours(1));
        assert!(latencies.max() >= LONGEST && latencies.max() < LONGEST + LONGEST / 500);
    }

    #[test]
    fn what_is_merged_is_all_told() {
        let (mut one, mut other) = (Latencies::default(), Latencies::default());
        one.add(Duration::from_millis(1));
        other.add(Duration::from_millis(100));
        one.merge(&other);
        assert!(one.percentile(50.0) < Duration::from_millis(2) && one.max() >= Duration::from_millis(100));
    }
}
