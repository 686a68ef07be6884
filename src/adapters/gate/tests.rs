use std::num::NonZeroU32;

use super::*;
use crate::{
    adapters::{AuthenticationOff, ManualClock, rate_limit::Rate},
    domain::Timestamp,
    ports::Clock,
};

/// A gate by which each player passes twice.
fn gate() -> Gate {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::default());
    let number = |number| NonZeroU32::new(number).expect("above zero");
    let rate = Rate { per_second: number(1), burst: number(2) };
    Gate::new(Arc::new(AuthenticationOff), RateLimit::new(Some(rate), &clock), Arc::new(Metrics::new(|| 0)))
}

fn player(id: &str) -> PlayerId {
    PlayerId::parse(id).expect("a player id")
}

fn known(id: Option<&str>, reads_every_match: bool) -> Caller {
    let until = Timestamp::default();
    Caller::Known(Known { player: id.map(player), reads_every_match, finishes_matches: false, until })
}

/// The code of what refuses a call.
fn refusal(result: Result<(), Problem>) -> Option<&'static str> {
    result.err().map(|problem| problem.code().as_str())
}

#[test]
fn a_stranger_does_not_use_up_a_players_calls() {
    let gate = gate();
    let (alice, mallory) = (player("alice"), known(Some("mallory"), false));
    for _ in 0..10 {
        assert_eq!(refusal(gate.admit(&mallory, &alice)), Some("forbidden"));
    }
    for expected in [None, None, Some("rate_limited")] {
        assert_eq!(refusal(gate.admit(&known(Some("alice"), false), &alice)), expected);
    }
}

#[test]
fn what_a_player_reads_counts_among_his_calls() {
    let gate = gate();
    let alice = known(Some("alice"), false);
    assert_eq!(refusal(gate.admit_reader(&alice)), None);
    assert_eq!(refusal(gate.admit(&alice, &player("alice"))), None);
    assert_eq!(refusal(gate.admit_reader(&alice)), Some("rate_limited"));
    assert_eq!(refusal(gate.admit_reader(&known(Some("bob"), false))), None);
}

#[test]
fn game_servers_and_those_whom_nobody_knows_read_as_often_as_they_like() {
    let gate = gate();
    for caller in [known(None, true), known(Some("server"), true), known(None, false), Caller::Anybody] {
        for _ in 0..10 {
            assert_eq!(refusal(gate.admit_reader(&caller)), None);
        }
    }
}
