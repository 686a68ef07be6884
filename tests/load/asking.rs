//! Players whom nobody has seen before, who ask for an opponent.

use crate::{
    closed::Calls,
    engine::{Answer, Outcome},
    reading::Members,
    wire::{self, Crowd, Key},
};

/// Under which keys they ask.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Under {
    /// Each under a key of his own: all wait.
    KeysOfTheirOwn,
    /// All under one: they are matched as they come.
    OneKey,
    /// So many under each key, one after the other: they are matched, and soon.
    Each(u32),
}

/// Players who ask, one call each.
#[derive(Debug)]
pub(crate) struct Asking {
    crowd: Crowd,
    under: Under,
    asked: u32,
    most: u32,
    waiting: u64,
    matched: u64,
}

impl Asking {
    /// At most so many players.
    pub(crate) fn new(under: Under, most: u32) -> Self {
        Self { crowd: Crowd::new(), under, asked: 0, most, waiting: 0, matched: 0 }
    }

    /// Lets so many more ask.
    pub(crate) fn extend(&mut self, most: u32) {
        self.most = most;
    }

    /// How many have been matched with somebody who waited.
    pub(crate) fn matches(&self) -> u64 {
        self.matched
    }

    /// Fails unless as many wait as must.
    pub(crate) fn check_sum(&self) -> Outcome<()> {
        let Self { waiting, matched, .. } = self;
        match self.under {
            Under::KeysOfTheirOwn if *matched == 0 => Ok(()),
            Under::OneKey | Under::Each(_) if waiting.abs_diff(*matched) <= 1 => Ok(()),
            under => Err(format!("under {under:?}, {waiting} were answered waiting and {matched} matched").into()),
        }
    }
}

impl Calls for Asking {
    fn next(&mut self, _lane: usize, request: &mut Vec<u8>) -> bool {
        if self.asked == self.most {
            return false;
        }
        let key = match self.under {
            Under::KeysOfTheirOwn => self.asked,
            Under::OneKey => 0,
            Under::Each(players) => self.asked / players,
        };
        wire::find_match(request, Key(key), &self.crowd.player(u64::from(self.asked)));
        self.asked += 1;
        true
    }

    fn check(&mut self, _lane: usize, answer: &Answer<'_>) -> Outcome<()> {
        match Members::find(answer.body, "status") {
            Some(b"waiting") if answer.status == 200 => self.waiting += 1,
            Some(b"matched") if answer.status == 200 && Members::find(answer.body, "matchId").is_some() => {
                self.matched += 1;
            }
            _ => return Err(answer.instead_of("waiting or matched")),
        }
        Ok(())
    }
}
