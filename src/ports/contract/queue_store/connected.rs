//! Where none but connected players are paired: who is passed over, and what happens when he comes back.

use super::{
    QueueStoreFixture,
    subject::{SEARCH, SETTINGS, Subject, ended, quiet, unsettled},
};
use crate::{
    domain::{
        Capacity, ConnectOutcome, Decided, EndReason, FindOutcome, LeaveOutcome, Match, QueueSettings, SocketId,
        Standing,
    },
    ports::contract::{
        Violation,
        samples::{INSTANT, just_before, key, match_id, player},
        violation::{check, check_that},
    },
};

pub(super) const ONLY_CONNECTED: QueueSettings = QueueSettings { pair_only_connected: true, ..SETTINGS };

pub(super) async fn the_absent_are_passed_over(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open_with(fixture, ONLY_CONNECTED).await;
    let guarantee = "a waiting player without a socket is passed over, and keeps his ticket";
    let passed_over = subject.wait("ann", &key("chess")).await?;
    connect_all(&subject, &["bob", "cid"]).await?;
    subject.wait("bob", &key("chess")).await?;
    let decided = subject.find("cid", &key("chess")).await?;
    let FindOutcome::Paired(match_) = &decided.outcome else {
        return Err(Violation::new(guarantee, "Bob and Cid to be paired", format!("{decided:?}")));
    };
    check(guarantee, match_.players(), &[player("bob"), player("cid")])?;
    subject.expect_standing(guarantee, "ann", Standing::Waiting(passed_over)).await
}

pub(super) async fn an_absent_player_waits_though_somebody_may_be_paired(
    fixture: &dyn QueueStoreFixture,
) -> Result<(), Violation> {
    let subject = Subject::open_with(fixture, ONLY_CONNECTED).await;
    let guarantee = "who asks without a socket waits, and is not paired by asking or looking again";
    connect_all(&subject, &["ann"]).await?;
    let first = subject.wait("ann", &key("chess")).await?;
    for name in ["bob", "cid"] {
        let ticket = subject.wait(name, &key("chess")).await?;
        check(guarantee, subject.find(name, &key("chess")).await?, quiet(FindOutcome::StillWaiting(ticket.clone())))?;
        subject.expect_standing(guarantee, name, Standing::Waiting(ticket)).await?;
    }
    subject.expect_standing(guarantee, "ann", Standing::Waiting(first)).await
}

pub(super) async fn who_comes_back_is_paired_in_the_order_of_the_tickets(
    fixture: &dyn QueueStoreFixture,
) -> Result<(), Violation> {
    for order in [["ann", "bob"], ["bob", "ann"]] {
        let subject = Subject::open_with(fixture, ONLY_CONNECTED).await;
        let guarantee = "connecting pairs a player who was passed over with the one who may be paired: a match of the id \
                         that was handed in, with the two in the order of their tickets";
        connect_all(&subject, &["bob"]).await?;
        for name in order {
            subject.wait(name, &key("chess")).await?;
            subject.advance(SEARCH / 4 + INSTANT).await;
        }
        let decided = subject.store.connect(&player("ann"), SocketId(7), match_id(77)).await?;
        let ConnectOutcome::Paired { match_, connection } = &decided.outcome else {
            return Err(Violation::new(guarantee, "Paired", format!("{decided:?}")));
        };
        let (now, waited) = (subject.clock.now().await, 2 * (SEARCH / 4 + INSTANT));
        let proposed = Match::propose(match_id(77), match_.serial(), key("chess"), order.map(player), now, waited);
        let expected = proposed.expect("Ann is not Bob").activate().expect("a proposed match can be activated");
        check(guarantee, match_, &expected)?;
        check("a player connects first, and then is paired", *connection < match_.serial(), true)?;
        check("a pairing that ends no ticket reports no end", &decided.ended, &Vec::new())?;
        expect_only_pairing(&subject, match_).await?;
    }
    Ok(())
}

