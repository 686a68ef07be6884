//! Adapters that do not answer at all, and what a suite says about them.

use std::{future, sync::Arc, time::Duration};

use async_trait::async_trait;
use matchmaker::{
    adapters::ManualClock,
    domain::{Match, MatchId},
    ports::{
        Finish, Insertion, MatchRepository, PortError, RepositorySettings,
        contract::{self, MatchRepositoryFixture, TestClock, Violation, match_repository::SUITE},
    },
};

#[derive(Clone, Copy)]
enum Unwell {
    Hangs,
    Panics,
    Fails,
}

impl Unwell {
    async fn answer<T>(self) -> Result<T, PortError> {
        match self {
            Self::Hangs => future::pending().await,
            Self::Panics => panic!("the disk is on fire"),
            Self::Fails => Err(PortError::Unknown("the line went dead".into())),
        }
    }
}

#[async_trait]
impl MatchRepository for Unwell {
    async fn insert(&self, _: &Match) -> Result<Insertion, PortError> {
        self.answer().await
    }

    async fn get(&self, _: MatchId) -> Result<Option<Match>, PortError> {
        self.answer().await
    }

    async fn finish(&self, _: MatchId) -> Result<Finish, PortError> {
        self.answer().await
    }

    async fn overdue(&self, _: usize) -> Result<Vec<MatchId>, PortError> {
        self.answer().await
    }

    async fn purge(&self, _: usize) -> Result<usize, PortError> {
        self.answer().await
    }

    async fn count(&self) -> Result<usize, PortError> {
        self.answer().await
    }
}

#[async_trait]
impl MatchRepositoryFixture for Unwell {
    async fn open(&self, _: RepositorySettings) -> (Arc<dyn MatchRepository>, Arc<dyn TestClock>) {
        (Arc::new(*self), Arc::new(ManualClock::default()))
    }
}

async fn violation_of(unwell: Unwell, case: &str) -> Violation {
    let case = SUITE.case(case).expect("there is such a case");
    case.run_within(&unwell, Duration::from_millis(200)).await.expect_err("an unwell adapter fails")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adapter_that_hangs_is_reported() {
    for case in ["an_unknown_match_is_none", "one_of_several_insertions_stores_the_match"] {
        let violation = violation_of(Unwell::Hangs, case).await;
        assert_eq!((violation.case, violation.guarantee.as_str()), (case, "every call ends"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adapter_that_panics_is_reported_with_its_words() {
    for case in ["an_unknown_match_is_none", "one_of_several_insertions_stores_the_match"] {
        let violation = violation_of(Unwell::Panics, case).await;
        assert_eq!((violation.case, violation.seen.as_str()), (case, "a panic: the disk is on fire"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adapter_that_fails_is_reported_with_the_cause() {
    for case in ["an_unknown_match_is_none", "one_of_several_insertions_stores_the_match"] {
        let violation = violation_of(Unwell::Fails, case).await;
        assert_eq!(
            (violation.case, violation.seen.as_str()),
            (case, "it may or may not have happened: the line went dead")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_call_reports_every_violation() {
    let verdict = tokio::spawn(async { contract::match_repository(&Unwell::Fails).await }).await;
    let panic = verdict.expect_err("a broken adapter fails").into_panic();
    let report = panic.downcast_ref::<String>().expect("a report is a text");
    for case in SUITE.cases() {
        assert!(report.contains(&format!("\n{}: ", case.name())), "{} is missing in: {report}", case.name());
    }
}

#[test]
fn a_runtime_of_one_thread_is_refused() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let verdict =
        runtime.block_on(async { tokio::spawn(async { contract::match_repository(&Unwell::Fails).await }).await });
    let panic = verdict.expect_err("it cannot race").into_panic();
    let text = panic.downcast_ref::<&str>().expect("a text");
    assert!(text.contains("multi-threaded"), "{text}");
}
