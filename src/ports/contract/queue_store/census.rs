//! How many there are, also when clients invent games.

use std::collections::BTreeMap;

use fastrand::Rng;

use super::{
    QueueStoreFixture,
    subject::{SETTINGS, Subject},
};
use crate::{
    domain::{Asset, Census, Game, QueueKey, QueuePolicy},
    ports::contract::{
        Violation,
        samples::{key, player, staked},
    },
};

pub(super) async fn the_census_counts(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "the census counts who waits, the matches that players stand in, and who has a socket";
    subject.expect_census(guarantee, Census::default()).await?;
    let match_ = subject.pair("ann", "bob", &key("chess")).await?;
    subject.pair("cid", "dan", &key("go")).await?;
    subject.wait("eve", &key("chess")).await?;
    for (socket, name) in ["ann", "eve", "fay"].into_iter().enumerate() {
        subject.connect(name, socket as u64).await?;
    }
    let one_waits = Census { waiting: 1, waiting_by_game: by_game(&[&key("chess")]), ..Census::default() };
    subject.expect_census(guarantee, Census { matches: 2, connected: 3, ..one_waits }).await?;
    subject.store.release(&match_).await?;
    subject.leave("eve").await?;
    subject.disconnect("eve", 1).await?;
    subject.expect_census(guarantee, Census { matches: 1, connected: 2, ..Census::default() }).await
}

pub(super) async fn who_waits_is_counted_by_game_and_asset(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "players who wait are counted by game and asset, whatever the amount";
    let keys = [
        key("chess"),
        staked("chess", Asset::Usdt, "21"),
        staked("chess", Asset::Ton, "20"),
        staked("Chess", Asset::Usdt, "20"),
    ];
    for (number, key) in keys.iter().enumerate() {
        subject.wait(&format!("player-{number}"), key).await?;
    }
    let waiting_by_game = by_game(&keys.each_ref());
    subject.expect_census(guarantee, Census { waiting: 4, waiting_by_game, ..Census::default() }).await?;
    subject.leave("player-0").await?;
    subject.leave("player-2").await?;
    let waiting_by_game = by_game(&[&keys[1], &keys[3]]);
    subject.expect_census(guarantee, Census { waiting: 2, waiting_by_game, ..Census::default() }).await
}

pub(super) async fn games_past_the_bound_are_counted_together(
    fixture: &dyn QueueStoreFixture,
) -> Result<(), Violation> {
    const OTHERS: usize = 3;
    let subject = Subject::open(fixture).await;
    let guarantee = "at most a fixed number of games are told apart, those that came first, and all others are counted \
                     together";
    // The last names come first.
    let keys: Vec<_> = (0..Census::MAX_GAMES + OTHERS).rev().map(|number| key(&format!("game-{number:03}"))).collect();
    for (number, key) in keys.iter().enumerate() {
        subject.wait(&format!("player-{number}"), key).await?;
    }
    let told_apart: Vec<_> = keys.iter().take(Census::MAX_GAMES).collect();
    let expected = Census {
        waiting: Census::MAX_GAMES + OTHERS,
        waiting_by_game: by_game(&told_apart),
        waiting_elsewhere: OTHERS,
        ..Census::default()
    };
    subject.expect_census(guarantee, expected).await
}

pub(super) async fn a_ticket_counts_where_it_was_counted_first(
    fixture: &dyn QueueStoreFixture,
) -> Result<(), Violation> {
    let guarantee =
        "a ticket goes on to count where it was counted first, as the policy has it, while games come and go";
    let subject = Subject::open(fixture).await;
    let mut policy = QueuePolicy::new(SETTINGS);
    let mut rng = Rng::with_seed(64);
    for number in 0..800 {
        // Each queue has a player of its own, so that they all wait.
        let (game, amount) = (rng.usize(0..Census::MAX_GAMES + 20), ["20", "21"][rng.usize(0..2)]);
        let name = format!("player-{game}-{amount}");
        let (key, now) = (staked(&format!("game-{game}"), Asset::Usdt, amount), subject.clock.now().await);
        if rng.usize(0..3) == 0 {
            policy.leave(now, &player(&name));
            subject.leave(&name).await?;
        } else {
            policy.find(now, &player(&name), &key, subject.next_match());
            subject.find(&name, &key).await?;
        }
        if number % 10 == 0 {
            subject.expect_census(guarantee, policy.census()).await?;
        }
    }
    Ok(())
}

/// One player for each of these.
fn by_game(keys: &[&QueueKey]) -> BTreeMap<(Game, Asset), usize> {
    let mut by_game = BTreeMap::new();
    for key in keys {
        *by_game.entry((key.game().clone(), key.stake().asset())).or_default() += 1;
    }
    by_game
}
