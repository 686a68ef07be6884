use std::collections::{BTreeMap, BTreeSet};

use super::{Amount, Asset, Game, QueueKey, Stake};

/// The terms on which players may be paired: which games there are, and the least and the greatest stake of each asset.
///
/// By default every game exists, and every stake is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// `None` for every game.
    games: Option<BTreeSet<Game>>,
    least: BTreeMap<Asset, Amount>,
    greatest: BTreeMap<Asset, Amount>,
}

impl Terms {
    /// How many games a refusal names.
    const GAMES_NAMED: usize = 8;

    /// The terms of these games, or of every game where none are listed, with at most one least and one greatest stake of
    /// each asset.
    ///
    /// # Errors
    ///
    /// [`ContradictoryTerms`] when nobody could ever be paired on them, or an asset has two limits of one kind.
    pub fn new(
        games: Option<Vec<Game>>,
        least: impl IntoIterator<Item = Stake>,
        greatest: impl IntoIterator<Item = Stake>,
    ) -> Result<Self, ContradictoryTerms> {
        let games = games.map(BTreeSet::from_iter);
        if games.as_ref().is_some_and(BTreeSet::is_empty) {
            return Err(ContradictoryTerms::NoGames);
        }
        let (least, greatest) = (by_asset(least, "least")?, by_asset(greatest, "greatest")?);
        for (&asset, &least) in &least {
            if let Some(&greatest) = greatest.get(&asset).filter(|greatest| **greatest < least) {
                return Err(ContradictoryTerms::LeastAboveGreatest { asset, least, greatest });
            }
        }
        Ok(Self { games, least, greatest })
    }

    /// The games there are, in the order of their names; none where every game exists.
    pub fn games(&self) -> impl Iterator<Item = &Game> {
        self.games.iter().flatten()
    }

    /// Whether players may be paired under this key.
    ///
    /// # Errors
    ///
    /// [`AgainstTheTerms`] names the field that is wrong, and says what would be right.
    pub fn check(&self, key: &QueueKey) -> Result<(), AgainstTheTerms> {
        if let Some(games) = self.games.as_ref().filter(|games| !games.contains(key.game())) {
            return Err(AgainstTheTerms::Game(named(games)));
        }
        let (asset, amount) = (key.stake().asset(), key.stake().amount());
        match (self.least.get(&asset), self.greatest.get(&asset)) {
            (Some(&least), _) if amount < least => Err(AgainstTheTerms::TooSmall { asset, least }),
            (_, Some(&greatest)) if amount > greatest => Err(AgainstTheTerms::TooGreat { asset, greatest }),
            _ => Ok(()),
        }
    }
}

fn by_asset(
    limits: impl IntoIterator<Item = Stake>,
    kind: &'static str,
) -> Result<BTreeMap<Asset, Amount>, ContradictoryTerms> {
    let mut by_asset = BTreeMap::new();
    for limit in limits {
        if by_asset.insert(limit.asset(), limit.amount()).is_some() {
            return Err(ContradictoryTerms::TwoLimits { asset: limit.asset(), kind });
        }
    }
    Ok(by_asset)
}

/// The first few games in the order of their names, and how many more there are.
fn named(games: &BTreeSet<Game>) -> String {
    let first: Vec<&str> = games.iter().take(Terms::GAMES_NAMED).map(Game::as_str).collect();
    let more = games.len() - first.len();
    let first = first.join(", ");
    if more == 0 { first } else { format!("{first} and {more} more") }
}

/// Nobody may be paired under the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AgainstTheTerms {
    /// There is no such game; those that there are, or the first few of them.
    #[error("the games here are {0}")]
    Game(String),
    /// The stake is below the least one.
    #[error("a stake in {asset} is at least {least}")]
    TooSmall {
        /// What the stake would be paid in.
        asset: Asset,
        /// The least stake.
        least: Amount,
    },
    /// The stake is above the greatest one.
    #[error("a stake in {asset} is at most {greatest}")]
    TooGreat {
        /// What the stake would be paid in.
        asset: Asset,
        /// The greatest stake.
        greatest: Amount,
    },
}

impl AgainstTheTerms {
    /// The field on the wire that is wrong.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Game(_) => "game",
            Self::TooSmall { .. } | Self::TooGreat { .. } => "amount",
        }
    }
}

/// The terms contradict themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContradictoryTerms {
    /// Games are listed, and the list is empty.
    #[error("a list of games names one game at least")]
    NoGames,
    /// Two limits of one kind are set for one asset.
    #[error("the {kind} stake in {asset} is set twice")]
    TwoLimits {
        /// The asset.
        asset: Asset,
        /// Which limit.
        kind: &'static str,
    },
    /// No stake in the asset would be taken.
    #[error("the least stake in {asset}, {least}, is above the greatest, {greatest}")]
    LeastAboveGreatest {
        /// The asset.
        asset: Asset,
        /// The least stake.
        least: Amount,
        /// The greatest stake.
        greatest: Amount,
    },
}

#[cfg(test)]
mod tests;
