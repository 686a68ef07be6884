use std::collections::BTreeMap;

use crate::domain::{Asset, Census, Game, PlayerId, QueueKey, SteadyMap};

/// Everybody who waits: the one who may be paired under each key, and how many there are.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiting {
    pairable: SteadyMap<QueueKey, PlayerId>,
    count: usize,
    by_game: BTreeMap<(Game, Asset), usize>,
    elsewhere: usize,
}

/// Where the census counts a ticket for as long as it lives, so that each number goes down where it went up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    /// Among those of its game and asset.
    ByGame,
    /// Among the others.
    Elsewhere,
}

impl Waiting {
    /// How many wait.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// The one under the key who may be paired.
    pub(super) fn pairable(&self, key: &QueueKey) -> Option<&PlayerId> {
        self.pairable.get(key)
    }

    /// The player waits under the key and may be paired from now on; nobody else there may.
    pub(super) fn offer(&mut self, key: &QueueKey, player: &PlayerId) {
        self.pairable.insert(key.clone(), player.clone());
    }

    /// The player may not be paired any more; whoever else may stays.
    pub(super) fn withdraw(&mut self, key: &QueueKey, player: &PlayerId) {
        self.pairable.remove_if(key, |pairable| pairable == player);
    }

    /// Counts a new ticket.
    pub(super) fn add(&mut self, key: &QueueKey) -> Counted {
        self.count += 1;
        let queue = (key.game().clone(), key.stake().asset());
        if self.by_game.len() < Census::MAX_GAMES || self.by_game.contains_key(&queue) {
            *self.by_game.entry(queue).or_default() += 1;
            Counted::ByGame
        } else {
            self.elsewhere += 1;
            Counted::Elsewhere
        }
    }

    /// Discounts a ticket that was counted there.
    pub(super) fn remove(&mut self, key: &QueueKey, counted: Counted) {
        self.count -= 1;
        if counted == Counted::Elsewhere {
            self.elsewhere -= 1;
            return;
        }
        let queue = (key.game().clone(), key.stake().asset());
        if let Some(waiting) = self.by_game.get_mut(&queue) {
            *waiting -= 1;
            if *waiting == 0 {
                self.by_game.remove(&queue);
            }
        }
    }

    /// How many entries there are in all of its tables.
    #[cfg(test)]
    pub(super) fn room(&self) -> usize {
        self.pairable.len() + self.by_game.len()
    }

    pub(super) fn by_game(&self) -> BTreeMap<(Game, Asset), usize> {
        self.by_game.clone()
    }

    pub(super) const fn elsewhere(&self) -> usize {
        self.elsewhere
    }
}
