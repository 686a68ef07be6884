//! Players who come and go at the same time, where none but the connected are paired.

use super::{
    QueueStoreFixture,
    connected::ONLY_CONNECTED,
    subject::{Subject, match_of},
};
use crate::{
    domain::{ConnectOutcome, FindOutcome, LeaveOutcome, QueueKey, Standing},
    ports::contract::{
        Violation,
        race::{race, race_two},
        samples::key,
        violation::{check, check_that},
    },
};

const ROUNDS: u64 = 100;

/// What two players of one round are called, and their key.
fn names(round: u64) -> (String, String, QueueKey) {
    (format!("one-{round}"), format!("other-{round}"), key(&format!("game-{round}")))
}

pub(super) async fn two_who_come_back_at_once_are_paired(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open_with(fixture, ONLY_CONNECTED).await;
    let guarantee =
        "of two who were passed over and come back at the same time, the later one is paired with the other";
    for round in 0..ROUNDS {
        let (one, other, key) = names(round);
        subject.wait(&one, &key).await?;
        subject.wait(&other, &key).await?;
        let answers = race([subject.connecting(&one, 2 * round), subject.connecting(&other, 2 * round + 1)]).await?;
        let paired = answers.iter().filter(|decided| matches!(decided.outcome, ConnectOutcome::Paired { .. }));
        check(guarantee, paired.count(), 1)?;
        expect_paired(guarantee, &subject, &one, &other).await?;
    }
    Ok(())
}

pub(super) async fn coming_back_and_asking_at_once_pairs_the_two(
    fixture: &dyn QueueStoreFixture,
) -> Result<(), Violation> {
    let subject = Subject::open_with(fixture, ONLY_CONNECTED).await;
    let guarantee = "when one comes back and another asks at the same time, one of the two calls pairs them";
    for round in 0..ROUNDS {
        let (one, other, key) = names(round);
        subject.wait(&one, &key).await?;
        subject.connect(&other, 2 * round).await?;
        let (connected, found) =
            race_two(subject.connecting(&one, 2 * round + 1), subject.finding(&other, &key)).await?;
        let consistent = match (&connected.outcome, &found.outcome) {
            (ConnectOutcome::Paired { .. }, FindOutcome::Joined(_)) => true,
            (ConnectOutcome::Connected(connected), FindOutcome::Paired(_)) => {
                matches!(connected.standing, Standing::Waiting(_))
            }
            _ => false,
        };
        check_that(guarantee, consistent, "one of the two calls to pair", (connected, found))?;
        expect_paired(guarantee, &subject, &one, &other).await?;
    }
    Ok(())
}

pub(super) async fn going_and_being_paired_exclude_each_other(
    fixture: &dyn QueueStoreFixture,
) -> Result<(), Violation> {
    let subject = Subject::open_with(fixture, ONLY_CONNECTED).await;
    let guarantee = "a player whose last socket closes is paired before it or passed over after it";
    for round in 0..ROUNDS {
        let (one, other, key) = names(round);
        subject.connect(&one, 2 * round).await?;
        subject.connect(&other, 2 * round + 1).await?;
        let ticket = subject.wait(&one, &key).await?;
        let ((), found) = race_two(subject.disconnecting(&one, 2 * round), subject.finding(&other, &key)).await?;
        let standing = subject.look(&one).await?.outcome;
        let consistent = match (&found.outcome, &standing) {
            (FindOutcome::Paired(match_), Standing::Matched(pairing)) => pairing.match_ == *match_,
            (FindOutcome::Joined(_), Standing::Waiting(kept)) => *kept == ticket,
            _ => false,
        };
        check_that(guarantee, consistent, "both matched, or both waiting", (found, standing))?;
    }
    Ok(())
}

pub(super) async fn coming_back_and_leaving_exclude_each_other(
    fixture: &dyn QueueStoreFixture,
) -> Result<(), Violation> {
    let guarantee = "of a leave and a pairing by connecting at the same time exactly one happens, and both callers learn \
                     which, whoever of the two leaves";
    for the_returning_leaves in [true, false] {
        let subject = Subject::open_with(fixture, ONLY_CONNECTED).await;
        for round in 0..ROUNDS {
            let (one, other, key) = names(round);
            subject.connect(&other, 2 * round).await?;
            subject.wait(&other, &key).await?;
            subject.wait(&one, &key).await?;
            let leaver = if the_returning_leaves { &one } else { &other };
            let (connected, left) = race_two(subject.connecting(&one, 2 * round + 1), subject.leaving(leaver)).await?;
            let consistent = match (&connected.outcome, &left.outcome) {
                (ConnectOutcome::Paired { match_, .. }, LeaveOutcome::AlreadyMatched(pairing)) => {
                    pairing.match_ == *match_
                }
                (ConnectOutcome::Connected(connected), LeaveOutcome::Left(_)) => {
                    (connected.standing == Standing::Idle) == the_returning_leaves
                }
                _ => false,
            };
            check_that(guarantee, consistent, "he left, or both are matched", (connected, left))?;
        }
    }
    Ok(())
}

/// Both stand in one match.
async fn expect_paired(guarantee: &str, subject: &Subject, one: &str, other: &str) -> Result<(), Violation> {
    let standings = (subject.look(one).await?.outcome, subject.look(other).await?.outcome);
    let matches = (match_of(&standings.0), match_of(&standings.1));
    check_that(guarantee, matches.0.is_some() && matches.0 == matches.1, "both in one match", standings)
}
