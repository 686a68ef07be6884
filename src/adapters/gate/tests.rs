use std::{future, num::NonZeroU32, pin::pin};

use async_trait::async_trait;
use futures_util::FutureExt;

use super::*;
use crate::{
    adapters::{AuthenticationOff, ManualClock, rate_limit::Rate},
    domain::{Known, Timestamp},
    ports::Clock,
};

/// A gate by which each player passes twice.
fn gate(authenticator: impl Authenticator + 'static) -> Gate {
    gate_of(Arc::new(authenticator), Arc::new(ManualClock::default()))
}

fn gate_of(authenticator: Arc<dyn Authenticator>, clock: Arc<dyn Clock>) -> Gate {
    let number = |number| NonZeroU32::new(number).expect("above zero");
    let rate = Rate { per_second: number(1), burst: number(2) };
    let calls_of_players = RateLimit::new(Some(rate), &clock);
    Gate::new(authenticator, calls_of_players, Arc::new(Metrics::new(|| 0)), clock)
}

fn player(id: &str) -> PlayerId {
    PlayerId::parse(id).expect("a player id")
}

/// Knows one caller only.
struct One(Caller);

#[async_trait]
impl Authenticator for One {
    async fn authenticate(&self, _: Option<&str>) -> Result<Caller, AuthenticationError> {
        Ok(self.0.clone())
    }
}

fn known(id: Option<&str>, reads_every_match: bool, finishes_matches: bool) -> Caller {
    Caller::Known(Known { player: id.map(player), reads_every_match, finishes_matches, until: Timestamp::default() })
}

/// The code of what refuses a call.
fn refusal<T>(result: Result<T, Problem>) -> Option<&'static str> {
    result.err().map(|problem| problem.code().as_str())
}

#[tokio::test]
async fn every_call_of_a_known_player_counts_as_his_own_whomever_it_is_for() {
    let mallory = known(Some("mallory"), false, false);
    let gate = gate(One(mallory.clone()));
    for expected in [None, None, Some("rate_limited")] {
        assert_eq!(refusal(gate.caller(None).await), expected);
    }
    for _ in 0..10 {
        assert_eq!(refusal(gate.admit(&mallory, &player("alice"))), Some("forbidden"));
    }
    let alice = known(Some("alice"), false, false);
    assert_eq!(refusal(gate.admit(&alice, &player("alice"))), None);
}

#[tokio::test]
async fn where_nobody_shows_who_he_is_a_call_counts_as_that_of_the_player_it_names() {
    let gate = gate(AuthenticationOff);
    for expected in [None, None, Some("rate_limited")] {
        assert_eq!(refusal(gate.caller(None).await), None);
        assert_eq!(refusal(gate.admit(&Caller::Anybody, &player("alice"))), expected);
    }
    assert_eq!(refusal(gate.admit(&Caller::Anybody, &player("bob"))), None);
}

#[tokio::test]
async fn game_servers_read_and_finish_as_often_as_they_like() {
    for server in [known(None, false, false), known(Some("server"), true, false), known(Some("server"), false, true)] {
        let gate = gate(One(server));
        for _ in 0..10 {
            assert_eq!(refusal(gate.caller(None).await), None);
        }
    }
}

#[tokio::test]
async fn a_player_who_may_do_more_than_play_plays_no_more_often_than_others() {
    for alice in [known(Some("alice"), true, false), known(Some("alice"), false, true)] {
        let gate = gate(One(alice.clone()));
        for expected in [None, None, Some("rate_limited")] {
            assert_eq!(refusal(gate.caller(None).await), None);
            assert_eq!(refusal(gate.admit(&alice, &player("alice"))), expected);
        }
    }
}

/// Asks somebody who never answers.
struct Silent;

#[async_trait]
impl Authenticator for Silent {
    async fn authenticate(&self, _: Option<&str>) -> Result<Caller, AuthenticationError> {
        future::pending().await
    }
}

#[tokio::test]
async fn an_authenticator_that_does_not_answer_is_given_up_after_three_seconds() {
    let clock = Arc::new(ManualClock::default());
    let gate = gate_of(Arc::new(Silent), clock.clone());
    let mut asking = pin!(gate.caller(Some("a.b.c")));
    assert!(asking.as_mut().now_or_never().is_none());
    clock.advance(Duration::from_millis(2999));
    assert!(asking.as_mut().now_or_never().is_none());
    clock.advance(Duration::from_millis(1));
    assert_eq!(refusal(asking.await.map(|_| ())), Some("store_unavailable"));
}
