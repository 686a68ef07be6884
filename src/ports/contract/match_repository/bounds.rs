//! The bounds on how long matches are kept, how long they last and how many there are.

use super::{
    MatchRepositoryFixture,
    subject::{LIFETIME, RETENTION, SETTINGS, Subject},
};
use crate::{
    domain::{Match, MatchId},
    ports::{
        Finish, Insertion, RepositorySettings,
        contract::{
            Violation,
            samples::{INSTANT, just_before, match_id, seconds},
            violation::check,
        },
    },
};

const ROOM_FOR_THREE: RepositorySettings = RepositorySettings { max_matches: 3, ..SETTINGS };

pub(super) async fn a_finished_match_is_read_for_the_retention_time(
    fixture: &dyn MatchRepositoryFixture,
) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let match_ = subject.insert(1).await?;
    let active = subject.insert(2).await?;
    subject.advance(RETENTION * 3).await;
    check("an active match has no retention", subject.get(1).await?.as_ref(), Some(&match_))?;
    let over = subject.finish(1).await?;
    let guarantee =
        "a finished match can be read for the retention time after it was finished, and not from its end on";
    subject.advance(just_before(RETENTION)).await;
    check(guarantee, subject.get(1).await?, Some(over.clone()))?;
    check(guarantee, subject.matches.finish(match_id(1)).await?, Finish::AlreadyFinished(over))?;
    subject.advance(INSTANT).await;
    check(guarantee, subject.get(1).await?, None)?;
    check(
        "past its retention a match cannot be finished",
        subject.matches.finish(match_id(1)).await?,
        Finish::Unknown,
    )?;
    check("an active match has no retention", subject.get(2).await?.as_ref(), Some(&active))
}

pub(super) async fn a_retry_does_not_prolong_the_retention(
    fixture: &dyn MatchRepositoryFixture,
) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let match_ = subject.insert(1).await?;
    subject.finish(1).await?;
    subject.advance(just_before(RETENTION)).await;
    subject.matches.finish(match_id(1)).await?;
    subject.matches.insert(&match_).await?;
    subject.get(1).await?;
    subject.advance(INSTANT).await;
    check("the retention counts from the one finish", subject.get(1).await?, None)
}

pub(super) async fn what_is_over_is_told_from_what_goes_on(
    fixture: &dyn MatchRepositoryFixture,
) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "of the matches that are asked for those are over that are finished, past their retention or not, and those \
                     that are not stored, in the order in which they were asked for";
    let all = [5, 4, 3, 2, 1].map(match_id);
    check(guarantee, subject.matches.over(&all).await?, all.to_vec())?;
    for number in 1..=4 {
        subject.insert(number).await?;
    }
    subject.finish(2).await?;
    subject.advance(RETENTION).await;
    subject.finish(4).await?;
    let over = [5, 4, 2].map(match_id);
    for _ in 0..2 {
        check(guarantee, subject.matches.over(&all).await?, over.to_vec())?;
        subject.matches.purge(10).await?;
    }
    check(guarantee, subject.matches.over(&[]).await?, vec![])?;
    let many: Vec<MatchId> = (1..=1_000).map(match_id).collect();
    let over: Vec<MatchId> = many.iter().copied().filter(|id| ![1, 3].map(match_id).contains(id)).collect();
    check(guarantee, subject.matches.over(&many).await?, over)
}

pub(super) async fn past_its_retention_a_match_is_stored_until_it_is_forgotten(
    fixture: &dyn MatchRepositoryFixture,
) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee =
        "past its retention a match is stored until it is forgotten, and an insertion learns that it is over";
    let match_ = subject.insert(1).await?;
    let over = subject.finish(1).await?;
    subject.advance(RETENTION).await;
    subject.expect_count(guarantee, 1).await?;
    check(guarantee, subject.matches.insert(&match_).await?, Insertion::AlreadyThere(over))?;
    check(guarantee, subject.get(1).await?, None)?;
    check(guarantee, subject.matches.purge(10).await?, 1)?;
    check("what is forgotten is as if it had never been", subject.matches.insert(&match_).await?, Insertion::Inserted)?;
    check("what is forgotten is as if it had never been", subject.get(1).await?.as_ref(), Some(&match_))
}

pub(super) async fn a_purge_forgets_what_is_past_its_retention(
    fixture: &dyn MatchRepositoryFixture,
) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "a purge forgets what is past its retention, what was finished first first, `limit` at most, and \
                     nothing else";
    let mut matches: Vec<Match> = Vec::new();
    for number in 1..=5 {
        matches.push(subject.insert(number).await?);
    }
    for number in [3, 1, 2] {
        subject.finish(number).await?;
        subject.advance(seconds(1)).await;
    }
    subject.advance(just_before(RETENTION.saturating_sub(seconds(1)))).await;
    let over = subject.finish(4).await?;
    check(guarantee, subject.matches.purge(0).await?, 0)?;
    check(guarantee, subject.matches.purge(1).await?, 1)?;
    let still_stored = matches!(subject.matches.insert(&matches[0]).await?, Insertion::AlreadyThere(_));
    check(guarantee, still_stored, true)?;
    check(guarantee, subject.matches.purge(10).await?, 1)?;
    subject.expect_count(guarantee, 3).await?;
    subject.advance(INSTANT).await;
    check(guarantee, subject.matches.purge(10).await?, 1)?;
    check(guarantee, subject.matches.purge(10).await?, 0)?;
    check(guarantee, subject.get(4).await?, Some(over))?;
    check(guarantee, subject.get(5).await?.as_ref(), Some(&matches[4]))?;
    subject.expect_count(guarantee, 2).await
}

