use std::{
    collections::HashSet,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::domain::{EndedTicket, Match, MatchId, Notice, PlayerId, Serial};

/// How many of one kind are kept. Past it all are forgotten: what is forgotten is done once more, which changes nothing.
const MOST_KEPT: usize = 4096;

/// What this node's calls have done beyond their verbs, so that the call which would do it need not be made.
///
/// Redis pairs two players, stores their match and tells both in one decision; the use cases know three ports, and ask each in
/// its turn.
#[derive(Default)]
pub(super) struct Foregone(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    inserted: HashSet<MatchId>,
    told: HashSet<(PlayerId, Serial, Told)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Told {
    Found,
    Finished,
    Ended,
}

impl Foregone {
    /// The pairing has been stored, and both have been told.
    pub(super) fn paired(&self, match_: &Match) {
        let mut kept = self.kept();
        keep(&mut kept.inserted, match_.id());
        for player in match_.players() {
            keep(&mut kept.told, (player.clone(), match_.serial(), Told::Found));
        }
    }

    /// Both have been told that it is over.
    pub(super) fn released(&self, match_: &Match) {
        let mut kept = self.kept();
        for player in match_.players() {
            keep(&mut kept.told, (player.clone(), match_.serial(), Told::Finished));
        }
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

fn keep<T: Eq + Hash>(kept: &mut HashSet<T>, one: T) {
    if kept.len() >= MOST_KEPT {
        kept.clear();
    }
    kept.insert(one);
}
