//! What live sockets are told.

use super::{
    NotifierFixture,
    subject::{
        Subject, found, idle, matched, over, registered, search_ended, told_found, told_over, told_search_ended,
        waiting,
    },
};
use crate::{
    domain::{EndReason, Greeting, Notice},
    ports::contract::Violation,
};

pub(super) async fn each_player_is_told_of_his_own_match(fixture: &dyn NotifierFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "each player of a match is told of it, with the other one as the opponent";
    for (who, opponent, connection) in [("ann", "bob", 1), ("bob", "ann", 2)] {
        let mut socket = subject.live(who, connection).await?;
        subject.tell(who, &found(5)).await?;
        socket.expect(guarantee, vec![told_found(5, opponent)]).await?;
        subject.tell(who, &over(5)).await?;
        socket.expect(guarantee, vec![told_over(5)]).await?;
    }
    Ok(())
}

pub(super) async fn the_end_of_a_search_is_told_with_its_reason(
    fixture: &dyn NotifierFixture,
) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let mut socket = subject.live("ann", 1).await?;
    for (serial, reason) in (2..).zip(EndReason::ALL) {
        subject.tell("ann", &search_ended("ann", serial, reason)).await?;
        socket.expect("the end of a search is told with its reason", vec![told_search_ended(reason)]).await?;
    }
    Ok(())
}

pub(super) async fn a_copy_is_not_told(fixture: &dyn NotifierFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let mut socket = subject.live("ann", 1).await?;
    let notices = [
        (search_ended("ann", 2, EndReason::Left), told_search_ended(EndReason::Left)),
        (found(5), told_found(5, "bob")),
        (over(5), told_over(5)),
    ];
    for (notice, told) in notices {
        for _ in 0..3 {
            subject.tell("ann", &notice).await?;
        }
        socket.expect("a socket hears of a thing once", vec![told]).await?;
    }
    Ok(())
}

pub(super) async fn what_is_past_is_not_told(fixture: &dyn NotifierFixture) -> Result<(), Violation> {
    let guarantee =
        "a socket hears of nothing at or before the standing it was greeted with, and of all that is after it";
    let left = |serial| search_ended("ann", serial, EndReason::Left);
    let cases: [(Greeting, &[Notice], (Notice, _)); 4] = [
        (idle(5), &[found(4), over(4), left(3)], (found(6), told_found(6, "bob"))),
        (waiting(9, 5), &[found(4), over(4), left(4)], (left(5), told_search_ended(EndReason::Left))),
        (waiting(9, 5), &[over(4)], (found(6), told_found(6, "bob"))),
        (matched(9, 5), &[left(4), found(5), over(4)], (over(5), told_over(5))),
    ];
    for (greeting, past, (news, told)) in cases {
        let subject = Subject::open(fixture).await;
        let mut socket = subject.attached("ann").await?;
        subject.expect_live("ann", socket.id, &greeting).await?;
        socket.told().await;
        for notice in past {
            subject.tell("ann", notice).await?;
        }
        socket.expect(guarantee, vec![]).await?;
        subject.tell("ann", &news).await?;
        socket.expect(guarantee, vec![told]).await?;
    }
    Ok(())
}

pub(super) async fn no_match_is_found_after_it_finished(fixture: &dyn NotifierFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "nobody hears match_found after the match_finished of that match, or of one after it";
    let mut live = subject.live("ann", 1).await?;
    let mut held = subject.attached("bob").await?;
    for who in ["ann", "bob"] {
        for late in [over(6), found(6), found(5), over(5)] {
            subject.tell(who, &late).await?;
        }
    }
    live.expect(guarantee, vec![told_over(6)]).await?;
    subject.expect_live("bob", held.id, &idle(2)).await?;
    held.expect(guarantee, vec![registered("bob", "idle"), told_over(6)]).await
}

pub(super) async fn notices_are_told_in_order(fixture: &dyn NotifierFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let mut socket = subject.live("ann", 1).await?;
    let mut expected = Vec::new();
    for serial in 2..7 {
        subject.tell("ann", &found(serial)).await?;
        subject.tell("ann", &over(serial)).await?;
        expected.extend([told_found(serial, "bob"), told_over(serial)]);
    }
    socket.expect("a socket hears things in the order in which they were told", expected).await
}

pub(super) async fn nobody_else_is_told(fixture: &dyn NotifierFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "only the player who is told hears of it";
    let mut ann = subject.live("ann", 1).await?;
    let mut bob = subject.live("bob", 2).await?;
    let mut ann_too = subject.live("Ann", 3).await?;
    let mut cid = subject.attached("cid").await?;
    subject.tell("ann", &found(5)).await?;
    ann.expect(guarantee, vec![told_found(5, "bob")]).await?;
    bob.expect(guarantee, vec![]).await?;
    ann_too.expect(guarantee, vec![]).await?;
    subject.greet_idle("cid", &mut cid, 4).await
}

pub(super) async fn telling_somebody_without_a_socket_succeeds(fixture: &dyn NotifierFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    subject.tell("ann", &found(5)).await?;
    let mut socket = subject.live("ann", 6).await?;
    subject.detach("ann", socket.id).await?;
    subject.tell("ann", &found(8)).await?;
    socket.expect("a socket that has closed is told nothing", vec![]).await?;
    subject.detach("ann", socket.id).await?;
    let mut next = subject.attached("ann").await?;
    subject.expect_live("ann", next.id, &idle(7)).await?;
    let guarantee = "what was told before a socket was attached is not told to it";
    next.expect(guarantee, vec![registered("ann", "idle")]).await
}
