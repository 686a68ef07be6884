//! Hostile input, bred at random from inputs that reach far into each parser. Each run of the tests feeds the same inputs;
//! `FUZZ_SECONDS` makes it go on with others for that long.

mod breeding;

use std::{
    env,
    time::{Duration, Instant},
};

use breeding::Breeder;
use matchmaker::adapters::fuzzing::{TARGETS, Target};

/// How many inputs each parser is fed in every run of the tests.
const INPUTS: u64 = 20_000;

/// How long one input may take at most in a campaign. The largest takes far less than a millisecond.
const LONGEST: Duration = Duration::from_millis(250);

/// The seed of the inputs that every run feeds.
const SEED: u64 = 1;

#[test]
fn no_input_breaks_a_promise_of_a_parser() {
    for target in TARGETS {
        target.seeds.iter().for_each(|seed| (target.feed)(seed));
        let mut breeder = Breeder::new(target.seeds, SEED);
        for _ in 0..INPUTS {
            feed(target, breeder.next_input());
        }
    }
}

#[test]
#[ignore = "a campaign: make fuzz"]
fn a_campaign_finds_nothing() {
    let time = env::var("FUZZ_SECONDS").map_or(60, |seconds| seconds.parse().expect("FUZZ_SECONDS is whole seconds"));
    let seed = env::var("FUZZ_SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().expect("a whole number"));
    for target in TARGETS {
        let (began, mut inputs, mut slowest) = (Instant::now(), 0_u64, Duration::ZERO);
        let mut breeder = Breeder::new(target.seeds, seed);
        while began.elapsed() < Duration::from_secs(time) {
            let input = breeder.next_input();
            let fed = Instant::now();
            feed(target, input);
            let took = fed.elapsed();
            assert!(took < LONGEST, "{} took {took:?} for {:?}", target.name, input.escape_ascii().to_string());
            (inputs, slowest) = (inputs + 1, slowest.max(took));
        }
        println!("{}: {inputs} inputs from seed {seed} in {time} s, the slowest took {slowest:?}", target.name);
    }
}

fn feed(target: &Target, input: &[u8]) {
    let kept = std::panic::catch_unwind(|| (target.feed)(input)).is_ok();
    assert!(kept, "{} broke on b\"{}\"", target.name, input.escape_ascii());
}