/// Both stand in the match, not settled, and nothing else is left of them in the queue.
async fn expect_only_pairing(subject: &Subject, match_: &Match) -> Result<(), Violation> {
    let guarantee = "both players stand in the match from the pairing on, and are out of the queue";
    for name in ["ann", "bob"] {
        subject.expect_standing(guarantee, name, Standing::Matched(unsettled(match_))).await?;
    }
    let census = subject.store.census().await?;
    check(guarantee, (census.waiting, census.matches, census.connected), (0, 1, 2))?;
    subject.advance(2 * SEARCH).await;
    subject.expect_no_end(guarantee).await
}

pub(super) async fn who_comes_back_alone_waits_for_the_next(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open_with(fixture, ONLY_CONNECTED).await;
    let guarantee = "who comes back where nobody may be paired is the one whom the next is paired with";
    for (waiter, next) in [("ann", "bob"), ("cid", "dan")] {
        let ticket = subject.wait(waiter, &key("chess")).await?;
        let returning = subject.wait(next, &key("chess")).await?;
        let connected = subject.connect(waiter, 1).await?;
        check(guarantee, connected.outcome.standing, Standing::Waiting(ticket))?;
        let outcome = subject.connecting(next, 2).await?.outcome;
        let ConnectOutcome::Paired { match_, .. } = outcome else {
            return Err(Violation::new(guarantee, format!("{returning:?} to be paired"), format!("{outcome:?}")));
        };
        check(guarantee, match_.players(), &[waiter, next].map(player))?;
    }
    let ticket = subject.wait("eve", &key("chess")).await?;
    check(guarantee, subject.connect("eve", 3).await?.outcome.standing, Standing::Waiting(ticket))?;
    connect_all(&subject, &["fay"]).await?;
    let found = subject.find("fay", &key("chess")).await?;
    check_that(guarantee, matches!(found.outcome, FindOutcome::Paired(_)), "Fay to be paired with Eve", found)
}

pub(super) async fn with_his_last_socket_a_player_is_passed_over(
    fixture: &dyn QueueStoreFixture,
) -> Result<(), Violation> {
    let subject = Subject::open_with(fixture, ONLY_CONNECTED).await;
    let guarantee = "a player is passed over once the last of his sockets has closed, and not before";
    for socket in [1, 2] {
        subject.connect("ann", socket).await?;
    }
    subject.disconnect("ann", 2).await?;
    subject.wait("ann", &key("chess")).await?;
    subject.connect("ann", 3).await?;
    subject.disconnect("ann", 1).await?;
    connect_all(&subject, &["bob", "dan"]).await?;
    let found = subject.find("bob", &key("chess")).await?;
    check_that(guarantee, matches!(found.outcome, FindOutcome::Paired(_)), "Bob to be paired with Ann", found)?;
    subject.connect("cid", 5).await?;
    let ticket = subject.wait("cid", &key("chess")).await?;
    subject.disconnect("cid", 5).await?;
    subject.wait("dan", &key("chess")).await?;
    subject.expect_standing(guarantee, "cid", Standing::Waiting(ticket)).await
}

