//! Storing, reading and finishing, while time stands still.

use std::time::Duration;

use super::{MatchRepositoryFixture, subject::Subject};
use crate::{
    domain::{Asset, Game, Match, MatchId, MatchStatus, PlayerId, QueueKey, Serial, Timestamp},
    ports::{
        Finish, Insertion,
        contract::{
            Violation,
            samples::{active_match, finished, match_id, staked},
            violation::check,
        },
    },
};

pub(super) async fn an_inserted_match_can_be_read(fixture: &dyn MatchRepositoryFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    subject.expect_count("a new repository is empty", 0).await?;
    let one = subject.insert(1).await?;
    let two = subject.insert(2).await?;
    let guarantee = "what was inserted can be read at once, each match by its own id";
    check(guarantee, subject.get(1).await?.as_ref(), Some(&one))?;
    check(guarantee, subject.get(2).await?.as_ref(), Some(&two))?;
    subject.expect_count("every stored match counts once", 2).await
}

pub(super) async fn a_match_comes_back_exactly(fixture: &dyn MatchRepositoryFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let longest = PlayerId::parse(&"z".repeat(PlayerId::MAX_LENGTH)).expect("no longer than may be");
    let marked = PlayerId::parse("_-.:@|+=").expect("marks that are allowed");
    let keys: [QueueKey; 5] = [
        staked("chess", Asset::Eth, "999999999999.999999999999999999"),
        staked("chess", Asset::Eth, "0.000000000000000001"),
        staked("Chess", Asset::Ton, "0.100000001"),
        staked("_-.", Asset::Usdt, "1000000000000"),
        staked(&"g".repeat(Game::MAX_LENGTH), Asset::Usdt, "1"),
    ];
    for (number, key) in (1..).zip(keys) {
        let id = MatchId::from_uuid(uuid::Uuid::from_u128(u128::MAX - u128::from(number)));
        let serial = Serial((1 << 60) + number);
        let paired_at = Timestamp::from_micros(1_800_000_000_000_000 + number);
        let waited = Duration::from_micros(7_000_001 * number);
        let players = if number % 2 == 0 { [&longest, &marked] } else { [&marked, &longest] }.map(Clone::clone);
        let match_ =
            Match::restore(id, serial, key, players, paired_at, waited, MatchStatus::Active).expect("two players");
        subject.matches.insert(&match_).await?;
        let guarantee = "a match comes back as it went in, to the last digit and the last microsecond";
        check(guarantee, subject.matches.get(id).await?.as_ref(), Some(&match_))?;
        check(guarantee, subject.matches.finish(id).await?, Finish::Finished(finished(&match_)))?;
    }
    Ok(())
}

pub(super) async fn an_unknown_match_is_none(fixture: &dyn MatchRepositoryFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "there is no match of an id that was never inserted";
    check(guarantee, subject.get(1).await?, None)?;
    subject.insert(1).await?;
    check(guarantee, subject.get(2).await?, None)
}

pub(super) async fn inserting_again_changes_nothing(fixture: &dyn MatchRepositoryFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "a match whose id is stored stays as it is, and is what the answer shows";
    let stored = subject.insert(1).await?;
    let other = with_id(1, &active_match(2, subject.clock.now().await));
    for again in [&stored, &other] {
        let expected = Insertion::AlreadyThere(stored.clone());
        check(guarantee, subject.matches.insert(again).await?, expected)?;
        check(guarantee, subject.get(1).await?.as_ref(), Some(&stored))?;
    }
    subject.expect_count(guarantee, 1).await
}

pub(super) async fn a_finished_match_is_read_as_finished(
    fixture: &dyn MatchRepositoryFixture,
) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "a finish takes that match from active to finished, and nothing else, for every later reader";
    let match_ = subject.insert(1).await?;
    let bystander = subject.insert(2).await?;
    check(guarantee, subject.matches.finish(match_id(1)).await?, Finish::Finished(finished(&match_)))?;
    check(guarantee, subject.get(1).await?, Some(finished(&match_)))?;
    check(guarantee, subject.get(2).await?.as_ref(), Some(&bystander))?;
    subject.expect_count("a finished match is stored still", 2).await
}

pub(super) async fn finishing_again_changes_nothing(fixture: &dyn MatchRepositoryFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let over = subject.insert_finished(1).await?;
    for _ in 0..2 {
        let expected = Finish::AlreadyFinished(over.clone());
        check("a match is finished once", subject.matches.finish(match_id(1)).await?, expected)?;
    }
    Ok(())
}

pub(super) async fn inserting_a_finished_match_again_keeps_it_finished(
    fixture: &dyn MatchRepositoryFixture,
) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "a finished match never becomes active again";
    let match_ = subject.insert(1).await?;
    let over = subject.finish(1).await?;
    check(guarantee, subject.matches.insert(&match_).await?, Insertion::AlreadyThere(over.clone()))?;
    check(guarantee, subject.get(1).await?, Some(over))
}

pub(super) async fn an_unknown_match_cannot_be_finished(fixture: &dyn MatchRepositoryFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "a match that is not stored cannot be finished, and nothing is stored by trying";
    check(guarantee, subject.matches.finish(match_id(1)).await?, Finish::Unknown)?;
    subject.expect_count(guarantee, 0).await?;
    subject.insert(1).await.map(drop)
}

/// The match as it is, but for its id.
fn with_id(number: u64, match_: &Match) -> Match {
    let (key, players) = (match_.key().clone(), match_.players().clone());
    let (paired_at, waited) = (match_.paired_at(), match_.waited());
    Match::restore(match_id(number), match_.serial(), key, players, paired_at, waited, match_.status())
        .expect("two players")
}
