mod faults;
mod spoiling;

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, AtomicUsize},
};

use async_trait::async_trait;
use matchmaker::ports::{
    Notifier,
    contract::{NotifierFixture, TestSockets, notifier::SUITE},
};

use self::{
    faults::{FAULTS, Fault},
    spoiling::BrokenNotifier,
};
use super::{expect_every_case_named, expect_reports};
use crate::naive::notifier::{NaiveNotifier, NaiveSockets};

struct Broken(Fault);

#[async_trait]
impl NotifierFixture for Broken {
    async fn open(&self) -> (Arc<dyn Notifier>, Arc<dyn TestSockets>) {
        let naive = Arc::new(NaiveNotifier::default());
        let sockets = NaiveSockets { notifier: Arc::clone(&naive), last: AtomicU64::new(0) };
        let (told, for_later) = (AtomicUsize::new(0), Mutex::default());
        (Arc::new(BrokenNotifier { fault: self.0, naive, told, for_later }), Arc::new(sockets))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_notifier_is_reported_by_the_cases_that_are_about_it() {
    expect_reports(&SUITE, FAULTS, |fault| Box::new(Broken(fault))).await;
}

#[test]
fn every_case_of_the_notifiers_contract_reports_some_fault() {
    expect_every_case_named(&SUITE, FAULTS);
}
