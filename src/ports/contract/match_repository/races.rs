//! Calls that are in flight at the same time have the effects of the same calls in some order.

use std::sync::Arc;

use super::{
    MatchRepositoryFixture,
    subject::{SETTINGS, Subject},
};
use crate::{
    domain::{Match, MatchId},
    ports::{
        Finish, Insertion, RepositorySettings,
        contract::{
            Violation,
            race::{race, race_two},
            samples::match_id,
            violation::{check, check_that},
        },
    },
};

pub(super) async fn one_of_several_insertions_stores_the_match(
    fixture: &dyn MatchRepositoryFixture,
) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "of several insertions of a match at the same time one stores it, and the others find it";
    for number in 1..=60 {
        let match_ = subject.paired_now(number).await;
        let answers = race((0..4).map(|_| {
            let (matches, match_) = (Arc::clone(&subject.matches), match_.clone());
            async move { matches.insert(&match_).await }
        }))
        .await?;
        let (inserted, found): (Vec<_>, Vec<_>) =
            answers.into_iter().partition(|answer| *answer == Insertion::Inserted);
        check(guarantee, inserted.len(), 1)?;
        check(guarantee, found, vec![Insertion::AlreadyThere(match_.clone()); 3])?;
    }
    subject.expect_count(guarantee, 60).await
}

pub(super) async fn one_of_several_finishes_ends_the_match(
    fixture: &dyn MatchRepositoryFixture,
) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "of several finishes of a match at the same time one ends it, and the others find it ended";
    for number in 1..=60 {
        subject.insert(number).await?;
        let answers = race((0..4).map(|_| {
            let matches = Arc::clone(&subject.matches);
            async move { matches.finish(match_id(number)).await }
        }))
        .await?;
        let ended = answers.iter().filter(|answer| matches!(answer, Finish::Finished(_))).count();
        let found = answers.iter().filter(|answer| matches!(answer, Finish::AlreadyFinished(_))).count();
        check(guarantee, (ended, found), (1, 3))?;
    }
    Ok(())
}

pub(super) async fn a_late_insertion_does_not_undo_a_finish(
    fixture: &dyn MatchRepositoryFixture,
) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "a finished match never becomes active again, also when it is inserted again at the same time";
    for number in 1..=100 {
        let match_ = subject.insert(number).await?;
        let (inserting, finishing) = (Arc::clone(&subject.matches), Arc::clone(&subject.matches));
        let answers = race_two(async move { inserting.insert(&match_).await }, async move {
            finishing.finish(match_id(number)).await
        })
        .await?;
        let expected = matches!(answers, (Insertion::AlreadyThere(_), Finish::Finished(_)));
        check_that(guarantee, expected, "AlreadyThere and Finished", answers)?;
        let read = subject.get(number).await?;
        check_that(guarantee, read.as_ref().is_some_and(Match::is_finished), "a finished match", read)?;
    }
    Ok(())
}

pub(super) async fn the_bound_holds_under_a_rush(fixture: &dyn MatchRepositoryFixture) -> Result<(), Violation> {
    let guarantee = "however many insert at the same time, as many matches are stored as may be";
    for _ in 0..20 {
        let subject = Subject::open_with(fixture, RepositorySettings { max_matches: 5, ..SETTINGS }).await;
        let answers = insert_at_once(&subject, 1..=12).await?;
        let inserted = answers.iter().filter(|(_, answer)| *answer == Insertion::Inserted).count();
        let refused = answers.iter().filter(|(_, answer)| *answer == Insertion::AtCapacity).count();
        check(guarantee, (inserted, refused), (5, 7))?;
        subject.expect_count(guarantee, 5).await?;
    }
    Ok(())
}

pub(super) async fn a_full_repository_forgets_one_match_for_each_new_one(
    fixture: &dyn MatchRepositoryFixture,
) -> Result<(), Violation> {
    let guarantee = "insertions at the same time forget one finished match each, and no active one";
    for _ in 0..20 {
        let subject = Subject::open_with(fixture, RepositorySettings { max_matches: 6, ..SETTINGS }).await;
        for number in 1..=3 {
            subject.insert_finished(number).await?;
        }
        for number in 4..=6 {
            subject.insert(number).await?;
        }
        let answers = insert_at_once(&subject, 11..=18).await?;
        let inserted: Vec<MatchId> =
            answers.iter().filter(|(_, answer)| *answer == Insertion::Inserted).map(|(id, _)| *id).collect();
        check(guarantee, inserted.len(), 3)?;
        for id in (4..=6).map(match_id).chain(inserted) {
            check(guarantee, subject.matches.get(id).await?.is_some(), true)?;
        }
        subject.expect_count(guarantee, 6).await?;
    }
    Ok(())
}

async fn insert_at_once(
    subject: &Subject,
    numbers: impl IntoIterator<Item = u64>,
) -> Result<Vec<(MatchId, Insertion)>, Violation> {
    let mut insertions = Vec::new();
    for number in numbers {
        let (matches, match_) = (Arc::clone(&subject.matches), subject.paired_now(number).await);
        insertions.push(async move { Ok((match_.id(), matches.insert(&match_).await?)) });
    }
    race(insertions).await
}
