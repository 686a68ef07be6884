//! What happens at the bounds.

use super::{
    QueueStoreFixture,
    subject::{SEARCH, SETTINGS, Subject, ended, quiet},
};
use crate::{
    domain::{Capacity, EndReason, FindOutcome, LeaveOutcome, QueueSettings, Standing},
    ports::contract::{
        Violation,
        samples::{key, seconds},
        violation::{check, check_that},
    },
};

const TWO_MAY_WAIT: QueueSettings = QueueSettings { max_waiting: 2, ..SETTINGS };
const ONE_MATCH: QueueSettings = QueueSettings { max_matches: 1, ..SETTINGS };
const FULL: FindOutcome = FindOutcome::AtCapacity(Capacity::Waiting);

pub(super) async fn at_the_bound_nobody_new_waits(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open_with(fixture, TWO_MAY_WAIT).await;
    let guarantee = "when as many wait as may, a new ticket is refused, and nothing changes";
    subject.wait("ann", &key("chess")).await?;
    subject.wait("bob", &key("go")).await?;
    for _ in 0..2 {
        check(guarantee, subject.find("cid", &key("dice")).await?, quiet(FULL))?;
        subject.expect_standing(guarantee, "cid", Standing::Idle).await?;
        check(guarantee, subject.store.census().await?.waiting, 2)?;
    }
    subject.leave("ann").await?;
    subject.wait("cid", &key("dice")).await.map(drop)
}

pub(super) async fn at_the_bound_the_rest_goes_on(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open_with(fixture, TWO_MAY_WAIT).await;
    let guarantee = "when as many wait as may, retries, leaves and pairings go on";
    let ticket = subject.wait("ann", &key("chess")).await?;
    let leaver = subject.wait("bob", &key("go")).await?;
    check(guarantee, subject.find("ann", &key("chess")).await?, quiet(FindOutcome::StillWaiting(ticket.clone())))?;
    check(guarantee, subject.find("ann", &key("go")).await?, quiet(FindOutcome::WaitingElsewhere(ticket)))?;
    let left = LeaveOutcome::Left(ended("bob", &leaver, EndReason::Left));
    check(guarantee, subject.leave("bob").await?, quiet(left))?;
    subject.wait("bob", &key("go")).await?;
    let decided = subject.find("cid", &key("chess")).await?;
    check_that(guarantee, matches!(decided.outcome, FindOutcome::Paired(_)), "Paired", decided)
}

pub(super) async fn overdue_tickets_make_room(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open_with(fixture, TWO_MAY_WAIT).await;
    let guarantee = "a ticket past its time takes no room: at the bound the longest overdue one is ended and reported";
    let older = subject.wait("ann", &key("chess")).await?;
    subject.advance(seconds(1)).await;
    let newer = subject.wait("bob", &key("go")).await?;
    subject.advance(SEARCH).await;
    for (name, expected) in
        [("cid", ended("ann", &older, EndReason::Expired)), ("dan", ended("bob", &newer, EndReason::Expired))]
    {
        let decided = subject.find(name, &key(name)).await?;
        check_that(guarantee, matches!(decided.outcome, FindOutcome::Joined(_)), "Joined", &decided)?;
        check(guarantee, decided.ended, vec![expected])?;
    }
    check(guarantee, subject.find("eve", &key("eve")).await?, quiet(FULL))
}

pub(super) async fn an_overdue_opponent_makes_room(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open_with(fixture, TWO_MAY_WAIT).await;
    let guarantee = "whose opponent's ticket is past its time takes that room, and ends no other ticket";
    let older = subject.wait("ann", &key("chess")).await?;
    subject.advance(seconds(1)).await;
    let newer = subject.wait("bob", &key("go")).await?;
    subject.advance(SEARCH).await;
    let decided = subject.find("cid", &key("go")).await?;
    check_that(guarantee, matches!(decided.outcome, FindOutcome::Joined(_)), "Joined", &decided)?;
    check(guarantee, decided.ended, vec![ended("bob", &newer, EndReason::Expired)])?;
    check(guarantee, subject.end_overdue().await?, vec![ended("ann", &older, EndReason::Expired)])
}

pub(super) async fn at_the_bound_on_matches_nobody_is_paired(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open_with(fixture, ONE_MATCH).await;
    let guarantee = "when players stand in as many matches as they may, nobody is paired, and nothing changes";
    let match_ = subject.pair("ann", "bob", &key("chess")).await?;
    let ticket = subject.wait("cid", &key("chess")).await?;
    let refused = quiet(FindOutcome::AtCapacity(Capacity::Matches));
    for _ in 0..2 {
        check(guarantee, subject.find("dan", &key("chess")).await?, refused.clone())?;
        subject.expect_standing(guarantee, "dan", Standing::Idle).await?;
        subject.expect_standing(guarantee, "cid", Standing::Waiting(ticket.clone())).await?;
    }
    let found = subject.find("ann", &key("chess")).await?;
    check_that(guarantee, matches!(found.outcome, FindOutcome::AlreadyMatched(_)), "AlreadyMatched", found)?;
    subject.store.release(&match_).await?;
    let found = subject.find("dan", &key("chess")).await?;
    check_that("a release makes room for a match", matches!(found.outcome, FindOutcome::Paired(_)), "Paired", found)
}
