use std::sync::atomic::AtomicUsize;

use async_trait::async_trait;
use tokio::sync::Notify;

use super::*;
use crate::matchmaking::sweeping::{CHECKED, MAX_FAILURES, SWEPT_AT_ONCE};

const ROUND: [&str; 5] = ["end overdue", "unsettled after 0", "overdue", "pairings after 0", "purge"];

fn batch<T: Clone>(item: &T) -> Vec<T> {
    vec![item.clone(); SWEPT_AT_ONCE]
}

fn only<'a>(calls: &'a [String], name: &str) -> Vec<&'a str> {
    calls.iter().map(String::as_str).filter(|call| call.starts_with(name)).collect()
}

#[tokio::test]
async fn a_round_looks_for_everything_that_time_brings() {
    let scene = Scene::new(Answers::default());
    scene.matchmaking().sweep().await;
    assert_eq!(scene.calls(), ROUND);
}

#[tokio::test]
async fn a_step_that_fails_does_not_keep_the_others_from_their_turn() {
    for step in ROUND {
        for failure in Failure::ALL {
            let scene = Scene::failing(Answers::default(), move |_, call| (call == step).then_some(failure));
            scene.matchmaking().sweep().await;
            assert_eq!(scene.calls(), ROUND, "{step} fails");
        }
    }
}

#[tokio::test]
async fn every_ended_ticket_is_reported_and_the_next_batch_is_asked_for() {
    let expired = ended("anna", EndReason::Expired);
    let end_overdue = [batch(&expired), vec![expired]].into();
    let scene = Scene::failing(Answers { end_overdue, ..Answers::default() }, |at, call| {
        (call.starts_with("tell") && at == 2).then_some(Failure::NotDone)
    });
    scene.matchmaking().sweep().await;
    let calls = scene.calls();
    assert_eq!(only(&calls, "end overdue").len(), 2);
    assert_eq!(only(&calls, "record anna expired").len(), SWEPT_AT_ONCE + 1);
    assert_eq!(
        only(&calls, "tell anna expired").len(),
        SWEPT_AT_ONCE + 1,
        "one that fails keeps no other from being told"
    );
}

#[tokio::test]
async fn pairings_left_behind_are_carried_on_to_the_last() {
    let unsettled = [vec![unsettled(3), unsettled(4)], vec![unsettled(5)], vec![]].into();
    let scene = Scene::new(Answers { unsettled, ..Answers::default() });
    scene.matchmaking().sweep().await;
    let calls = scene.calls();
    assert_eq!(only(&calls, "settle "), ["settle 3", "settle 4", "settle 5"]);
    assert_eq!(only(&calls, "unsettled"), ["unsettled after 0", "unsettled after 4", "unsettled after 5"]);
}

#[tokio::test]
async fn one_pairing_that_cannot_be_settled_does_not_keep_the_others_waiting() {
    for step in ["insert 4", "tell anna found 4", "tell bert found 4", "settle 4"] {
        let left_behind = [vec![unsettled(3), unsettled(4), unsettled(5)], vec![]].into();
        let answers = Answers { unsettled: left_behind, ..Answers::default() };
        let scene = Scene::failing(answers, move |_, call| (call == step).then_some(Failure::Unknown));
        scene.matchmaking().sweep().await;
        let calls = scene.calls();
        assert!(only(&calls, "settle ").ends_with(&["settle 5"]), "{step}: {calls:?}");
        assert_eq!(only(&calls, "settle 4").len(), usize::from(step == "settle 4"), "the mark outlives a failure");
    }
}

#[tokio::test]
async fn many_failures_end_a_step_but_not_the_round() {
    let numbers = 1..=MAX_FAILURES as u64 + 5;
    let cases = [
        (Answers { unsettled: [numbers.clone().map(unsettled).collect()].into(), ..Answers::default() }, "insert"),
        (Answers { overdue: [numbers.clone().map(match_id).collect()].into(), ..Answers::default() }, "get"),
        (
            Answers {
                pairings: [numbers.clone().map(settled).collect()].into(),
                over: [numbers.map(match_id).collect()].into(),
                ..Answers::default()
            },
            "get",
        ),
    ];
    for (answers, failing) in cases {
        let scene = Scene::failing(answers, move |_, call| call.starts_with(failing).then_some(Failure::NotDone));
        scene.matchmaking().sweep().await;
        let calls = scene.calls();
        assert_eq!(only(&calls, failing).len(), MAX_FAILURES);
        assert_eq!(calls.last().unwrap(), "purge");
    }
}

