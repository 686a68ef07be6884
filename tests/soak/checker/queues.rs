//! Who waits under a key, and who was paired while he waited.

use std::collections::VecDeque;

use super::{
    Checker, Moment, Promise,
    event::{KeyNumber, MatchId, PlayerNumber},
    player::Span,
};

/// How many pairings under a key are remembered, to see whether they overtook somebody.
const REMEMBERED_PAIRINGS: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Queue {
    /// Those who were seen waiting, and not seen to have stopped.
    waiting: Vec<PlayerNumber>,
    pairings: VecDeque<Pairing>,
}

/// Two players were paired: certainly after the later of them asked, and before they were seen.
#[derive(Clone, Copy, Debug)]
struct Pairing {
    id: MatchId,
    players: [PlayerNumber; 2],
    later_ask_sent: Moment,
    seen: Moment,
}

impl Checker {
    /// The player was seen waiting by a call that was sent then; unless he has been seen in a match since, he may wait yet.
    pub(super) fn waits(&mut self, player: PlayerNumber, key: KeyNumber, sent: Moment) {
        let now = self.moment;
        if !self.player(player).asks.may_wait(Some(key), sent) {
            let what = format!("player {} waits under key {}, but no ask of his can have led to it", player.0, key.0);
            self.violated(Promise::LeaveOrMatch, &[player], what);
        }
        if self.player(player).last_match.is_some_and(|seen| seen > sent) {
            return;
        }
        let before = self.player(player).waiting;
        let after = self.player(player).seen_waiting(key, sent, now);
        if before.map(|span| span.key) != after.map(|span| span.key) {
            if let Some(span) = before {
                self.queue(span.key).waiting.retain(|waiting| *waiting != player);
            }
            if let Some(span) = after {
                self.queue(span.key).waiting.push(player);
            }
        }
        self.check_company(player, key);
        self.check_overtaken(player, key);
    }

    /// From now on it is not certain that he waits.
    pub(super) fn stop_waiting(&mut self, player: PlayerNumber) {
        if let Some(span) = self.player(player).waiting.take() {
            self.queue(span.key).waiting.retain(|waiting| *waiting != player);
        }
    }

    /// Through which time he waited and could have been paired, for certain.
    fn pairable(&self, player: PlayerNumber) -> Option<Span> {
        let player = &self.players[player.0 as usize];
        if self.rules.pair_only_connected { player.waiting_connected() } else { player.waiting }
    }

    fn queue(&mut self, key: KeyNumber) -> &mut Queue {
        &mut self.queues[key.0 as usize]
    }

    pub(super) fn note_pairing(&mut self, key: KeyNumber, id: MatchId) {
        let seen = self.moment;
        let [one, other] = &self.matches[&id].sides[..] else { return };
        let (Some(one_sent), Some(other_sent)) = (one.ask_sent, other.ask_sent) else { return };
        let pairing =
            Pairing { id, players: [one.player, other.player], later_ask_sent: one_sent.max(other_sent), seen };
        let pairings = &mut self.queue(key).pairings;
        if pairings.back().is_some_and(|latest| latest.id == id) {
            return;
        }
        if pairings.len() == REMEMBERED_PAIRINGS {
            pairings.pop_front();
        }
        pairings.push_back(pairing);
    }

    /// Two who wait under one key at the same moment could be paired, if both are there.
    fn check_company(&mut self, player: PlayerNumber, key: KeyNumber) {
        let pairable = self.pairable(player).filter(|span| span.key == key);
        let others = self.queue(key).waiting.clone();
        for other in others.into_iter().filter(|other| *other != player) {
            self.counts.waits_compared += 1;
            let (Some(span), Some(theirs)) = (pairable, self.pairable(other)) else {
                self.counts.passed_over += u64::from(self.rules.pair_only_connected);
                continue;
            };
            if theirs.key == key && theirs.overlaps(&span) {
                let what = format!("players {} and {} both wait under key {}", player.0, other.0, key.0);
                self.violated(Promise::NobodyWaitsInVain, &[player, other], what);
            }
        }
    }

    /// Whoever asks while somebody waits is paired with him, or with one who has waited longer; never with another.
    fn check_overtaken(&mut self, player: PlayerNumber, key: KeyNumber) {
        let Some(span) = self.pairable(player) else { return };
        let overtaken = |pairing: &&Pairing| {
            pairing.later_ask_sent > span.from && pairing.seen < span.to && !pairing.players.contains(&player)
        };
        let Some(pairing) = self.queue(key).pairings.iter().find(overtaken).copied() else { return };
        let what = format!("player {} waited under key {} while {} was paired", player.0, key.0, pairing.id);
        let concerned = [player, pairing.players[0], pairing.players[1]];
        self.violated(Promise::FirstComeFirstServed, &concerned, what);
    }
}