pub(super) async fn at_the_bound_on_matches_who_comes_back_is_refused(
    fixture: &dyn QueueStoreFixture,
) -> Result<(), Violation> {
    let subject = Subject::open_with(fixture, QueueSettings { max_matches: 1, ..ONLY_CONNECTED }).await;
    let guarantee = "when players stand in as many matches as they may, a player whom connecting would pair is refused, and \
                     nothing changes but that his search time starts anew";
    connect_all(&subject, &["ann", "bob", "cid", "eve"]).await?;
    let match_ = subject.pair("ann", "bob", &key("go")).await?;
    let waits = subject.wait("cid", &key("chess")).await?;
    subject.wait("dan", &key("chess")).await?;
    let before = subject.store.census().await?;
    for _ in 0..2 {
        subject.advance(just_before(SEARCH)).await;
        check(guarantee, subject.connecting("dan", 9).await?, quiet(ConnectOutcome::AtCapacity))?;
        subject.expect_census(guarantee, before.clone()).await?;
        subject.expect_standing(guarantee, "cid", Standing::Waiting(waits.clone())).await?;
    }
    let refused = quiet(FindOutcome::AtCapacity(Capacity::Matches));
    check("who may be paired is not queued beside another", subject.find("eve", &key("chess")).await?, refused)?;
    check(
        "whom connecting would not pair is connected",
        subject.connect("fay", 10).await?.outcome.standing,
        Standing::Idle,
    )?;
    subject.store.release(&match_).await?;
    let decided = subject.connecting("dan", 9).await?;
    let paired = matches!(decided.outcome, ConnectOutcome::Paired { .. });
    check_that("a release makes room for a match", paired, "Dan to be paired with Cid", decided)
}

pub(super) async fn the_end_of_an_absent_ticket_is_nobody_elses(
    fixture: &dyn QueueStoreFixture,
) -> Result<(), Violation> {
    for expires in [true, false] {
        let subject = Subject::open_with(fixture, ONLY_CONNECTED).await;
        let guarantee = "the ticket of an absent player ends as any other, and leaves those under the same key alone";
        connect_all(&subject, &["ann", "dan"]).await?;
        subject.wait("ann", &key("chess")).await?;
        let absent = subject.wait("bob", &key("chess")).await?;
        subject.advance(INSTANT).await;
        let other = subject.wait("cid", &key("chess")).await?;
        if expires {
            subject.advance(just_before(SEARCH)).await;
            check(guarantee, subject.end_overdue().await?, vec![ended("bob", &absent, EndReason::Expired)])?;
        } else {
            let left = LeaveOutcome::Left(ended("bob", &absent, EndReason::Left));
            check(guarantee, subject.leave("bob").await?, quiet(left))?;
        }
        subject.expect_standing(guarantee, "cid", Standing::Waiting(other)).await?;
        let found = subject.find("dan", &key("chess")).await?;
        check_that(guarantee, matches!(found.outcome, FindOutcome::Paired(_)), "Dan to be paired with Ann", found)?;
    }
    Ok(())
}

pub(super) async fn who_comes_back_past_his_time_is_not_paired(
    fixture: &dyn QueueStoreFixture,
) -> Result<(), Violation> {
    let subject = Subject::open_with(fixture, ONLY_CONNECTED).await;
    let guarantee = "who comes back after his ticket has ended is idle, and nobody is paired with him";
    connect_all(&subject, &["ann"]).await?;
    let waits = subject.wait("ann", &key("chess")).await?;
    let absent = subject.wait("bob", &key("chess")).await?;
    subject.advance(SEARCH).await;
    let Decided { outcome, ended: reported } = subject.connect("bob", 2).await?;
    let expected = vec![ended("bob", &absent, EndReason::Expired)];
    check(guarantee, (outcome.standing, reported), (Standing::Idle, expected))?;
    subject.expect_standing(guarantee, "ann", Standing::Waiting(waits)).await
}

pub(super) async fn the_absent_take_room(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open_with(fixture, QueueSettings { max_waiting: 2, ..ONLY_CONNECTED }).await;
    let guarantee = "as many wait as may, whether they may be paired or not";
    subject.wait("ann", &key("chess")).await?;
    subject.wait("bob", &key("chess")).await?;
    let refused = quiet(FindOutcome::AtCapacity(Capacity::Waiting));
    check(guarantee, subject.find("cid", &key("chess")).await?, refused)?;
    check(guarantee, subject.store.census().await?.waiting, 2)
}

/// Connects idle players, on sockets far from those that a case names.
pub(super) async fn connect_all(subject: &Subject, names: &[&str]) -> Result<(), Violation> {
    for (socket, name) in (100..).zip(names) {
        subject.connect(name, socket).await?;
    }
    Ok(())
}
