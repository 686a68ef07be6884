//! Calls that are in flight at the same time.

use std::sync::Arc;

use super::{
    NotifierFixture,
    subject::{REPLACED, Subject, found, idle, over, registered, told_found, told_over},
};
use crate::ports::{
    Greeted,
    contract::{
        Violation,
        race::{race, race_two},
        samples::player,
        violation::{check, check_that},
    },
};

pub(super) async fn no_notice_is_lost_around_the_greeting(fixture: &dyn NotifierFixture) -> Result<(), Violation> {
    let guarantee =
        "a socket that is greeted while notices are told hears the greeting, then every notice once, in order";
    for _ in 0..60 {
        let subject = Subject::open(fixture).await;
        let mut socket = subject.attached("ann").await?;
        for serial in 2..5 {
            subject.tell("ann", &found(serial)).await?;
        }
        let (notifier, teller) = (Arc::clone(&subject.notifier), Arc::clone(&subject.notifier));
        let id = socket.id;
        let telling = async move {
            for serial in 5..10 {
                teller.tell(&player("ann"), &found(serial)).await?;
                tokio::task::yield_now().await;
            }
            Ok(())
        };
        let (greeted, ()) =
            race_two(async move { notifier.greet(&player("ann"), id, &idle(1)).await }, telling).await?;
        check(guarantee, greeted, Greeted::Live)?;
        let mut expected = vec![registered("ann", "idle")];
        expected.extend((2..10).map(|serial| told_found(serial, "bob")));
        socket.expect(guarantee, expected).await?;
    }
    Ok(())
}

pub(super) async fn simultaneous_copies_are_told_once(fixture: &dyn NotifierFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let mut socket = subject.live("ann", 1).await?;
    for serial in 2..60 {
        race((0..4).map(|_| {
            let notifier = Arc::clone(&subject.notifier);
            async move { notifier.tell(&player("ann"), &found(serial)).await }
        }))
        .await?;
        socket.expect("a socket hears of a thing once", vec![told_found(serial, "bob")]).await?;
    }
    Ok(())
}

pub(super) async fn no_race_tells_of_a_match_after_its_end(fixture: &dyn NotifierFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "nobody hears match_found after the match_finished of that match";
    let mut socket = subject.live("ann", 1).await?;
    for serial in 2..120 {
        let (finder, finisher) = (Arc::clone(&subject.notifier), Arc::clone(&subject.notifier));
        race_two(async move { finder.tell(&player("ann"), &found(serial)).await }, async move {
            finisher.tell(&player("ann"), &over(serial)).await
        })
        .await?;
        let told = socket.told().await;
        let in_order = told == [told_found(serial, "bob"), told_over(serial)] || told == [told_over(serial)];
        check_that(guarantee, in_order, "found and over, or over alone", told)?;
    }
    Ok(())
}

pub(super) async fn simultaneous_greetings_leave_the_latest_connection(
    fixture: &dyn NotifierFixture,
) -> Result<(), Violation> {
    let guarantee = "of sockets that are greeted at the same time the one of the greatest connection lives";
    for _ in 0..60 {
        let subject = Subject::open(fixture).await;
        let mut sockets = [subject.attached("ann").await?, subject.attached("ann").await?];
        let answers = race([(1, sockets[0].id), (2, sockets[1].id)].map(|(connection, socket)| {
            let notifier = Arc::clone(&subject.notifier);
            async move { notifier.greet(&player("ann"), socket, &idle(connection)).await }
        }))
        .await?;
        let told = sockets[0].told().await;
        let consistent = match answers[..] {
            [Greeted::Live, Greeted::Live] => told == [registered("ann", "idle"), REPLACED],
            [Greeted::Replaced, Greeted::Live] => told == [REPLACED],
            _ => false,
        };
        check_that(guarantee, consistent, "the first to be replaced, the second to live", (answers, told))?;
        sockets[1].expect(guarantee, vec![registered("ann", "idle")]).await?;
        subject.tell("ann", &found(5)).await?;
        sockets[0].expect(guarantee, vec![]).await?;
        sockets[1].expect(guarantee, vec![told_found(5, "bob")]).await?;
    }
    Ok(())
}
