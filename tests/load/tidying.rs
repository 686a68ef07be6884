//! What players have left behind is ended, so that a server that somebody else needs is as it was before.

use crate::{
    closed::{self, Calls},
    engine::{Answer, Engine, Outcome},
    pairs::MatchId,
    wire::{self, Crowd},
};

/// Finishes these matches, and has the first so many players of a crowd leave. In this order: who is matched cannot leave.
pub(crate) fn tidy(engine: &mut Engine, matches: Vec<MatchId>, crowd: Crowd, players: u32) -> Outcome<()> {
    finish(engine, matches)?;
    closed::run(engine, &mut Leaving { crowd, next: 0, players }, None).map(drop)
}

/// Finishes matches whose players are not connected.
pub(crate) fn finish(engine: &mut Engine, matches: Vec<MatchId>) -> Outcome<()> {
    let under_way = vec![None; engine.wire.lanes()];
    closed::run(engine, &mut Finishing { matches, under_way }, None).map(drop)
}

struct Finishing {
    matches: Vec<MatchId>,
    /// Of each lane, the match that it finishes.
    under_way: Vec<Option<MatchId>>,
}

impl Calls for Finishing {
    fn next(&mut self, lane: usize, request: &mut Vec<u8>) -> bool {
        self.under_way[lane] = self.matches.pop();
        let id = self.under_way[lane];
        id.inspect(|id| wire::finish(request, id.as_bytes())).is_some()
    }

    fn check(&mut self, lane: usize, answer: &Answer<'_>) -> Outcome<()> {
        match self.under_way[lane] {
            Some(id) if id.is_finished_by(answer) => Ok(()),
            _ => Err(answer.instead_of("a finished match")),
        }
    }
}

struct Leaving {
    crowd: Crowd,
    next: u32,
    players: u32,
}

impl Calls for Leaving {
    fn next(&mut self, _lane: usize, request: &mut Vec<u8>) -> bool {
        if self.next == self.players {
            return false;
        }
        wire::leave(request, &self.crowd.player(u64::from(self.next)));
        self.next += 1;
        true
    }

    fn check(&mut self, _lane: usize, answer: &Answer<'_>) -> Outcome<()> {
        answer.must_tell("idle")
    }
}
