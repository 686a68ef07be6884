use std::time::Duration;

use crate::{adapters::problem::Problem, domain::Timestamp};

/// How many registrations a socket may ask for in a minute.
const MAX_A_MINUTE: u8 = 10;

const MINUTE: Duration = Duration::from_mins(1);

/// How often a socket asked to be registered in the minute that runs; it begins with the first time.
#[derive(Debug, Default)]
pub(super) struct Registrations {
    minute_began: Timestamp,
    in_it: u8,
}

impl Registrations {
    /// Counts one more, unless it is one too many.
    pub(super) fn count(&mut self, now: Timestamp) -> Result<(), Problem> {
        let passed = now.since(self.minute_began);
        if self.in_it == 0 || passed >= MINUTE {
            *self = Self { minute_began: now, in_it: 1 };
        } else if self.in_it < MAX_A_MINUTE {
            self.in_it += 1;
        } else {
            return Err(Problem::rate_limited("the socket", MINUTE.saturating_sub(passed)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(registrations: &mut Registrations, second: u64) -> bool {
        registrations.count(Timestamp::from_millis(second * 1_000)).is_ok()
    }

    #[test]
    fn ten_are_counted_in_each_minute_that_begins_with_one() {
        let mut registrations = Registrations::default();
        for minute in [0, 60, 200] {
            for second in 0..10 {
                assert!(counted(&mut registrations, minute + 5 * second));
            }
            for second in 50..60 {
                assert!(!counted(&mut registrations, minute + second));
            }
        }
    }

    #[test]
    fn a_socket_carries_a_few_bytes_for_it() {
        assert_eq!(size_of::<Registrations>(), 16);
    }
}
