//! Asking, waiting, being paired and leaving, while time stands still.

use std::time::Duration;

use super::{
    QueueStoreFixture,
    subject::{Subject, ended, quiet, unsettled},
};
use crate::{
    domain::{Asset, Census, EndReason, FindOutcome, LeaveOutcome, Match, QueueKey, Serial, Standing, Ticket},
    ports::contract::{
        Violation,
        samples::{key, match_id, player, staked},
        violation::{check, check_that},
    },
};

/// How long the first waits for the second where it is measured; no whole number of milliseconds.
const WAITED: Duration = Duration::from_micros(5_000_001);

pub(super) async fn the_first_to_ask_waits(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "an idle player waits when nobody waits under his key";
    subject.expect_standing("everybody is idle in a new store", "ann", Standing::Idle).await?;
    let ticket = subject.wait("ann", &key("chess")).await?;
    let expected = Ticket { key: key("chess"), serial: ticket.serial, joined_at: subject.clock.now().await };
    check("a ticket has its key, and the moment at which it was made", &ticket, &expected)?;
    subject.expect_standing(guarantee, "ann", Standing::Waiting(ticket)).await
}

pub(super) async fn the_second_to_ask_is_paired_with_the_first(
    fixture: &dyn QueueStoreFixture,
) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let ticket = subject.wait("ann", &key("chess")).await?;
    subject.advance(WAITED).await;
    let decided = subject.store.find(&player("bob"), &key("chess"), match_id(77)).await?;
    let FindOutcome::Paired(match_) = &decided.outcome else {
        return Err(Violation::new(
            "an idle player is paired with the one who waits under his key",
            "Paired",
            format!("{decided:?}"),
        ));
    };
    let guarantee = "a match is active, bears the id that was handed in, and has both players in the order in which \
                     they joined, the time of the pairing, how long the first had waited and a serial of its own";
    let players = [player("ann"), player("bob")];
    let now = subject.clock.now().await;
    let proposed = Match::propose(match_id(77), match_.serial(), key("chess"), players, now, WAITED);
    let expected = proposed.expect("Ann is not Bob").activate().expect("a proposed match can be activated");
    check(guarantee, match_, &expected)?;
    check_that(guarantee, match_.serial() > ticket.serial, "a serial past the ticket's", match_.serial())?;
    check("a pairing that ends no ticket reports no end", &decided.ended, &Vec::new())?;
    for name in ["ann", "bob"] {
        let guarantee = "both players stand in the match from the pairing on, not settled";
        subject.expect_standing(guarantee, name, Standing::Matched(unsettled(match_))).await?;
    }
    check(
        "the pairing takes both players out of the queue",
        subject.store.census().await?,
        Census { matches: 1, ..Census::default() },
    )
}

pub(super) async fn a_retry_keeps_the_ticket(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "a retry keeps the ticket, and nobody is paired with himself";
    let ticket = subject.wait("ann", &key("chess")).await?;
    for _ in 0..3 {
        subject.advance(WAITED).await;
        check(guarantee, subject.find("ann", &key("chess")).await?, quiet(FindOutcome::StillWaiting(ticket.clone())))?;
    }
    subject.expect_standing(guarantee, "ann", Standing::Waiting(ticket)).await
}

pub(super) async fn who_waits_elsewhere_is_told_where(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "a player who waits under another key is told so, and nothing changes";
    let ticket = subject.wait("ann", &key("chess")).await?;
    let other = subject.wait("bob", &key("go")).await?;
    check(guarantee, subject.find("ann", &key("go")).await?, quiet(FindOutcome::WaitingElsewhere(ticket.clone())))?;
    subject.expect_standing(guarantee, "ann", Standing::Waiting(ticket.clone())).await?;
    subject.expect_standing(guarantee, "bob", Standing::Waiting(other)).await?;
    check(guarantee, subject.find("ann", &key("dice")).await?, quiet(FindOutcome::WaitingElsewhere(ticket)))?;
    subject.wait("cid", &key("dice")).await.map(drop)
}

