//! What a player's sockets do to his ticket.

use super::{
    QueueStoreFixture,
    subject::{GRACE, SEARCH, Subject, quiet, unsettled},
};
use crate::{
    domain::{EndReason, FindOutcome, Standing},
    ports::contract::{
        Violation,
        samples::{just_before, key, seconds},
        violation::check,
    },
};

pub(super) async fn connecting_tells_the_standing(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "connecting tells where the player stands, and changes nothing about it";
    check(guarantee, standing_on_connect(&subject, "ann", 1).await?, Standing::Idle)?;
    let ticket = subject.wait("ann", &key("chess")).await?;
    check(guarantee, standing_on_connect(&subject, "ann", 2).await?, Standing::Waiting(ticket.clone()))?;
    subject.expect_standing(guarantee, "ann", Standing::Waiting(ticket)).await?;
    let FindOutcome::Paired(match_) = subject.find("bob", &key("chess")).await?.outcome else {
        return Err(Violation::new(guarantee, "Ann to be paired with Bob", "something else"));
    };
    for name in ["ann", "bob"] {
        check(guarantee, standing_on_connect(&subject, name, 3).await?, Standing::Matched(unsettled(&match_)))?;
        subject.expect_standing(guarantee, name, Standing::Matched(unsettled(&match_))).await?;
    }
    Ok(())
}

pub(super) async fn with_a_socket_a_ticket_does_not_end(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "while the player has a socket, his ticket does not end by itself";
    let ticket = subject.wait("ann", &key("chess")).await?;
    subject.advance(just_before(SEARCH)).await;
    subject.connect("ann", 1).await?;
    for _ in 0..3 {
        subject.advance(SEARCH).await;
        subject.expect_no_end(guarantee).await?;
        check(guarantee, subject.find("ann", &key("chess")).await?, quiet(FindOutcome::StillWaiting(ticket.clone())))?;
        subject.expect_standing(guarantee, "ann", Standing::Waiting(ticket.clone())).await?;
    }
    // Looking and asking must not have begun a search time that a socket makes void.
    subject.advance(SEARCH).await;
    subject.expect_no_end(guarantee).await?;
    let decided = subject.find("bob", &key("chess")).await?;
    check(guarantee, matches!(decided.outcome, FindOutcome::Paired(_)), true)
}

pub(super) async fn a_closed_socket_leaves_the_grace(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "a ticket ends at the end of the disconnect grace after its player's socket closed, not before";
    let ticket = subject.wait("ann", &key("chess")).await?;
    subject.connect("ann", 1).await?;
    subject.advance(SEARCH).await;
    subject.disconnect("ann", 1).await?;
    subject.advance(just_before(GRACE)).await;
    subject.expect_end_in_an_instant(guarantee, "ann", &ticket, EndReason::Disconnected).await
}

pub(super) async fn a_new_socket_within_the_grace_keeps_the_ticket(
    fixture: &dyn QueueStoreFixture,
) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "a player who connects again within the grace keeps his ticket for as long as he is connected";
    let ticket = subject.wait("ann", &key("chess")).await?;
    subject.connect("ann", 1).await?;
    subject.disconnect("ann", 1).await?;
    subject.advance(just_before(GRACE)).await;
    check(guarantee, standing_on_connect(&subject, "ann", 2).await?, Standing::Waiting(ticket.clone()))?;
    subject.advance(SEARCH + GRACE).await;
    subject.expect_no_end(guarantee).await?;
    subject.expect_standing(guarantee, "ann", Standing::Waiting(ticket.clone())).await?;
    subject.disconnect("ann", 2).await?;
    subject.advance(just_before(GRACE)).await;
    subject.expect_end_in_an_instant(guarantee, "ann", &ticket, EndReason::Disconnected).await
}

pub(super) async fn a_call_within_the_grace_begins_the_search_time(
    fixture: &dyn QueueStoreFixture,
) -> Result<(), Violation> {
    for call in ["look", "chess", "go"] {
        let subject = Subject::open(fixture).await;
        let guarantee = format!("after a call within the grace ({call}) the search time applies");
        let ticket = subject.wait("ann", &key("chess")).await?;
        subject.connect("ann", 1).await?;
        subject.disconnect("ann", 1).await?;
        subject.advance(just_before(GRACE)).await;
        match call {
            "look" => drop(subject.look("ann").await?),
            game => drop(subject.find("ann", &key(game)).await?),
        }
        subject.advance(just_before(SEARCH)).await;
        subject.expect_end_in_an_instant(&guarantee, "ann", &ticket, EndReason::Expired).await?;
    }
    Ok(())
}

