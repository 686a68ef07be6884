//! Times, counted in classes whose bounds grow by an eighth of a power of two: a few hundred numbers, whatever comes.

use std::{fmt, time::Duration};

const CLASSES_A_POWER: u32 = 8;

#[derive(Clone, Debug, Default)]
pub(crate) struct Latencies {
    classes: Vec<u64>,
    count: u64,
    max: Duration,
}

impl Latencies {
    pub(crate) fn add(&mut self, time: Duration) {
        let class = class(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
        if self.classes.len() <= class {
            self.classes.resize(class + 1, 0);
        }
        self.classes[class] += 1;
        self.count += 1;
        self.max = self.max.max(time);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.classes.resize(self.classes.len().max(other.classes.len()), 0);
        for (class, count) in self.classes.iter_mut().zip(&other.classes) {
            *class += count;
        }
        self.count += other.count;
        self.max = self.max.max(other.max);
    }

    /// The time that so many of a thousand did not exceed, rounded up to its class's bound.
    fn of_a_thousand(&self, share: u64) -> Duration {
        let mut left = (self.count * share).div_ceil(1000);
        for (class, count) in self.classes.iter().enumerate() {
            left = left.saturating_sub(*count);
            if left == 0 {
                return Duration::from_micros(bound(class)).min(self.max);
            }
        }
        self.max
    }
}

impl fmt::Display for Latencies {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
        let (half, most) = (milliseconds(self.of_a_thousand(500)), milliseconds(self.of_a_thousand(990)));
        write!(formatter, "p50 {half:.2} p99 {most:.2} max {:.1} ms", milliseconds(self.max))
    }
}

/// Small times have a class each; from then on each power of two is divided.
fn class(micros: u64) -> usize {
    let power = micros.checked_ilog2().unwrap_or(0);
    let shift = power.saturating_sub(CLASSES_A_POWER.ilog2());
    let class = u64::from(shift * CLASSES_A_POWER) + (micros >> shift);
    usize::try_from(class).unwrap_or(usize::MAX)
}

/// The largest time of a class.
fn bound(class: usize) -> u64 {
    let (class, a_power) = (class as u64, u64::from(CLASSES_A_POWER));
    if class < 2 * a_power {
        return class;
    }
    let shift = class / a_power - 1;
    ((class - shift * a_power + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_lies_within_its_class_and_near_its_bound() {
        for micros in (0..5000).chain([65_535, 65_536, 1_000_003, 59_999_999]) {
            let class = class(micros);
            assert!(bound(class) >= micros && bound(class) <= micros + micros / 8, "{micros}: {}", bound(class));
            assert!(class == 0 || bound(class - 1) < micros, "{micros}");
        }
    }

    #[test]
    fn half_and_most_and_all_are_told() {
        let mut latencies = Latencies::default();
        for millisecond in 1..=100 {
            latencies.add(Duration::from_millis(millisecond));
        }
        assert_eq!(latencies.of_a_thousand(1000), Duration::from_millis(100));
        let half = latencies.of_a_thousand(500);
        assert!(half >= Duration::from_millis(50) && half < Duration::from_millis(57), "{half:?}");
    }
}
