//! The people, stakes and matches that the cases are about.

use std::time::Duration;

use uuid::Uuid;

use crate::domain::{Asset, Game, Match, MatchId, PlayerId, QueueKey, Serial, Stake, Timestamp};

/// The smallest step that a clock makes.
pub(super) const INSTANT: Duration = Duration::from_micros(1);

pub(super) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The time after which a deadline of that long is not yet reached, by one instant.
pub(super) const fn just_before(deadline: Duration) -> Duration {
    deadline.saturating_sub(INSTANT)
}

pub(super) fn player(name: &str) -> PlayerId {
    PlayerId::parse(name).expect("the suite names its players well")
}

/// A game at a stake of 20 USDT.
pub(super) fn key(game: &str) -> QueueKey {
    staked(game, Asset::Usdt, "20")
}

pub(super) fn staked(game: &str, asset: Asset, amount: &str) -> QueueKey {
    let game = Game::parse(game).expect("the suite names its games well");
    QueueKey::new(game, Stake::parse(asset, amount).expect("the suite writes its amounts well"))
}

pub(super) fn match_id(number: u64) -> MatchId {
    MatchId::from_uuid(Uuid::from_u128(u128::from(number)))
}

/// An active match of Ann and Bob; the number is its id and its serial.
pub(super) fn active_match(number: u64, paired_at: Timestamp) -> Match {
    let players = [player("ann"), player("bob")];
    let waited = Duration::from_micros(number);
    let proposed = Match::propose(match_id(number), Serial(number), key("chess"), players, paired_at, waited);
    proposed.expect("Ann is not Bob").activate().expect("a proposed match can be activated")
}

pub(super) fn finished(match_: &Match) -> Match {
    match_.clone().finish().expect("an active match can be finished")
}
