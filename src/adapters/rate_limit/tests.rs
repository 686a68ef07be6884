use proptest::prelude::*;

use super::*;
use crate::adapters::ManualClock;

fn limit(per_second: u32, burst: u32) -> (RateLimit, Arc<ManualClock>) {
    let manual = Arc::new(ManualClock::default());
    let clock: Arc<dyn Clock> = Arc::<ManualClock>::clone(&manual);
    let number = |number| NonZeroU32::new(number).expect("above zero");
    let rate = Rate { per_second: number(per_second), burst: number(burst) };
    (RateLimit::new(Some(rate), &clock), manual)
}

/// How many are let pass before the first that is not.
fn passed(limit: &RateLimit, key: &str) -> usize {
    (0..100_000).take_while(|_| limit.check(key).is_ok()).count()
}

#[test]
fn after_a_rest_as_many_as_the_burst_pass_and_then_as_many_as_the_rate() {
    let (limit, clock) = limit(50, 100);
    assert_eq!(passed(&limit, "alice"), 100);
    clock.advance(Duration::from_secs(1));
    assert_eq!(passed(&limit, "alice"), 50);
    clock.advance(Duration::from_millis(20));
    assert_eq!(passed(&limit, "alice"), 1);
    clock.advance(Duration::from_hours(1));
    assert_eq!(passed(&limit, "alice"), 100);
}

#[test]
fn one_key_does_not_weigh_on_another() {
    let (limit, _) = limit(1, 3);
    assert_eq!(passed(&limit, "alice"), 3);
    assert_eq!(passed(&limit, "bob"), 3);
    assert_eq!(passed(&limit, "alice"), 0);
}

#[test]
fn who_waits_for_as_long_as_he_is_told_passes() {
    let (limit, clock) = limit(3, 2);
    assert_eq!(passed(&limit, "alice"), 2);
    let TooOften { wait } = limit.check("alice").expect_err("too often");
    assert!(wait <= Duration::from_millis(334), "{wait:?}");
    clock.advance(wait.saturating_sub(Duration::from_millis(2)));
    limit.check("alice").expect_err("too early");
    clock.advance(Duration::from_millis(3));
    limit.check("alice").expect("it is time");
}

#[test]
fn without_a_rate_all_pass() {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::default());
    assert_eq!(passed(&RateLimit::new(None, &clock), "alice"), 100_000);
}

#[test]
fn a_flood_of_other_keys_refuses_nobody_and_frees_nobody_who_goes_on() {
    let (limit, _) = limit(1, 10);
    for flood in 0..100 {
        let refused = (0..5_000).filter(|key| limit.check((flood, key)).is_err()).count();
        assert_eq!(refused, 0, "in flood {flood}");
        // Whoever calls more than others weighs more than they, and keeps his place.
        limit.check("mallory").ok();
    }
    limit.check("mallory").expect_err("he was never forgotten");
}

proptest! {
    /// Whatever others do, a key gets no less than its rate.
    #[test]
    fn who_keeps_to_the_rate_is_never_refused(others in prop::collection::vec((0_u32..50_000, 0_u64..3), 0..2_000)) {
        let (limit, clock) = limit(10, 2);
        for (key, milliseconds) in others {
            limit.check(key).ok();
            clock.advance(Duration::from_millis(milliseconds + 100));
            prop_assert_eq!(limit.check("alice"), Ok(()));
        }
    }
}
