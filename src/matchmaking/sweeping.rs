//! What happens by itself, with the passing of time.

use std::{
    collections::HashSet,
    panic::AssertUnwindSafe,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use futures_util::FutureExt;

use super::{Clock, MatchId, Matchmaking, Pairing, Serial, Unavailable};
use crate::ports::CarriedBy;

/// How often [`Matchmaking::sweep`] runs.
pub const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

/// How old a pairing is before a sweep carries it on; its own call settles it long before.
pub const UNSETTLED_AGE: Duration = Duration::from_secs(1);

/// How much is taken from a store at a time, and done before others have their turn: ending so many tickets takes a hundred
/// microseconds behind the lock of the store in memory.
pub(crate) const SWEPT_AT_ONCE: usize = 64;

/// How many pairings are looked at in a round, of which hardly any is over.
pub(super) const CHECKED: usize = 256;

/// How many failures end a step of a round, since a store that is gone would make each of thousands wait.
pub(super) const MAX_FAILURES: usize = 16;

impl Matchmaking {
    /// Sweeps once every [`SWEEP_INTERVAL`], for ever. A failure is logged, and the next round tries again.
    pub async fn sweep_for_ever(self: Arc<Self>, clock: Arc<dyn Clock>) {
        loop {
            clock.sleep_until(clock.now().after(SWEEP_INTERVAL)).await;
            self.sweep().await;
        }
    }

    /// One round: ends the tickets whose time is over, carries on what is not settled, ends the matches whose lifetime is
    /// over, frees those who stand in a match that is over, and forgets matches past their retention.
    pub async fn sweep(&self) {
        step("ending tickets", self.end_overdue_tickets()).await;
        step("settling pairings", self.settle_pairings()).await;
        step("ending matches", self.end_overdue_matches()).await;
        step("checking pairings", self.check_pairings()).await;
        step("forgetting matches", self.forget_matches()).await;
    }

    async fn end_overdue_tickets(&self) -> Result<(), Unavailable> {
        loop {
            let ended = self.ports.queue.end_overdue(SWEPT_AT_ONCE).await?;
            let last = ended.len() < SWEPT_AT_ONCE;
            for ended in ended {
                self.report_end(ended).await;
            }
            if last {
                return Ok(());
            }
            tokio::task::yield_now().await;
        }
    }

    /// One pairing that cannot be settled does not keep the others waiting, but a store that is gone ends the round.
    async fn settle_pairings(&self) -> Result<(), Unavailable> {
        let mut after = Serial(0);
        let mut failures = Failures::default();
        loop {
            let unsettled = self.ports.queue.unsettled(UNSETTLED_AGE, after, SWEPT_AT_ONCE).await?;
            let Some(last) = unsettled.last() else { return failures.into_result() };
            after = last.match_.serial();
            for pairing in &unsettled {
                failures.count(self.carry_forward(&pairing.match_, CarriedBy::Sweep).await)?;
            }
            if unsettled.len() == SWEPT_AT_ONCE {
                tokio::task::yield_now().await;
            }
        }
    }

    async fn end_overdue_matches(&self) -> Result<(), Unavailable> {
        loop {
            let overdue = self.ports.matches.overdue(SWEPT_AT_ONCE).await?;
            let mut failures = Failures::default();
            for &id in &overdue {
                failures.count(self.finish(id).await)?;
            }
            // After a failure the same matches would come again.
            failures.into_result()?;
            if overdue.len() < SWEPT_AT_ONCE {
                return Ok(());
            }
            tokio::task::yield_now().await;
        }
    }

    /// Looks at some of the pairings in each round, so that a match that ended without freeing its players, since the process
    /// died or a store failed just then, keeps nobody locked who never comes back.
    async fn check_pairings(&self) -> Result<(), Unavailable> {
        let after = Serial(self.checked.load(Ordering::Relaxed));
        let pairings = self.ports.queue.pairings(after, CHECKED).await?;
        // At the end of the list the next round begins anew.
        let next = pairings.get(CHECKED - 1).map_or(Serial(0), |last| last.match_.serial());
        self.checked.store(next.0, Ordering::Relaxed);
        let mut failures = Failures::default();
        for pairing in self.over_among(&pairings).await? {
            failures.count(self.carry(pairing).await)?;
        }
        failures.into_result()
    }

    /// The settled pairings whose match is over.
    async fn over_among<'a>(&self, pairings: &'a [Pairing]) -> Result<Vec<&'a Pairing>, Unavailable> {
        let settled: Vec<&Pairing> = pairings.iter().filter(|pairing| pairing.settled).collect();
        if settled.is_empty() {
            return Ok(settled);
        }
        let ids: Vec<MatchId> = settled.iter().map(|pairing| pairing.match_.id()).collect();
        let over: HashSet<MatchId> = self.ports.matches.over(&ids).await?.into_iter().collect();
        Ok(settled.into_iter().filter(|pairing| over.contains(&pairing.match_.id())).collect())
    }

    async fn forget_matches(&self) -> Result<(), Unavailable> {
        while self.ports.matches.purge(SWEPT_AT_ONCE).await? == SWEPT_AT_ONCE {
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}

/// Whatever one step comes to, a panic included, the others are taken, and the next round tries again.
async fn step(step: &str, work: impl Future<Output = Result<(), Unavailable>>) {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(step, %error, "a sweep failed; the next one tries again"),
        Err(_) => tracing::error!(step, "a sweep ended in a panic; the next one tries again"),
    }
}

/// The failures of one round: the last is reported, and too many end the round.
#[derive(Default)]
struct Failures {
    seen: usize,
    last: Option<Unavailable>,
}

impl Failures {
    fn count<T>(&mut self, result: Result<T, Unavailable>) -> Result<(), Unavailable> {
        let Err(error) = result else { return Ok(()) };
        self.seen += 1;
        if self.seen == MAX_FAILURES {
            return Err(error);
        }
        self.last = Some(error);
        Ok(())
    }

    fn into_result(self) -> Result<(), Unavailable> {
        self.last.map_or(Ok(()), Err)
    }
}
