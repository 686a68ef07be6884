use std::collections::VecDeque;

use crate::domain::MatchId;

/// How many ids a block has.
const BLOCK: usize = 512;

/// The finished matches in the order in which they were finished, in blocks: one queue would move a million ids when it
/// grows, which took up to 28 milliseconds.
#[derive(Clone, Default)]
pub(super) struct Finished {
    /// None of them is empty.
    blocks: VecDeque<VecDeque<MatchId>>,
}

impl Finished {
    pub(super) fn push(&mut self, id: MatchId) {
        match self.blocks.back_mut() {
            Some(last) if last.len() < BLOCK => last.push_back(id),
            _ => self.blocks.push_back(VecDeque::from([id])),
        }
    }

    pub(super) fn oldest(&self) -> Option<&MatchId> {
        self.blocks.front()?.front()
    }

    pub(super) fn pop_oldest(&mut self) -> Option<MatchId> {
        let first = self.blocks.front_mut()?;
        let oldest = first.pop_front();
        if first.is_empty() {
            self.blocks.pop_front();
        }
        oldest
    }
}

#[cfg(test)]
mod tests;
