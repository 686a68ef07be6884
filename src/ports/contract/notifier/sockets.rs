//! Several sockets of one player.

use super::{
    NotifierFixture,
    subject::{REPLACED, Subject, found, idle, over, registered, told_found, told_over},
};
use crate::{
    domain::{Greeting, Serial, Standing},
    ports::{
        Greeted,
        contract::{Violation, samples::player, violation::check},
    },
};

pub(super) async fn the_latest_connection_lives(fixture: &dyn NotifierFixture) -> Result<(), Violation> {
    let guarantee = "of a player's greeted sockets the one of the greatest connection lives, in whatever order they are \
                     greeted, and the others are closed as replaced";
    for order in [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]] {
        let subject = Subject::open(fixture).await;
        let mut sockets = Vec::new();
        for _ in order {
            sockets.push(subject.attached("ann").await?);
        }
        let mut latest = 0;
        for connection in order {
            let socket = sockets[connection - 1].id;
            let greeted = subject.greet("ann", socket, &idle(connection as u64)).await?;
            let expected = if connection > latest { Greeted::Live } else { Greeted::Replaced };
            check(guarantee, greeted, expected)?;
            let mut told = if connection > latest { vec![registered("ann", "idle")] } else { vec![REPLACED] };
            sockets[connection - 1].expect(guarantee, std::mem::take(&mut told)).await?;
            if latest > 0 && connection > latest {
                sockets[latest - 1].expect(guarantee, vec![REPLACED]).await?;
            }
            latest = latest.max(connection);
        }
        subject.tell("ann", &found(5)).await?;
        for (connection, socket) in (1..).zip(&mut sockets) {
            let heard = if connection == 3 { vec![told_found(5, "bob")] } else { vec![] };
            socket.expect(guarantee, heard).await?;
        }
    }
    Ok(())
}

pub(super) async fn a_connection_counts_also_when_its_socket_has_closed(
    fixture: &dyn NotifierFixture,
) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "a connection that is not the player's latest does not live, also when the latest has closed since";
    let mut earlier = subject.attached("ann").await?;
    let later = subject.live("ann", 2).await?;
    subject.detach("ann", later.id).await?;
    check(guarantee, subject.greet("ann", earlier.id, &idle(1)).await?, Greeted::Replaced)?;
    earlier.expect(guarantee, vec![REPLACED]).await
}

pub(super) async fn an_attached_socket_replaces_nothing_until_it_is_greeted(
    fixture: &dyn NotifierFixture,
) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "until a newer socket is greeted the older one lives, and no notice is lost to either";
    let mut older = subject.live("ann", 1).await?;
    let mut newer = subject.attached("ann").await?;
    subject.tell("ann", &found(5)).await?;
    older.expect(guarantee, vec![told_found(5, "bob")]).await?;
    newer.expect("a socket is told nothing before its greeting", vec![]).await?;
    subject.expect_live("ann", newer.id, &idle(2)).await?;
    older.expect(guarantee, vec![REPLACED]).await?;
    newer.expect(guarantee, vec![registered("ann", "idle"), told_found(5, "bob")]).await
}

pub(super) async fn a_replaced_socket_hears_nothing_more(fixture: &dyn NotifierFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "a socket that was replaced hears nothing more, is not closed again, and leaves without effect";
    let mut older = subject.live("ann", 1).await?;
    let mut newer = subject.live("ann", 2).await?;
    older.expect("the older socket is closed as replaced", vec![REPLACED]).await?;
    subject.tell("ann", &found(5)).await?;
    newer.expect(guarantee, vec![told_found(5, "bob")]).await?;
    subject.detach("ann", older.id).await?;
    subject.tell("ann", &over(5)).await?;
    newer.expect(guarantee, vec![told_over(5)]).await?;
    older.expect(guarantee, vec![]).await
}

pub(super) async fn a_socket_greeted_anew_lives_by_the_connection_it_had(
    fixture: &dyn NotifierFixture,
) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "a socket that is greeted anew is told what was read now, and lives by the connection it had: one that was \
                     registered since replaces it, and is not replaced by it";
    let mut older = subject.live("ann", 2).await?;
    subject.expect_live("ann", older.id, &Greeting::anew(Serial(2), Serial(7), Standing::Idle)).await?;
    older.expect(guarantee, vec![registered("ann", "idle")]).await?;
    subject.tell("ann", &found(6)).await?;
    older.expect(guarantee, vec![]).await?;
    let mut newer = subject.attached("ann").await?;
    subject.greet_idle("ann", &mut newer, 4).await?;
    older.expect(guarantee, vec![REPLACED]).await?;
    let again = Greeting::anew(Serial(2), Serial(9), Standing::Idle);
    let mut late = subject.attached("ann").await?;
    check(guarantee, subject.greet("ann", late.id, &again).await?, Greeted::Replaced)?;
    late.expect(guarantee, vec![REPLACED]).await?;
    subject.tell("ann", &found(10)).await?;
    newer.expect(guarantee, vec![told_found(10, "bob")]).await
}

pub(super) async fn a_replaced_socket_does_not_come_back(fixture: &dyn NotifierFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "a socket that was replaced is gone for good: registering once more, it replaces nobody";
    let mut older = subject.live("ann", 2).await?;
    let mut newer = subject.live("ann", 3).await?;
    let mut late = subject.attached("ann").await?;
    check(guarantee, subject.greet("ann", late.id, &idle(1)).await?, Greeted::Replaced)?;
    for (connection, replaced) in [(4, &mut older), (5, &mut late)] {
        replaced.expect("it is closed as replaced", vec![REPLACED]).await?;
        subject.notifier.attach(&player("ann"), replaced.id).await?;
        check(guarantee, subject.greet("ann", replaced.id, &idle(connection)).await?, Greeted::Gone)?;
        replaced.expect(guarantee, vec![]).await?;
    }
    subject.tell("ann", &found(6)).await?;
    newer.expect(guarantee, vec![told_found(6, "bob")]).await
}

pub(super) async fn detaching_touches_that_socket_only(fixture: &dyn NotifierFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "a socket's closing leaves the player's other sockets as they are";
    let mut live = subject.live("ann", 1).await?;
    let mut held = subject.attached("ann").await?;
    let closing = subject.attached("ann").await?;
    subject.tell("ann", &found(5)).await?;
    subject.detach("ann", closing.id).await?;
    subject.tell("ann", &over(5)).await?;
    live.expect(guarantee, vec![told_found(5, "bob"), told_over(5)]).await?;
    subject.detach("ann", live.id).await?;
    subject.expect_live("ann", held.id, &idle(2)).await?;
    held.expect(guarantee, vec![registered("ann", "idle"), told_found(5, "bob"), told_over(5)]).await
}

pub(super) async fn players_do_not_replace_each_other(fixture: &dyn NotifierFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "a socket is replaced by its own player's sockets only";
    let mut first = subject.live("ann", 1).await?;
    let mut second = subject.live("bob", 2).await?;
    let mut third = subject.live("cid", 0).await?;
    for socket in [&mut first, &mut second, &mut third] {
        socket.expect(guarantee, vec![]).await?;
    }
    subject.greet_idle("ann", &mut first, 3).await
}