#[tokio::test]
async fn matches_whose_lifetime_is_over_are_finished_and_their_players_freed_and_told() {
    let overdue = [vec![match_id(3), match_id(4)]].into();
    let scene = Scene::new(Answers { overdue, ..Answers::default() });
    scene.matchmaking().sweep().await;
    let calls = scene.calls();
    assert_eq!(only(&calls, "finish"), ["finish 3", "finish 4"]);
    assert_eq!(only(&calls, "release"), ["release 3", "release 4"]);
    assert_eq!(only(&calls, "tell anna"), ["tell anna finished 3", "tell anna finished 4"]);
}

#[tokio::test]
async fn a_full_batch_of_overdue_matches_is_followed_by_the_next_unless_one_of_them_failed() {
    for failing in [false, true] {
        let overdue = [batch(&match_id(3)), vec![match_id(4)]].into();
        let scene = Scene::failing(Answers { overdue, ..Answers::default() }, move |at, call| {
            (failing && call == "finish 3" && at < 10).then_some(Failure::NotDone)
        });
        scene.matchmaking().sweep().await;
        let calls = scene.calls();
        assert_eq!(only(&calls, "overdue").len(), if failing { 1 } else { 2 });
        assert_eq!(only(&calls, "finish 3").len(), SWEPT_AT_ONCE);
    }
}

#[tokio::test]
async fn a_settled_pairing_whose_match_is_over_is_released_and_one_not_settled_is_left_to_its_own_step() {
    let pairings = [vec![settled(3), unsettled(4), settled(5)]].into();
    let (over, get) = ([vec![match_id(5)]].into(), [Some(finished(5))].into());
    let scene = Scene::new(Answers { pairings, get, over, ..Answers::default() });
    scene.matchmaking().sweep().await;
    let calls = scene.calls();
    assert_eq!(only(&calls, "over "), ["over 3 5"]);
    assert_eq!(only(&calls, "get"), ["get 5"]);
    assert_eq!(only(&calls, "release"), ["release 5"]);
}

#[tokio::test]
async fn the_check_of_pairings_goes_on_where_it_stopped_and_then_begins_anew() {
    let full = |last| (last + 1 - CHECKED as u64..=last).map(settled).collect();
    let pairings = [full(300), full(600), vec![settled(601)], vec![]].into();
    let scene = Scene::failing(Answers { pairings, ..Answers::default() }, |_, call| {
        (call.starts_with("over 45 46 ")).then_some(Failure::NotDone)
    });
    let matchmaking = scene.matchmaking();
    for _ in 0..4 {
        matchmaking.sweep().await;
    }
    let from = ["pairings after 0", "pairings after 300", "pairings after 600", "pairings after 0"];
    assert_eq!(only(&scene.calls(), "pairings"), from);
}

#[tokio::test]
async fn matches_past_their_retention_are_forgotten_to_the_last() {
    let scene = Scene::new(Answers { purge: [SWEPT_AT_ONCE, SWEPT_AT_ONCE, 1].into(), ..Answers::default() });
    scene.matchmaking().sweep().await;
    assert_eq!(only(&scene.calls(), "purge").len(), 3);
}

/// A clock whose time passes as soon as somebody waits for it, a number of times.
struct Ticks {
    now: AtomicU64,
    left: AtomicUsize,
    spent: Notify,
}

#[async_trait]
impl Clock for Ticks {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.now.load(std::sync::atomic::Ordering::Relaxed))
    }

    async fn sleep_until(&self, at: Timestamp) {
        assert_eq!(at, self.now().after(SWEEP_INTERVAL));
        if self.left.load(std::sync::atomic::Ordering::Relaxed) == 0 {
            self.spent.notify_one();
            std::future::pending::<()>().await;
        }
        self.left.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
        self.now.store(at.as_micros(), std::sync::atomic::Ordering::Relaxed);
    }
}

#[tokio::test]
async fn there_is_a_round_at_every_interval_whatever_failed_in_the_last() {
    let scene = Scene::failing(Answers::default(), |_, _| Some(Failure::Unknown));
    let matchmaking = scene.matchmaking();
    let clock = Arc::new(Ticks { now: AtomicU64::new(5), left: AtomicUsize::new(3), spent: Notify::new() });
    tokio::select! {
        () = Arc::new(matchmaking).sweep_for_ever(Arc::<Ticks>::clone(&clock)) => unreachable!("it sweeps for ever"),
        () = clock.spent.notified() => {}
    }
    assert_eq!(scene.calls(), [ROUND; 3].concat());
}
