//! What becomes of a pairing: settled, listed, released.

use std::time::Duration;

use super::{
    QueueStoreFixture,
    subject::{Subject, settled, unsettled},
};
use crate::{
    domain::{Census, FindOutcome, LeaveOutcome, Match, MatchStatus, Pairing, Serial, SettleOutcome, Standing},
    ports::contract::{
        Violation,
        samples::{INSTANT, finished, key, match_id, player, seconds},
        violation::check,
    },
};

pub(super) async fn a_pairing_is_unsettled_until_it_is_settled(
    fixture: &dyn QueueStoreFixture,
) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let match_ = subject.pair("ann", "bob", &key("chess")).await?;
    let before = "a pairing is left unsettled until somebody settles it";
    check(before, subject.store.pairing(&match_).await?, Some(unsettled(&match_)))?;
    check(before, list_unsettled(&subject).await?, vec![unsettled(&match_)])?;
    for outcome in [SettleOutcome::Settled, SettleOutcome::AlreadySettled] {
        let after = "settling clears the mark, answers whether it did so just now, and can be repeated";
        check(after, subject.store.settle(&match_).await?, outcome)?;
        check(after, subject.store.pairing(&match_).await?, Some(settled(&match_)))?;
        check(after, list_unsettled(&subject).await?, vec![])?;
        check(after, list(&subject).await?, vec![settled(&match_)])?;
    }
    let told = "every answer about a settled pairing says that it is settled";
    for name in ["ann", "bob"] {
        subject.expect_standing(told, name, Standing::Matched(settled(&match_))).await?;
        let found = subject.find(name, &key("chess")).await?.outcome;
        check(told, found, FindOutcome::AlreadyMatched(settled(&match_)))?;
        check(told, subject.leave(name).await?.outcome, LeaveOutcome::AlreadyMatched(settled(&match_)))?;
        check(told, subject.connect(name, 1).await?.outcome.standing, Standing::Matched(settled(&match_)))?;
    }
    Ok(())
}

pub(super) async fn unsettled_pairings_are_listed_from_their_age_on(
    fixture: &dyn QueueStoreFixture,
) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "an unsettled pairing is listed from the given age on, and not before";
    let older = subject.pair("ann", "bob", &key("chess")).await?;
    subject.advance(seconds(2)).await;
    let newer = subject.pair("cid", "dan", &key("chess")).await?;
    let unsettled_for = |age: Duration| subject.store.unsettled(age, Serial(0), usize::MAX);
    check(guarantee, unsettled_for(seconds(2) + INSTANT).await?, vec![])?;
    check(guarantee, unsettled_for(seconds(2)).await?, vec![unsettled(&older)])?;
    check(guarantee, unsettled_for(INSTANT).await?, vec![unsettled(&older)])?;
    check(guarantee, unsettled_for(Duration::ZERO).await?, vec![unsettled(&older), unsettled(&newer)])?;
    subject.advance(INSTANT).await;
    check(guarantee, unsettled_for(INSTANT).await?, vec![unsettled(&older), unsettled(&newer)])
}

pub(super) async fn unsettled_pairings_are_listed_in_order(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "unsettled pairings are listed by their serials, from the first past `after`, `limit` at most";
    let matches = five_matches(&subject).await?;
    subject.store.settle(&matches[1]).await?;
    subject.store.release(&matches[3]).await?;
    let left = [&matches[0], &matches[2], &matches[4]];
    for after in 0..=left.len() {
        let serial = after.checked_sub(1).map_or(Serial(0), |last| left[last].serial());
        for limit in [0, 1, 2, 3, usize::MAX] {
            let expected: Vec<Pairing> = left[after..].iter().take(limit).map(|match_| unsettled(match_)).collect();
            check(guarantee, subject.store.unsettled(Duration::ZERO, serial, limit).await?, expected)?;
        }
    }
    let past_settled = subject.store.unsettled(Duration::ZERO, matches[1].serial(), 1).await?;
    check(guarantee, past_settled, vec![unsettled(&matches[2])])
}

pub(super) async fn pairings_are_listed_in_order(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "pairings that stand are listed by their serials, settled or not, from the first past `after`, \
                     `limit` at most";
    let matches = five_matches(&subject).await?;
    subject.store.settle(&matches[1]).await?;
    subject.store.release(&matches[3]).await?;
    let left = [unsettled(&matches[0]), settled(&matches[1]), unsettled(&matches[2]), unsettled(&matches[4])];
    for after in 0..=left.len() {
        let serial = after.checked_sub(1).map_or(Serial(0), |last| left[last].match_.serial());
        for limit in [0, 1, 3, usize::MAX] {
            let expected: Vec<Pairing> = left[after..].iter().take(limit).cloned().collect();
            check(guarantee, subject.store.pairings(serial, limit).await?, expected)?;
        }
    }
    let past_released = subject.store.pairings(matches[3].serial(), 1).await?;
    check(guarantee, past_released, vec![unsettled(&matches[4])])
}