pub(super) async fn at_the_bound_the_match_finished_first_is_forgotten(
    fixture: &dyn MatchRepositoryFixture,
) -> Result<(), Violation> {
    let subject = Subject::open_with(fixture, ROOM_FOR_THREE).await;
    let guarantee = "at the bound an insertion forgets the one match that was finished first";
    for number in 1..=3 {
        subject.insert(number).await?;
    }
    // Finished at the same moment, and in another order than they were inserted.
    for number in [2, 3, 1] {
        subject.finish(number).await?;
    }
    for (number, forgotten) in [(4, 2), (5, 3), (6, 1)] {
        subject.insert(number).await?;
        check(guarantee, subject.get(forgotten).await?, None)?;
        check(guarantee, subject.matches.finish(match_id(forgotten)).await?, Finish::Unknown)?;
        subject.expect_count(guarantee, 3).await?;
    }
    for number in 4..=6 {
        check("what was inserted at the bound can be read", subject.get(number).await?.is_some(), true)?;
    }
    Ok(())
}

pub(super) async fn at_the_bound_what_changes_nothing_forgets_nothing(
    fixture: &dyn MatchRepositoryFixture,
) -> Result<(), Violation> {
    let subject = Subject::open_with(fixture, ROOM_FOR_THREE).await;
    let guarantee = "at the bound, inserting what is stored forgets nothing";
    let one = subject.insert(1).await?;
    let over = subject.insert_finished(2).await?;
    let three = subject.insert(3).await?;
    for again in [&one, &three] {
        check(guarantee, subject.matches.insert(again).await?, Insertion::AlreadyThere(again.clone()))?;
    }
    let again = subject.paired_now(2).await;
    check(guarantee, subject.matches.insert(&again).await?, Insertion::AlreadyThere(over.clone()))?;
    check(guarantee, subject.get(2).await?, Some(over))
}

pub(super) async fn an_active_match_is_never_forgotten(fixture: &dyn MatchRepositoryFixture) -> Result<(), Violation> {
    let subject = Subject::open_with(fixture, ROOM_FOR_THREE).await;
    let guarantee = "at the bound, while no stored match is finished, an insertion is refused and nothing is forgotten";
    let mut stored = Vec::new();
    for number in 1..=3 {
        stored.push(subject.insert(number).await?);
    }
    subject.advance(LIFETIME + RETENTION).await;
    let refused = subject.paired_now(4).await;
    check(guarantee, subject.matches.insert(&refused).await?, Insertion::AtCapacity)?;
    check("a purge forgets no active match", subject.matches.purge(10).await?, 0)?;
    check(guarantee, subject.get(4).await?, None)?;
    for (number, match_) in (1..).zip(&stored) {
        check(guarantee, subject.get(number).await?.as_ref(), Some(match_))?;
    }
    subject.finish(2).await?;
    let after = subject.matches.insert(&refused).await?;
    check("a finish makes room for the next insertion", after, Insertion::Inserted)
}

pub(super) async fn matches_are_overdue_from_their_lifetime_on(
    fixture: &dyn MatchRepositoryFixture,
) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "an active match is overdue from the end of its lifetime on, which counts from the pairing, however \
                     late it was inserted, until it is finished";
    let late = subject.paired_now(1).await;
    subject.advance(seconds(10)).await;
    subject.matches.insert(&late).await?;
    subject.advance(just_before(LIFETIME.saturating_sub(seconds(10)))).await;
    check(guarantee, subject.overdue(10).await?, vec![])?;
    subject.advance(INSTANT).await;
    for _ in 0..2 {
        check(guarantee, subject.overdue(10).await?, vec![match_id(1)])?;
    }
    check("an overdue match is active still", subject.get(1).await?.as_ref(), Some(&late))?;
    subject.finish(1).await?;
    check(guarantee, subject.overdue(10).await?, vec![])
}

pub(super) async fn overdue_matches_are_listed_in_order(fixture: &dyn MatchRepositoryFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "overdue matches are listed by their serials, `limit` at most";
    let mut matches = Vec::new();
    // Two and three are paired at the same moment.
    for (number, pause) in [(1, 1), (2, 0), (3, 1), (4, 1)] {
        matches.push(subject.paired_now(number).await);
        subject.advance(seconds(pause)).await;
    }
    for place in [2, 0, 3, 1] {
        subject.matches.insert(&matches[place]).await?;
    }
    subject.insert(5).await?;
    subject.finish(1).await?;
    subject.advance(just_before(LIFETIME)).await;
    let expected: Vec<MatchId> = [2, 3, 4].map(match_id).to_vec();
    for limit in [0, 1, 2, 3, usize::MAX] {
        let some: Vec<MatchId> = expected.iter().copied().take(limit).collect();
        check(guarantee, subject.overdue(limit).await?, some)?;
    }
    Ok(())
}

pub(super) async fn without_a_lifetime_no_match_is_overdue(
    fixture: &dyn MatchRepositoryFixture,
) -> Result<(), Violation> {
    let subject = Subject::open_with(fixture, RepositorySettings { match_lifetime: None, ..SETTINGS }).await;
    subject.insert(1).await?;
    subject.advance(LIFETIME * 1_000).await;
    check("without a lifetime no match is overdue", subject.overdue(10).await?, vec![])
}
