//! Adapters that break one guarantee each: the naive ones with a fault. For each fault the cases are named that must report
//! it, and every case must be named by some fault, so that no case is there that cannot fail.

mod match_repository;
mod notifier;
mod queue_store;
mod unwell;

use std::{collections::BTreeSet, fmt::Debug};

use matchmaker::ports::contract::{Case, Suite};

/// Where one step should have been and two are, time enough for another call to come in between, on a busy machine too.
async fn let_others_in() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

/// Runs the cases that are named for each fault; each must report it.
async fn expect_reports<F: Debug + Copy, T: ?Sized + Sync>(
    suite: &Suite<T>,
    faults: &[(F, impl AsRef<[&'static str]>)],
    fixture: impl Fn(F) -> Box<T>,
) {
    let mut unnoticed = Vec::new();
    for (fault, cases) in faults {
        for name in cases.as_ref() {
            let case = suite.case(name).unwrap_or_else(|| panic!("there is no case {name}"));
            match case.run(&fixture(*fault)).await {
                Ok(()) => unnoticed.push(format!("{fault:?} by {name}")),
                Err(violation) => assert_eq!(violation.case, *name),
            }
        }
    }
    assert!(unnoticed.is_empty(), "faults that went unnoticed: {unnoticed:#?}");
}

fn expect_every_case_named<F, T: ?Sized + Sync>(suite: &Suite<T>, faults: &[(F, impl AsRef<[&'static str]>)]) {
    let named: BTreeSet<&str> = faults.iter().flat_map(|(_, cases)| cases.as_ref().iter().copied()).collect();
    let unnamed: Vec<&str> = suite.cases().iter().map(Case::name).filter(|name| !named.contains(name)).collect();
    assert!(unnamed.is_empty(), "cases that no fault is known to break: {unnamed:#?}");
}
