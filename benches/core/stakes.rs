//! Reading and writing amounts.

use divan::{Bencher, black_box};
use matchmaker::domain::{Asset, Stake};

/// Amounts that are taken, and amounts that are refused; the hostile ones must cost no more than their length.
const AMOUNTS: [&str; 8] = [
    "20",
    "2e1",
    "0.000000000000000001",
    "999999999999.999999999999999999",
    "1e100000000",
    "1e-100000000",
    "-0.0",
    "0x20",
];

#[divan::bench(args = AMOUNTS)]
fn read(amount: &str) -> bool {
    Stake::parse(Asset::Eth, black_box(amount)).is_ok()
}

/// As many as a body can hold, or half as many and then one too many.
#[divan::bench(args = [16, 5_000, 16_000])]
fn read_digits(bencher: Bencher, count: usize) {
    let digits = "9".repeat(count);
    bencher.bench(|| Stake::parse(Asset::Eth, black_box(&digits)).is_ok());
}

#[divan::bench(args = ["20", "0.000000000000000001"])]
fn write(bencher: Bencher, amount: &str) {
    let amount = Stake::parse(Asset::Eth, amount).expect("an amount").amount();
    bencher.bench(|| black_box(amount).to_string());
}
