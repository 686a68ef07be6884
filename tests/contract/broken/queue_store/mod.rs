mod comings;
mod faults;
mod spoiling;
mod store;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use matchmaker::{
    adapters::ManualClock,
    domain::{QueueKey, QueueSettings, Stake},
    ports::{
        QueueStore,
        contract::{
            Case, QueueStoreFixture, TestClock,
            queue_store::{SUITE, VARIANTS},
        },
    },
};

use self::{
    faults::{FAULTS, Fault},
    spoiling::BrokenQueueStore,
};
use super::{expect_every_case_named, expect_reports};
use crate::naive::queue_store::Tables;

struct Broken(Fault);

#[async_trait]
impl QueueStoreFixture for Broken {
    async fn open(&self, mut settings: QueueSettings) -> (Arc<dyn QueueStore>, Arc<dyn TestClock>) {
        let Self(fault) = *self;
        match fault {
            Fault::GraceIsAnInstantLonger => settings.disconnect_grace += Duration::from_micros(1),
            Fault::SearchTimeIsAnInstantLonger => settings.search_time += Duration::from_micros(1),
            Fault::DoesNotBoundWaiting => settings.max_waiting = usize::MAX,
            Fault::PassesNobodyOver => settings.pair_only_connected = false,
            Fault::DoesNotBoundMatches => settings.max_matches = usize::MAX,
            _ => {}
        }
        let clock = Arc::new(ManualClock::default());
        let tables = Mutex::new(Tables::new(settings));
        (Arc::new(BrokenQueueStore { fault, clock: clock.clone(), tables }), clock)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_queue_store_is_reported_by_the_cases_that_are_about_it() {
    expect_reports(&SUITE, &faults(), |fault| Box::new(Broken(fault))).await;
}

#[test]
fn every_case_of_the_queue_stores_contract_reports_some_fault() {
    expect_every_case_named(&SUITE, &faults());
}

/// Each fault, and the cases that must report it; what a case must report, it must report also in its other forms.
fn faults() -> Vec<(Fault, Vec<&'static str>)> {
    let forms = |name: &'static str| {
        let form =
            move |case: &&str| *case == name || VARIANTS.iter().any(|suffix| **case == format!("{name}{suffix}"));
        SUITE.cases().iter().map(Case::name).filter(form)
    };
    FAULTS.iter().map(|(fault, cases)| (*fault, cases.iter().flat_map(|name| forms(name)).collect())).collect()
}

/// What becomes of a key whose amount is kept as a float.
pub(super) fn through_a_float(key: &QueueKey) -> QueueKey {
    let amount: f64 = key.stake().amount().to_string().parse().expect("an amount is a number");
    let stake = Stake::parse(key.stake().asset(), &amount.to_string()).expect("a rounded amount is one still");
    QueueKey::new(key.game().clone(), stake)
}
