//! Players whom nobody has seen before, who ask for an opponent.

use std::mem;

use crate::{
    closed::Calls,
    engine::{Answer, Engine, Outcome},
    pairs::MatchId,
    reading::Members,
    tidying,
    wire::{self, Crowd, Key},
};

/// Under which keys they ask.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Under {
    /// Each under a key of his own, from this one up: all wait.
    KeysFrom(u64),
    /// So many under each key, from this one up: they are matched as they come.
    Shared {
        /// How many ask under each.
        players: u32,
        /// The first key.
        from: u64,
    },
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
    /// The matches that were made, where they are kept.
    matches: Option<Vec<MatchId>>,
}

impl Asking {
    /// At most so many players.
    pub(crate) fn new(under: Under, most: u32) -> Self {
        Self { crowd: Crowd::new(), under, asked: 0, most, waiting: 0, matched: 0, matches: None }
    }

    /// Keeps the ids of the matches that are made from now on.
    pub(crate) fn keep_matches(&mut self) {
        self.matches = Some(Vec::new());
    }

    /// The matches that were kept, and are kept no more.
    pub(crate) fn take_matches(&mut self) -> Vec<MatchId> {
        self.matches.as_mut().map(mem::take).unwrap_or_default()
    }

    /// Ends all that those who asked have left: their matches, which must have been kept, and their searches.
    pub(crate) fn tidy(mut self, engine: &mut Engine) -> Outcome<()> {
        tidying::tidy(engine, self.take_matches(), self.crowd, self.asked)
    }

    /// Lets so many ask, with those who have.
    pub(crate) fn extend(&mut self, most: u32) {
        self.most = most;
    }

    /// Fails unless as many wait as must.
    pub(crate) fn check_sum(&self) -> Outcome<()> {
        let Self { waiting, matched, .. } = self;
        match self.under {
            Under::KeysFrom(_) if *matched == 0 => Ok(()),
            Under::Shared { .. } if waiting.abs_diff(*matched) <= 1 => Ok(()),
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
            Under::KeysFrom(from) => from + u64::from(self.asked),
            Under::Shared { players, from } => from + u64::from(self.asked / players),
        };
        wire::find_match(request, Key(key), &self.crowd.player(u64::from(self.asked)));
        self.asked += 1;
        true
    }

    fn check(&mut self, _lane: usize, answer: &Answer<'_>) -> Outcome<()> {
        match Members::find(answer.body, "status") {
            Some(b"waiting") if answer.status == 200 => self.waiting += 1,
            Some(b"matched") if answer.status == 200 => {
                let id = MatchId::of(answer.body).ok_or_else(|| answer.instead_of("a match with its id"))?;
                self.matched += 1;
                self.matches.iter_mut().for_each(|matches| matches.push(id));
            }
            _ => return Err(answer.instead_of("waiting or matched")),
        }
        Ok(())
    }
}