pub(super) async fn a_release_frees_both(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "a release makes both players idle, and answers `true` that once";
    for settle in [true, false] {
        let match_ = subject.pair("ann", "bob", &key("chess")).await?;
        if settle {
            subject.store.settle(&match_).await?;
        }
        check(guarantee, subject.store.release(&match_).await?, true)?;
        check(guarantee, subject.store.release(&match_).await?, false)?;
        check(guarantee, subject.store.pairing(&match_).await?, None)?;
        check(guarantee, list(&subject).await?, vec![])?;
        check(guarantee, list_unsettled(&subject).await?, vec![])?;
        check(guarantee, subject.store.census().await?, Census::default())?;
        for name in ["ann", "bob"] {
            subject.expect_standing(guarantee, name, Standing::Idle).await?;
        }
    }
    Ok(())
}

pub(super) async fn a_match_is_known_by_its_id(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let match_ = subject.pair("ann", "bob", &key("chess")).await?;
    let other = with_id_of_another(&match_);
    let guarantee = "a match of another id is not the one that the players stand in, and nothing changes";
    check(guarantee, subject.store.pairing(&other).await?, None)?;
    check(guarantee, subject.store.settle(&other).await?, SettleOutcome::NotStanding)?;
    check(guarantee, list_unsettled(&subject).await?, vec![unsettled(&match_)])?;
    check(guarantee, subject.store.release(&other).await?, false)?;
    subject.expect_standing(guarantee, "ann", Standing::Matched(unsettled(&match_))).await?;
    let guarantee = "a match is known by its id, also when it comes as finished";
    let over = finished(&match_);
    check(guarantee, subject.store.pairing(&over).await?, Some(unsettled(&match_)))?;
    check(guarantee, subject.store.release(&over).await?, true)?;
    subject.expect_standing(guarantee, "ann", Standing::Idle).await
}

pub(super) async fn a_late_release_leaves_a_new_match_alone(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "a late call about an old match leaves the same players' new match alone";
    let old = subject.pair("ann", "bob", &key("chess")).await?;
    subject.store.release(&old).await?;
    let new = subject.pair("ann", "bob", &key("chess")).await?;
    check(guarantee, subject.store.pairing(&old).await?, None)?;
    check(guarantee, subject.store.settle(&old).await?, SettleOutcome::NotStanding)?;
    check(guarantee, subject.store.release(&old).await?, false)?;
    check(guarantee, list_unsettled(&subject).await?, vec![unsettled(&new)])?;
    for name in ["ann", "bob"] {
        subject.expect_standing(guarantee, name, Standing::Matched(unsettled(&new))).await?;
    }
    Ok(())
}

pub(super) async fn settling_after_the_release_changes_nothing(
    fixture: &dyn QueueStoreFixture,
) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "settling a match that was released answers so and changes nothing";
    let match_ = subject.pair("ann", "bob", &key("chess")).await?;
    subject.store.release(&match_).await?;
    let ticket = subject.wait("ann", &key("go")).await?;
    check(guarantee, subject.store.settle(&match_).await?, SettleOutcome::NotStanding)?;
    check(guarantee, list(&subject).await?, vec![])?;
    subject.expect_standing(guarantee, "ann", Standing::Waiting(ticket)).await?;
    subject.expect_standing(guarantee, "bob", Standing::Idle).await
}

pub(super) async fn a_release_leaves_sockets_alone(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "a player keeps his socket when his match is released";
    subject.connect("ann", 1).await?;
    let match_ = subject.pair("ann", "bob", &key("chess")).await?;
    subject.store.release(&match_).await?;
    check(guarantee, subject.store.census().await?, Census { connected: 1, ..Census::default() })?;
    subject.wait("ann", &key("chess")).await?;
    subject.advance(super::subject::SEARCH * 2).await;
    subject.expect_no_end(guarantee).await
}

/// Five matches, each of two players, all unsettled, in the order of their serials.
async fn five_matches(subject: &Subject) -> Result<Vec<Match>, Violation> {
    let mut matches = Vec::new();
    // In an order of names and keys that is not the order of time.
    for number in [4, 2, 0, 3, 1] {
        let (first, second) = (format!("first-{number}"), format!("second-{number}"));
        matches.push(subject.pair(&first, &second, &key(&format!("game-{number}"))).await?);
    }
    Ok(matches)
}

async fn list(subject: &Subject) -> Result<Vec<Pairing>, Violation> {
    Ok(subject.store.pairings(Serial(0), usize::MAX).await?)
}

async fn list_unsettled(subject: &Subject) -> Result<Vec<Pairing>, Violation> {
    Ok(subject.store.unsettled(Duration::ZERO, Serial(0), usize::MAX).await?)
}

/// The same in everything but the id.
fn with_id_of_another(match_: &Match) -> Match {
    let players = [player("ann"), player("bob")];
    let (serial, paired_at) = (match_.serial(), match_.paired_at());
    let waited = match_.waited();
    Match::restore(match_id(9_999), serial, match_.key().clone(), players, paired_at, waited, MatchStatus::Active)
        .expect("Ann is not Bob")
}
