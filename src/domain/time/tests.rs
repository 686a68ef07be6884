use proptest::prelude::*;

use super::*;

#[test]
fn a_moment_that_cannot_be_counted_is_the_end_of_time() {
    let end = Timestamp::from_micros(u64::MAX);
    assert_eq!(Timestamp::from_micros(1).after(Duration::MAX), end);
    assert_eq!(end.after(Duration::from_micros(1)), end);
    assert_eq!(Timestamp::from_micros(u64::MAX - 1).after(Duration::from_micros(1)), end);
    assert_eq!(Timestamp::from_millis(u64::MAX), end);
}

#[test]
fn what_is_not_in_the_past_was_no_time_ago() {
    let now = Timestamp::from_millis(5);
    assert_eq!(now.since(now), Duration::ZERO);
    assert_eq!(now.since(Timestamp::from_millis(6)), Duration::ZERO);
    assert_eq!(now.since(Timestamp::default()), Duration::from_millis(5));
}

#[test]
fn time_is_counted_in_whole_microseconds() {
    let start = Timestamp::from_millis(7);
    assert_eq!(start.as_micros(), 7_000);
    assert_eq!(start.after(Duration::from_nanos(999)), start);
    assert_eq!(start.after(Duration::from_nanos(1_001)).as_micros(), 7_001);
}

proptest! {
    #[test]
    fn a_moment_is_as_long_ago_as_time_has_passed(start: u32, passed: u32) {
        let start = Timestamp::from_micros(start.into());
        let passed = Duration::from_micros(passed.into());
        prop_assert_eq!(start.after(passed).since(start), passed);
        prop_assert!(start.after(passed) >= start);
    }
}