pub(super) async fn who_is_matched_is_told_his_match(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "a player who stands in a match is told it, whatever he asks for, and nothing changes";
    let match_ = subject.pair("ann", "bob", &key("chess")).await?;
    for name in ["ann", "bob"] {
        for asked in [key("chess"), key("go")] {
            let expected = quiet(FindOutcome::AlreadyMatched(unsettled(&match_)));
            check(guarantee, subject.find(name, &asked).await?, expected)?;
        }
    }
    subject.wait("cid", &key("chess")).await?;
    subject.wait("dan", &key("go")).await.map(drop)
}

pub(super) async fn only_equal_keys_are_paired(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let keys: [QueueKey; 8] = [
        staked("chess", Asset::Usdt, "20"),
        staked("Chess", Asset::Usdt, "20"),
        staked("chess.", Asset::Usdt, "20"),
        staked("chess", Asset::Ton, "20"),
        staked("chess", Asset::Eth, "20"),
        staked("chess", Asset::Eth, "20.000000000000000001"),
        staked("chess", Asset::Eth, "2"),
        staked("chess", Asset::Usdt, "1000000000000"),
    ];
    for (number, key) in keys.iter().enumerate() {
        subject.wait(&format!("early-{number}"), key).await?;
    }
    for (number, key) in keys.iter().enumerate() {
        let decided = subject.find(&format!("late-{number}"), key).await?;
        let partners = match &decided.outcome {
            FindOutcome::Paired(match_) => Some((match_.key(), match_.players().clone())),
            _ => None,
        };
        let expected = [player(&format!("early-{number}")), player(&format!("late-{number}"))];
        check("players of exactly the same key are paired, and no others", partners, Some((key, expected)))?;
    }
    Ok(())
}

pub(super) async fn who_left_is_not_paired(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "who left waits no more and is not paired any more";
    let ticket = subject.wait("ann", &key("chess")).await?;
    let left = LeaveOutcome::Left(ended("ann", &ticket, EndReason::Left));
    check(guarantee, subject.leave("ann").await?, quiet(left))?;
    subject.expect_standing(guarantee, "ann", Standing::Idle).await?;
    let match_ = subject.pair("bob", "cid", &key("chess")).await?;
    check(guarantee, match_.players(), &[player("bob"), player("cid")])
}

pub(super) async fn leaving_again_changes_nothing(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "who does not wait can leave as often as he likes, and ends nobody's ticket";
    check(guarantee, subject.leave("ann").await?, quiet(LeaveOutcome::NotWaiting))?;
    subject.wait("ann", &key("chess")).await?;
    subject.leave("ann").await?;
    let ticket = subject.wait("bob", &key("chess")).await?;
    check(guarantee, subject.leave("ann").await?, quiet(LeaveOutcome::NotWaiting))?;
    subject.expect_standing(guarantee, "bob", Standing::Waiting(ticket)).await
}

pub(super) async fn who_is_matched_cannot_leave(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "who stands in a match cannot leave it, and is told the match";
    let match_ = subject.pair("ann", "bob", &key("chess")).await?;
    for name in ["ann", "bob"] {
        let expected = quiet(LeaveOutcome::AlreadyMatched(unsettled(&match_)));
        check(guarantee, subject.leave(name).await?, expected)?;
        subject.expect_standing(guarantee, name, Standing::Matched(unsettled(&match_))).await?;
    }
    Ok(())
}

pub(super) async fn serials_are_strictly_increasing(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let mut serials = vec![Serial(0)];
    for round in 0..10 {
        serials.push(subject.connect("ann", round).await?.outcome.connection);
        serials.push(subject.wait("ann", &key("chess")).await?.serial);
        serials.push(subject.connect("bob", 100 + round).await?.outcome.connection);
        if let FindOutcome::Paired(match_) = subject.find("bob", &key("chess")).await?.outcome {
            serials.push(match_.serial());
            subject.store.release(&match_).await?;
        }
        serials.push(subject.wait("cid", &key("go")).await?.serial);
        subject.leave("cid").await?;
    }
    check_that(
        "each new ticket, pairing and connection gets a serial above zero and greater than all before it",
        serials.is_sorted_by(|one, next| one < next),
        "strictly increasing serials",
        &serials,
    )
}
