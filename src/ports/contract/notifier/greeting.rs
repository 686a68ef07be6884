//! What a socket is told first.

use super::{
    NotifierFixture,
    subject::{
        Subject, found, idle, matched, over, registered, search_ended, told_found, told_over, told_search_ended,
        waiting,
    },
};
use crate::{
    domain::{EndReason, Greeting, Notice},
    ports::{
        Greeted,
        contract::{Violation, samples::player, violation::check},
    },
};

pub(super) async fn nothing_is_told_before_the_greeting(fixture: &dyn NotifierFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "a socket is told nothing before its greeting";
    let mut socket = subject.attached("ann").await?;
    subject.tell("ann", &found(2)).await?;
    subject.tell("ann", &over(2)).await?;
    subject.tell("ann", &search_ended("ann", 3, EndReason::Expired)).await?;
    socket.expect(guarantee, vec![]).await
}

pub(super) async fn a_greeting_tells_the_standing(fixture: &dyn NotifierFixture) -> Result<(), Violation> {
    let guarantee = "a greeting tells where the player stands, then the match that it names, once and nothing else";
    let cases: [(Greeting, &str, bool); 3] =
        [(idle(9), "idle", false), (waiting(9, 5), "waiting", false), (matched(9, 5), "matched", true)];
    for (greeting, word, names_match) in cases {
        let subject = Subject::open(fixture).await;
        for (who, opponent) in [("ann", "bob"), ("bob", "ann")] {
            let mut socket = subject.attached(who).await?;
            subject.expect_live(who, socket.id, &greeting).await?;
            let mut expected = vec![registered(who, word)];
            expected.extend(names_match.then(|| told_found(5, opponent)));
            socket.expect(guarantee, expected).await?;
        }
    }
    Ok(())
}

pub(super) async fn held_notices_follow_the_greeting_in_order(fixture: &dyn NotifierFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "every notice since the attachment follows the greeting, in order";
    let mut socket = subject.attached("ann").await?;
    subject.tell("ann", &search_ended("ann", 3, EndReason::Left)).await?;
    subject.tell("ann", &found(5)).await?;
    subject.tell("ann", &over(5)).await?;
    subject.tell("ann", &found(8)).await?;
    subject.expect_live("ann", socket.id, &waiting(4, 3)).await?;
    let expected = vec![
        registered("ann", "waiting"),
        told_search_ended(EndReason::Left),
        told_found(5, "bob"),
        told_over(5),
        told_found(8, "bob"),
    ];
    socket.expect(guarantee, expected).await?;
    subject.tell("ann", &over(8)).await?;
    socket.expect("what is told after the greeting is told at once", vec![told_over(8)]).await
}

pub(super) async fn held_notices_that_the_greeting_outdates_are_dropped(
    fixture: &dyn NotifierFixture,
) -> Result<(), Violation> {
    let guarantee = "a held notice at or before the standing in the greeting is not told";
    let cases: [(&[Notice], Greeting, Vec<_>); 4] = [
        (&[found(3), over(3)], idle(4), vec![registered("ann", "idle")]),
        (&[search_ended("ann", 3, EndReason::Expired)], waiting(9, 5), vec![registered("ann", "waiting")]),
        (&[found(5)], matched(9, 5), vec![registered("ann", "matched"), told_found(5, "bob")]),
        (
            &[over(3), found(5), over(5)],
            matched(9, 5),
            vec![registered("ann", "matched"), told_found(5, "bob"), told_over(5)],
        ),
    ];
    for (held, greeting, expected) in cases {
        let subject = Subject::open(fixture).await;
        let mut socket = subject.attached("ann").await?;
        for notice in held {
            subject.tell("ann", notice).await?;
        }
        subject.expect_live("ann", socket.id, &greeting).await?;
        socket.expect(guarantee, expected).await?;
    }
    Ok(())
}

pub(super) async fn greeting_again_says_it_again(fixture: &dyn NotifierFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "a live socket that is greeted again is told the standing and the match again";
    let mut socket = subject.live("ann", 1).await?;
    subject.tell("ann", &found(5)).await?;
    socket.expect(guarantee, vec![told_found(5, "bob")]).await?;
    for connection in [6, 7] {
        subject.expect_live("ann", socket.id, &matched(connection, 5)).await?;
        socket.expect(guarantee, vec![registered("ann", "matched"), told_found(5, "bob")]).await?;
    }
    subject.tell("ann", &over(5)).await?;
    subject.expect_live("ann", socket.id, &idle(8)).await?;
    socket.expect(guarantee, vec![told_over(5), registered("ann", "idle")]).await?;
    subject.tell("ann", &over(5)).await?;
    socket.expect("a greeting makes nothing news again", vec![]).await
}

pub(super) async fn an_outdated_greeting_says_nothing(fixture: &dyn NotifierFixture) -> Result<(), Violation> {
    let guarantee = "a greeting whose standing is older than what the socket has heard is outdated, and says nothing";
    let cases: [(&[Notice], Greeting); 4] = [
        (&[found(5)], waiting(6, 4)),
        (&[search_ended("ann", 5, EndReason::Left)], waiting(6, 5)),
        (&[found(5), over(5)], matched(6, 5)),
        (&[found(7)], idle(6)),
    ];
    for (heard, outdated) in cases {
        let subject = Subject::open(fixture).await;
        let mut socket = subject.live("ann", 1).await?;
        for notice in heard {
            subject.tell("ann", notice).await?;
        }
        socket.told().await;
        check(guarantee, subject.greet("ann", socket.id, &outdated).await?, Greeted::Outdated)?;
        socket.expect(guarantee, vec![]).await?;
        subject.tell("ann", &found(8)).await?;
        socket.expect("an outdated greeting leaves the socket live", vec![told_found(8, "bob")]).await?;
        subject.greet_idle("ann", &mut socket, 9).await?;
    }
    Ok(())
}

pub(super) async fn a_closed_socket_is_not_greeted(fixture: &dyn NotifierFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "a socket that is not attached, or no more, is gone, and is told nothing";
    let mut never = subject.opened().await;
    let mut before = subject.attached("ann").await?;
    subject.detach("ann", before.id).await?;
    let mut after = subject.live("ann", 1).await?;
    subject.detach("ann", after.id).await?;
    for socket in [&mut never, &mut before, &mut after] {
        check(guarantee, subject.greet("ann", socket.id, &idle(2)).await?, Greeted::Gone)?;
        socket.expect(guarantee, vec![]).await?;
    }
    Ok(())
}

pub(super) async fn attaching_again_changes_nothing(fixture: &dyn NotifierFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "attaching again forgets nothing that was held, and nothing that was heard";
    let mut socket = subject.attached("ann").await?;
    subject.tell("ann", &found(5)).await?;
    subject.notifier.attach(&player("ann"), socket.id).await?;
    subject.expect_live("ann", socket.id, &idle(1)).await?;
    socket.expect(guarantee, vec![registered("ann", "idle"), told_found(5, "bob")]).await?;
    subject.notifier.attach(&player("ann"), socket.id).await?;
    subject.tell("ann", &found(5)).await?;
    subject.tell("ann", &over(5)).await?;
    socket.expect(guarantee, vec![told_over(5)]).await
}
