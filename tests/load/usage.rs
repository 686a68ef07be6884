//! What the system says of a process: the processor time that it had, and the memory that it holds.

use std::{
    fs, io,
    ops::{Add, Sub},
    thread,
    time::{Duration, Instant},
};

use crate::engine::Outcome;

/// How long a process may take to come to rest.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often it is looked whether it rests, and less time than this within it is rest.
const LOOK: Duration = Duration::from_millis(10);
const REST: Duration = Duration::from_micros(500);

/// Memory that moves less than this holds still.
const MOVES: u64 = 256 * 1024;

/// The processor time of all threads of a process.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Processor {
    /// To the nanosecond, as the scheduler counts it.
    pub(crate) total: Duration,
    /// Of it, in seconds, what the process itself ran and what the kernel ran for it; to a hundredth of a second.
    pub(crate) user: f64,
    pub(crate) kernel: f64,
}

impl Processor {
    pub(crate) fn of(pid: u32) -> io::Result<Self> {
        let mut total = Duration::ZERO;
        for task in fs::read_dir(format!("/proc/{pid}/task"))? {
            // A thread may have ended since.
            let text = fs::read_to_string(task?.path().join("schedstat")).unwrap_or_default();
            let nanoseconds = text.split(' ').next().and_then(|number| number.parse().ok());
            total += Duration::from_nanos(nanoseconds.unwrap_or_default());
        }
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        let (user, kernel) = times(&stat).ok_or_else(|| io::Error::other(format!("/proc/{pid}/stat: {stat}")))?;
        Ok(Self { total, user, kernel })
    }

    /// The same when the process has come to rest, so that nothing it was asked to do is still under way.
    pub(crate) fn at_rest(pid: u32) -> Outcome<Self> {
        let begun = Instant::now();
        let mut before = Self::of(pid)?;
        while begun.elapsed() < PATIENCE {
            thread::sleep(LOOK);
            let now = Self::of(pid)?;
            if now.total.saturating_sub(before.total) < REST {
                return Ok(now);
            }
            before = now;
        }
        Err(format!("process {pid} does not come to rest").into())
    }

    /// What share the kernel had, if it was enough to tell.
    pub(crate) fn kernel_share(self) -> Option<f64> {
        (self.user + self.kernel > 0.0).then(|| self.kernel / (self.user + self.kernel))
    }
}

impl Sub for Processor {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            total: self.total.saturating_sub(earlier.total),
            user: self.user - earlier.user,
            kernel: self.kernel - earlier.kernel,
        }
    }
}

impl Add for Processor {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { total: self.total + other.total, user: self.user + other.user, kernel: self.kernel + other.kernel }
    }
}

/// The seconds in user and kernel mode. The name before may hold spaces; after it come the state and ten numbers.
fn times(stat: &str) -> Option<(f64, f64)> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    // Hundredths of a second, on every system there is.
    let mut seconds = || Some(fields.next()?.parse::<f64>().ok()? / 100.0);
    Some((seconds()?, seconds()?))
}

/// Resident memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    pub(crate) bytes: u64,
    /// Whether it held still for as long as it was to.
    pub(crate) still: bool,
}

/// Resident memory, when it has held still for so long, or has not for half a minute.
pub(crate) fn settled_memory(pid: u32, still: Duration) -> io::Result<Memory> {
    let begun = Instant::now();
    let (mut least, mut most, mut since) = (u64::MAX, 0, begun);
    loop {
        let now = resident(pid)?;
        (least, most) = (least.min(now), most.max(now));
        if most - least > MOVES {
            (least, most, since) = (now, now, Instant::now());
        }
        let held_still = since.elapsed() >= still;
        if held_still || begun.elapsed() >= PATIENCE {
            return Ok(Memory { bytes: now, still: held_still });
        }
        thread::sleep(Duration::from_millis(100));
    }
}

fn resident(pid: u32) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let kibibytes =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kibibytes.map(|kibibytes| kibibytes * 1024).ok_or_else(|| io::Error::other(format!("process {pid} has no memory")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_behind_whatever_name_a_program_has() {
        let stat = "12 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 150 250 0 0";
        assert_eq!(times(stat), Some((1.5, 2.5)));
        assert_eq!(times("12 (a) S 1 2"), None);
    }

    #[test]
    fn work_is_counted_to_who_does_it() {
        let pid = std::process::id();
        let (before, begun) = (Processor::of(pid).expect("this process"), Instant::now());
        while begun.elapsed() < Duration::from_millis(200) {
            std::hint::black_box(begun);
        }
        let spent = Processor::of(pid).expect("this process") - before;
        assert!(spent.total >= Duration::from_millis(20), "{spent:?}");
        assert!(resident(pid).expect("this process") > 100_000);
    }
}
