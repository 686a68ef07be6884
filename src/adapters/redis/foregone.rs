use std::{
    collections::HashSet,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::domain::{EndedTicket, Match, MatchId, Notice, PlayerId, Serial};

/// How many of one kind are kept. Past it all are forgotten: what is forgotten is asked for once more, and found done.
const MOST_KEPT: usize = 4096;

/// What this node's calls have done beyond their verbs, so that the calls which would do it need not be made.
///
/// Redis pairs two players, stores their match, tells both and settles it in one decision, and in another finishes the match,
/// frees both and tells them; the use cases know three ports, and ask each in its turn. They wait for nothing between the call
/// that did more and those that it did the work of, so nothing stays here.
#[derive(Default)]
pub(super) struct Foregone(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    inserted: HashSet<MatchId>,
    settled: HashSet<MatchId>,
    released: HashSet<MatchId>,
    told: HashSet<(PlayerId, Serial, Told)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Told {
    Found,
    Finished,
    Ended,
}

impl Foregone {
    /// The pairing has been stored, both have been told, and it is settled.
    pub(super) fn settled(&self, match_: &Match) {
        let mut kept = self.kept();
        keep(&mut kept.inserted, match_.id());
        keep(&mut kept.settled, match_.id());
        kept.both_told(match_, Told::Found);
    }

    /// Both have been freed, and told that the match is over.
    pub(super) fn finished_and_released(&self, match_: &Match) {
        let mut kept = self.kept();
        keep(&mut kept.released, match_.id());
        kept.both_told(match_, Told::Finished);
    }

    /// Both have been told that the match is over.
    pub(super) fn released(&self, match_: &Match) {
        self.kept().both_told(match_, Told::Finished);
    }

    /// Their players have been told.
    pub(super) fn ended<'a>(&self, ended: impl IntoIterator<Item = &'a EndedTicket>) {
        for EndedTicket { player, ticket, .. } in ended {
            keep(&mut self.kept().told, (player.clone(), ticket.serial, Told::Ended));
        }
    }

    /// Whether this match was inserted with its pairing; says so once.
    pub(super) fn take_inserted(&self, id: MatchId) -> bool {
        self.kept().inserted.remove(&id)
    }

    /// Whether this match was settled with its pairing; says so once.
    pub(super) fn take_settled(&self, id: MatchId) -> bool {
        self.kept().settled.remove(&id)
    }

    /// Whether the players of this match were freed with its finish; says so once.
    pub(super) fn take_released(&self, id: MatchId) -> bool {
        self.kept().released.remove(&id)
    }

    /// Whether this player was told with the decision; says so once.
    pub(super) fn take_told(&self, player: &PlayerId, notice: &Notice) -> bool {
        let (serial, told) = match notice {
            Notice::MatchFound(match_) => (match_.serial(), Told::Found),
            Notice::MatchFinished(match_) => (match_.serial(), Told::Finished),
            Notice::SearchEnded(ended) => (ended.ticket.serial, Told::Ended),
        };
        self.kept().told.remove(&(player.clone(), serial, told))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn both_told(&mut self, match_: &Match, told: Told) {
        for player in match_.players() {
            keep(&mut self.told, (player.clone(), match_.serial(), told));
        }
    }
}

fn keep<T: Eq + Hash>(kept: &mut HashSet<T>, one: T) {
    if kept.len() >= MOST_KEPT {
        kept.clear();
    }
    kept.insert(one);
}
