//! What travels as JSON.

use divan::{Bencher, black_box};
use matchmaker::adapters::benchmarking;

use crate::matches::match_;

pub(crate) const REGISTRATION: &str = r#"{"type":"register","playerId":"3c6ef372-fe94-f82b-e739-81800bb9db51"}"#;

/// What today's clients send, the same with everything that may be different, and what is refused.
const REQUESTS: [(&str, &str); 3] = [
    ("plain", r#"{"game":"chess","asset":"USDT","amount":20,"playerId":"3c6ef372-fe94-f82b-e739-81800bb9db51"}"#),
    (
        "unusual",
        r#" { "playerId" : "\u0033c6ef372-fe94", "amount" : "0.5e-3", "asset" : "ETH", "game" : "go", "x" : [{"y": null}] } "#,
    ),
    ("hostile", r#"{"game":"chess","asset":"USDT","amount":1e100000000,"playerId":"a"}"#),
];

#[divan::bench(args = REQUESTS.map(|(name, _)| name))]
fn read_request(bencher: Bencher, name: &str) {
    let (_, request) = REQUESTS.into_iter().find(|(other, _)| *other == name).expect("it is one of them");
    bencher.bench(|| benchmarking::read_request(black_box(request.as_bytes())));
}

#[divan::bench]
fn read_registration() -> Option<matchmaker::domain::PlayerId> {
    benchmarking::read_registration(black_box(REGISTRATION))
}

#[divan::bench]
fn write_match_found(bencher: Bencher) {
    let match_ = match_(0);
    bencher.bench(|| benchmarking::match_found(&match_.players()[0], black_box(&match_)));
}
