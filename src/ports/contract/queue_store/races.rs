//! Calls that are in flight at the same time have the effects of the same calls in some order.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    QueueStoreFixture,
    subject::{SEARCH, SETTINGS, Subject, match_of},
};
use crate::{
    domain::{
        Capacity, ConnectOutcome, Decided, FindOutcome, LeaveOutcome, MatchId, QueueSettings, Serial, SettleOutcome,
        Standing,
    },
    ports::contract::{
        Violation,
        race::{race, race_two},
        samples::{key, player},
        violation::{check, check_that},
    },
};

pub(super) async fn simultaneous_duplicates_get_one_ticket(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "of one player's simultaneous calls one gets a ticket, and the others are told the same one";
    for round in 0..60 {
        let (name, key) = (format!("ann-{round}"), key(&format!("game-{round}")));
        let answers = race((0..8).map(|_| subject.finding(&name, &key))).await?;
        let mut joined = Vec::new();
        let mut kept = Vec::new();
        for decided in answers {
            match decided.outcome {
                FindOutcome::Joined(ticket) => joined.push(ticket),
                FindOutcome::StillWaiting(ticket) => kept.push(ticket),
                other => return Err(Violation::new(guarantee, "Joined or StillWaiting", format!("{other:?}"))),
            }
        }
        check(guarantee, joined.len(), 1)?;
        check(guarantee, kept, vec![joined[0].clone(); 7])?;
        check(guarantee, subject.look(&name).await?.outcome, Standing::Waiting(joined.remove(0)))?;
    }
    Ok(())
}

pub(super) async fn everybody_on_one_key_is_in_exactly_one_match(
    fixture: &dyn QueueStoreFixture,
) -> Result<(), Violation> {
    const PLAYERS: usize = 20;
    let guarantee = "N players who ask for one key at the same time, each several times, end in N/2 matches, each player \
                     in exactly one";
    for _ in 0..15 {
        let subject = Subject::open(fixture).await;
        let names: Vec<String> = (0..PLAYERS).map(|number| format!("player-{number}")).collect();
        let calls = (0..3 * PLAYERS).map(|call| subject.finding(&names[call % PLAYERS], &key("chess")));
        let answers = race(calls).await?;
        let paired = answers.iter().filter(|decided| matches!(decided.outcome, FindOutcome::Paired(_))).count();
        check(guarantee, paired, PLAYERS / 2)?;
        expect_everybody_matched(guarantee, &subject, &names).await?;
    }
    Ok(())
}

/// Each match that is listed names two players, each of whom stands in it, and together they are all.
async fn expect_everybody_matched(guarantee: &str, subject: &Subject, names: &[String]) -> Result<(), Violation> {
    let pairings = subject.store.pairings(Serial(0), usize::MAX).await?;
    check(guarantee, pairings.len(), names.len() / 2)?;
    let matches: BTreeMap<MatchId, _> =
        pairings.iter().map(|pairing| (pairing.match_.id(), pairing.match_.players())).collect();
    check(guarantee, matches.len(), names.len() / 2)?;
    for name in names {
        let standing = subject.look(name).await?.outcome;
        let Some((id, players)) = match_of(&standing) else {
            return Err(Violation::new(guarantee, format!("{name} to be matched"), format!("{standing:?}")));
        };
        check(guarantee, matches.get(&id), Some(&&players))?;
        check_that(guarantee, players.contains(&player(name)), "a player to stand in a match of his own", &standing)?;
    }
    Ok(())
}

pub(super) async fn nobody_gets_two_standings(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let guarantee = "a player who asks for several keys at the same time gets one standing, and each ticket and match \
                     counts once";
    for _ in 0..40 {
        let subject = Subject::open(fixture).await;
        let names = ["ann", "bob", "cid", "dan"];
        let games = ["chess", "go", "dice"];
        let calls = names.iter().flat_map(|name| games.iter().map(move |game| (name, game)));
        race(calls.map(|(name, game)| subject.finding(name, &key(game)))).await?;
        let (mut waiting, mut matched) = (0, 0);
        for name in names {
            match subject.look(name).await?.outcome {
                Standing::Idle => {
                    return Err(Violation::new(guarantee, "waiting or matched", format!("{name} is idle")));
                }
                Standing::Waiting(_) => waiting += 1,
                Standing::Matched(_) => matched += 1,
            }
        }
        let census = subject.store.census().await?;
        check(guarantee, (census.waiting, census.matches * 2), (waiting, matched))?;
        let listed = subject.store.pairings(Serial(0), usize::MAX).await?.len();
        check(guarantee, listed, census.matches)?;
    }
    Ok(())
}

pub(super) async fn leaving_and_being_paired_exclude_each_other(
    fixture: &dyn QueueStoreFixture,
) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "of a leave and a pairing at the same time exactly one happens, and both callers learn which";
    for round in 0..200 {
        let (waiter, seeker) = (format!("waiter-{round}"), format!("seeker-{round}"));
        let key = key(&format!("game-{round}"));
        subject.wait(&waiter, &key).await?;
        let (left, found): (Decided<LeaveOutcome>, Decided<FindOutcome>) =
            race_two(subject.leaving(&waiter), subject.finding(&seeker, &key)).await?;
        let standings = (subject.look(&waiter).await?.outcome, subject.look(&seeker).await?.outcome);
        let consistent = match (&left.outcome, &found.outcome, &standings) {
            (LeaveOutcome::Left(_), FindOutcome::Joined(new), (Standing::Idle, Standing::Waiting(ticket))) => {
                new == ticket
            }
            (
                LeaveOutcome::AlreadyMatched(told),
                FindOutcome::Paired(match_),
                (Standing::Matched(waiters), Standing::Matched(seekers)),
            ) => told == waiters && waiters == seekers && waiters.match_ == *match_,
            _ => false,
        };
        check_that(
            guarantee,
            consistent,
            "he left and the other waits, or both are matched",
            (left, found, standings),
        )?;
    }
    Ok(())
}

