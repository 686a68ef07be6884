//! When things are due in an open loop: at a fixed rate, whatever became of those before.

use std::time::{Duration, Instant};

/// So many things, one after the other at a fixed rate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schedule {
    first: Instant,
    per_second: f64,
    count: usize,
    next: usize,
}

impl Schedule {
    /// The first of `count` is due at `first`.
    pub(crate) fn new(first: Instant, per_second: f64, count: usize) -> Self {
        Self { first, per_second, count, next: 0 }
    }

    /// When this one is due.
    #[expect(clippy::cast_precision_loss, reason = "far fewer are counted than a float counts exactly")]
    pub(crate) fn time_of(&self, number: usize) -> Instant {
        self.first + Duration::from_secs_f64(number as f64 / self.per_second)
    }

    /// When the next one is due; `None` after the last.
    pub(crate) fn next_time(&self) -> Option<Instant> {
        (self.next < self.count).then(|| self.time_of(self.next))
    }

    /// The next one that is due by now, if there is one, with its time: each once, however late it is.
    pub(crate) fn take(&mut self, now: Instant) -> Option<(usize, Instant)> {
        let due = self.next_time().filter(|time| *time <= now)?;
        self.next += 1;
        Some((self.next - 1, due))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_due_once_and_none_is_left_out_after_a_pause() {
        let first = Instant::now();
        let mut schedule = Schedule::new(first, 1000.0, 500);
        assert_eq!(schedule.take(first).map(|(number, _)| number), Some(0));
        assert_eq!(schedule.take(first), None);
        // Nobody has looked for a second: all are due, each at its own time.
        let late = first + Duration::from_secs(1);
        for number in 1..500 {
            let time = first + Duration::from_millis(number as u64);
            let (taken, due) = schedule.take(late).expect("it is due");
            assert_eq!(taken, number);
            assert!(due.max(time) - due.min(time) < Duration::from_micros(1));
        }
        assert_eq!((schedule.take(late), schedule.next_time()), (None, None));
    }

    #[test]
    fn a_rate_does_not_drift() {
        let first = Instant::now();
        let schedule = Schedule::new(first, 30_000.0, 3_000_001);
        let hundred_seconds = schedule.time_of(3_000_000) - first;
        assert!(hundred_seconds.abs_diff(Duration::from_secs(100)) < Duration::from_micros(1));
    }
}