pub(super) async fn the_closing_of_an_older_socket_has_no_effect(
    fixture: &dyn QueueStoreFixture,
) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "a socket closes without effect while the player has a newer one";
    let ticket = subject.wait("ann", &key("chess")).await?;
    subject.connect("ann", 1).await?;
    subject.connect("ann", 2).await?;
    subject.disconnect("ann", 1).await?;
    check(guarantee, subject.store.census().await?.connected, 1)?;
    subject.advance(SEARCH + GRACE).await;
    subject.expect_no_end(guarantee).await?;
    subject.disconnect("ann", 2).await?;
    check("the newest socket's closing leaves the player without", subject.store.census().await?.connected, 0)?;
    subject.disconnect("ann", 1).await?;
    subject.advance(just_before(GRACE)).await;
    subject.expect_end_in_an_instant(guarantee, "ann", &ticket, EndReason::Disconnected).await
}

pub(super) async fn the_closing_of_the_latest_socket_leaves_an_older_one(
    fixture: &dyn QueueStoreFixture,
) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "a player is connected until the last of his sockets has closed, in whatever order they close";
    let ticket = subject.wait("ann", &key("chess")).await?;
    for socket in [2, 3, 1] {
        subject.connect("ann", socket).await?;
        check("a player on several sockets is one who is connected", subject.store.census().await?.connected, 1)?;
    }
    for socket in [1, 2] {
        subject.disconnect("ann", socket).await?;
        check(guarantee, subject.store.census().await?.connected, 1)?;
        subject.advance(SEARCH + GRACE).await;
        subject.expect_no_end(guarantee).await?;
        subject.expect_standing(guarantee, "ann", Standing::Waiting(ticket.clone())).await?;
    }
    subject.disconnect("ann", 3).await?;
    subject.advance(just_before(GRACE)).await;
    subject.expect_end_in_an_instant(guarantee, "ann", &ticket, EndReason::Disconnected).await
}

pub(super) async fn the_closing_of_another_socket_has_no_effect(
    fixture: &dyn QueueStoreFixture,
) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "only the closing of the player's own socket begins his grace";
    let ticket = subject.wait("ann", &key("chess")).await?;
    subject.wait("bob", &key("go")).await?;
    subject.connect("bob", 2).await?;
    subject.disconnect("ann", 2).await?;
    subject.disconnect("ann", 1).await?;
    subject.disconnect("bob", 1).await?;
    check(guarantee, subject.store.census().await?.connected, 1)?;
    subject.advance(just_before(SEARCH)).await;
    subject.expect_end_in_an_instant(guarantee, "ann", &ticket, EndReason::Expired).await
}

pub(super) async fn a_second_closing_does_not_begin_the_grace_anew(
    fixture: &dyn QueueStoreFixture,
) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "a disconnection that is told twice counts once";
    let ticket = subject.wait("ann", &key("chess")).await?;
    subject.connect("ann", 1).await?;
    subject.disconnect("ann", 1).await?;
    subject.advance(seconds(10)).await;
    subject.disconnect("ann", 1).await?;
    subject.advance(just_before(GRACE.saturating_sub(seconds(10)))).await;
    subject.expect_end_in_an_instant(guarantee, "ann", &ticket, EndReason::Disconnected).await
}

pub(super) async fn a_socket_counts_from_before_the_ticket(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "who was connected when he asked waits as long as he is connected, then for the grace";
    subject.connect("ann", 1).await?;
    let ticket = subject.wait("ann", &key("chess")).await?;
    subject.advance(SEARCH).await;
    subject.expect_no_end(guarantee).await?;
    subject.disconnect("ann", 1).await?;
    subject.advance(just_before(GRACE)).await;
    subject.expect_end_in_an_instant(guarantee, "ann", &ticket, EndReason::Disconnected).await?;
    let guarantee = "who was disconnected before he asked waits for the search time";
    let ticket = subject.wait("ann", &key("chess")).await?;
    subject.advance(just_before(SEARCH)).await;
    subject.expect_end_in_an_instant(guarantee, "ann", &ticket, EndReason::Expired).await
}

pub(super) async fn connecting_again_counts_once(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let first = subject.connect("ann", 1).await?.outcome.connection;
    let second = subject.connect("ann", 1).await?.outcome.connection;
    check("each call of connect gets a greater serial", second > first, true)?;
    check("a player is connected or not, however often he says so", subject.store.census().await?.connected, 1)?;
    subject.disconnect("ann", 1).await?;
    check("one closing ends what was connected twice", subject.store.census().await?.connected, 0)
}

pub(super) async fn a_match_does_not_end_with_its_sockets(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "neither time nor a closed socket ends a match";
    subject.connect("ann", 1).await?;
    let match_ = subject.pair("ann", "bob", &key("chess")).await?;
    subject.disconnect("ann", 1).await?;
    subject.advance(SEARCH + GRACE).await;
    subject.expect_no_end(guarantee).await?;
    for name in ["ann", "bob"] {
        subject.expect_standing(guarantee, name, Standing::Matched(unsettled(&match_))).await?;
    }
    Ok(())
}

/// Where a player stands as he connects; no ticket is to end on the way.
async fn standing_on_connect(subject: &Subject, who: &str, socket: u64) -> Result<Standing, Violation> {
    let decided = subject.connect(who, socket).await?;
    check("connecting within time ends no ticket", decided.ended, Vec::new())?;
    Ok(decided.outcome.standing)
}