pub(super) async fn one_of_several_releases_frees_the_players(
    fixture: &dyn QueueStoreFixture,
) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    for _ in 0..60 {
        let match_ = subject.pair("ann", "bob", &key("chess")).await?;
        let answers = race((0..4).map(|_| {
            let (store, match_) = (Arc::clone(&subject.store), match_.clone());
            async move { store.release(&match_).await }
        }))
        .await?;
        let freed = answers.iter().filter(|&&freed| freed).count();
        check("of several releases at the same time exactly one answers `true`", freed, 1)?;
    }
    Ok(())
}

pub(super) async fn one_of_several_settles_clears_the_mark(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    for _ in 0..60 {
        let match_ = subject.pair("ann", "bob", &key("chess")).await?;
        let answers = race((0..4).map(|_| {
            let (store, match_) = (Arc::clone(&subject.store), match_.clone());
            async move { store.settle(&match_).await }
        }))
        .await?;
        let settled = answers.iter().filter(|&&outcome| outcome == SettleOutcome::Settled).count();
        let again = answers.iter().filter(|&&outcome| outcome == SettleOutcome::AlreadySettled).count();
        check("of several calls that settle a match at the same time exactly one does", (settled, again), (1, 3))?;
        subject.store.release(&match_).await?;
    }
    Ok(())
}

pub(super) async fn one_of_several_sweeps_reports_an_end(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    for round in 0..40 {
        let (name, key) = (format!("ann-{round}"), key("chess"));
        subject.wait(&name, &key).await?;
        subject.advance(SEARCH).await;
        let answers =
            race(
                (0..4).map(|call| {
                    let (store, player) = (Arc::clone(&subject.store), player(&name));
                    async move {
                        if call % 2 == 0 { store.end_overdue(10).await } else { Ok(store.look(&player).await?.ended) }
                    }
                }),
            )
            .await?;
        check("of several calls at the same time exactly one reports an end", answers.concat().len(), 1)?;
    }
    Ok(())
}

pub(super) async fn simultaneous_connections_get_distinct_serials(
    fixture: &dyn QueueStoreFixture,
) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    for _ in 0..20 {
        let answers = race((0..16).map(|socket| subject.connecting(&format!("player-{}", socket / 2), socket))).await?;
        let mut serials: Vec<Serial> = answers.into_iter().filter_map(connection).collect();
        serials.sort_unstable();
        let distinct = serials.len() == 16 && serials.is_sorted_by(|one, next| one < next);
        check_that("no two connections get the same serial", distinct, "sixteen distinct serials", serials)?;
        check("sixteen sockets of eight players are eight presences", subject.store.census().await?.connected, 8)?;
    }
    Ok(())
}

fn connection(decided: Decided<ConnectOutcome>) -> Option<Serial> {
    match decided.outcome {
        ConnectOutcome::Connected(connected) => Some(connected.connection),
        ConnectOutcome::Paired { connection, .. } => Some(connection),
        ConnectOutcome::AtCapacity => None,
    }
}

pub(super) async fn a_closing_takes_its_own_socket_whatever_connects_meanwhile(
    fixture: &dyn QueueStoreFixture,
) -> Result<(), Violation> {
    let guarantee = "a socket that closes while another connects takes nothing but itself away";
    let subject = Subject::open(fixture).await;
    for round in 0..60 {
        let (older, newer) = (2 * round, 2 * round + 1);
        subject.connect("ann", older).await?;
        race_two(subject.disconnecting("ann", older), subject.connecting("ann", newer)).await?;
        check(guarantee, subject.store.census().await?.connected, 1)?;
        subject.disconnect("ann", newer).await?;
        check(guarantee, subject.store.census().await?.connected, 0)?;
    }
    Ok(())
}

pub(super) async fn the_bounds_hold_under_a_rush(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let guarantee = "however many ask at the same time, as many wait as may, and as many are paired as may";
    for _ in 0..15 {
        let subject = Subject::open_with(fixture, QueueSettings { max_waiting: 6, max_matches: 3, ..SETTINGS }).await;
        let asked = |role: &'static str| {
            let subject = &subject;
            race(
                (0..12)
                    .map(move |number| subject.finding(&format!("{role}-{number}"), &key(&format!("game-{number}")))),
            )
        };
        let first = asked("first").await?;
        let refused = FindOutcome::AtCapacity(Capacity::Waiting);
        check(guarantee, first.iter().filter(|decided| decided.outcome == refused).count(), 6)?;
        check(guarantee, subject.store.census().await?.waiting, 6)?;
        asked("second").await?;
        let census = subject.store.census().await?;
        check_that(guarantee, census.matches == 3 && census.waiting <= 6, "3 matches, and 6 waiting at most", census)?;
    }
    Ok(())
}
