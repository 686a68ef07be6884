//! Clients that do not read.

use std::time::Duration;

use tokio::time::timeout;

use super::{
    MOST_WAITING, NotifierFixture, TOO_MANY_UNREAD, Told,
    subject::{Subject, UNREAD, found, idle, registered, told_found},
};
use crate::ports::contract::{
    Violation,
    violation::{check, check_that},
};

/// How long telling may take, with a client that does not read.
const PROMPT: Duration = Duration::from_secs(2);

pub(super) async fn a_socket_that_does_not_read_is_closed(fixture: &dyn NotifierFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "a socket that does not read is closed once as many messages wait for it as may";
    let mut unread = subject.attached_unread("ann").await?;
    subject.expect_live("ann", unread.id, &idle(1)).await?;
    let mut reader = subject.live("bob", 2).await?;
    tell_too_many(&subject).await?;
    let told = unread.told().await;
    let (closed, before) = (told.last() == Some(&UNREAD), told.len());
    check_that(guarantee, closed && before < TOO_MANY_UNREAD, "messages and then the closing", summary(&told))?;
    subject.tell("bob", &found(9)).await?;
    reader.expect("others are told as ever", vec![told_found(9, "ann")]).await?;
    let mut next = subject.attached("ann").await?;
    subject.greet_idle("ann", &mut next, 1_000_000).await
}

pub(super) async fn held_notices_are_bounded(fixture: &dyn NotifierFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let mut held = subject.attached("ann").await?;
    tell_too_many(&subject).await?;
    let guarantee =
        "notices that are held for a greeting count as waiting, so a socket that is never greeted is closed";
    let told = held.told().await;
    check_that(guarantee, told == [UNREAD], "the closing alone", summary(&told))
}

pub(super) async fn a_socket_that_reads_is_not_closed(fixture: &dyn NotifierFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "what has been read does not count as waiting";
    let mut socket = subject.attached("ann").await?;
    subject.expect_live("ann", socket.id, &idle(1)).await?;
    let mut expected = vec![registered("ann", "idle")];
    for serial in 2..500 {
        subject.tell("ann", &found(serial)).await?;
        expected.push(told_found(serial, "bob"));
        if expected.len() == MOST_WAITING {
            check(guarantee, socket.told().await, std::mem::take(&mut expected))?;
        }
    }
    Ok(())
}

async fn tell_too_many(subject: &Subject) -> Result<(), Violation> {
    for serial in (2..).take(TOO_MANY_UNREAD) {
        let told = timeout(PROMPT, subject.tell("ann", &found(serial))).await;
        told.map_err(|_| {
            Violation::new("telling never waits for a client", format!("an answer within {PROMPT:?}"), "none")
        })??;
    }
    Ok(())
}

/// As many lines as can be read.
fn summary(told: &[Told]) -> (usize, Option<&Told>, Option<&Told>) {
    (told.len(), told.first(), told.last())
}
