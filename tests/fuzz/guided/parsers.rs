//! Feeds the parser that `FUZZ_TARGET` names; its seeds are written to the folder `FUZZ_SEEDS` first.

#![no_main]

use std::{env, fs, path::PathBuf, sync::LazyLock};

use libfuzzer_sys::fuzz_target;
use matchmaker::adapters::fuzzing::{TARGETS, Target};

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a parser");
    TARGETS.iter().find(|target| target.name == name).expect("FUZZ_TARGET names a parser that there is")
});

fn write_seeds() {
    let folder = PathBuf::from(env::var_os("FUZZ_SEEDS").expect("FUZZ_SEEDS names a folder"));
    for (number, seed) in TARGET.seeds.iter().enumerate() {
        fs::write(folder.join(format!("seed-{number}")), seed).expect("the folder can be written to");
    }
}

fuzz_target!(init: write_seeds(), |input: &[u8]| (TARGET.feed)(input));
