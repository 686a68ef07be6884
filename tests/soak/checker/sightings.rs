//! A match is seen: in an answer, a push or a document. Whose it is, and what that excludes.

use std::time::Duration;

use super::{
    AFTERMATH, Checker, Moment, Promise,
    event::{KeyNumber, MatchId, PlayerNumber},
    match_::{Match, Side},
};

impl Checker {
    /// The player is in this match, which is of this key if one is known.
    pub(super) fn sees(&mut self, player: PlayerNumber, id: MatchId, key: Option<KeyNumber>) {
        self.knows(id);
        if let Some(key) = key {
            self.learns_key(id, key);
        }
        self.joins(player, id);
        let sides = self.matches[&id].players();
        for side in sides {
            self.trace_ask(side, id);
        }
    }

    fn knows(&mut self, id: MatchId) {
        if !self.matches.contains_key(&id) {
            self.counts.matches += 1;
            self.matches.insert(id, Match::new(self.moment));
            self.telling.push_back((self.now + self.rules.telling, id));
        }
    }

    fn learns_key(&mut self, id: MatchId, key: KeyNumber) {
        let known = self.matches.get_mut(&id).map(|match_| *match_.key.get_or_insert(key));
        if known != Some(key) {
            let concerned = self.matches[&id].players();
            self.violated(Promise::TwoRealPlayers, &concerned, format!("{id} is shown under two keys"));
        }
    }

    fn joins(&mut self, player: PlayerNumber, id: MatchId) {
        let now = self.moment;
        let Some(match_) = self.matches.get_mut(&id) else { return };
        if match_.side(player).is_some() {
            return;
        }
        let side = Side { player, ask_sent: None, found: Vec::new(), told_finished: None };
        match_.sides.push(side);
        let (stands, players) = (match_.stands(), match_.players());
        if players.len() > 2 {
            self.violated(Promise::TwoRealPlayers, &players, format!("{id} has a third player"));
        }
        self.stop_waiting(player);
        self.player(player).last_match = Some(now);
        if stands {
            self.stands(player, id);
        }
    }

    /// Nobody has asked to finish the match, so the player stands in it now, and nowhere else.
    fn stands(&mut self, player: PlayerNumber, id: MatchId) {
        let now = self.moment;
        match self.player(player).stands_in.replace((id, now)) {
            Some((other, _)) if other != id => {
                let what = format!("player {} is in {other} and {id}, neither of which is finished", player.0);
                self.violated(Promise::OneStanding, &[player], what);
            }
            Some(_) | None => {}
        }
    }

    /// Finds the ask that led to the match. Each leads to one match at most, and none after a leave was answered 200.
    fn trace_ask(&mut self, player: PlayerNumber, id: MatchId) {
        let now = self.moment;
        let Some(match_) = self.matches.get(&id) else { return };
        let Some(side) = match_.side(player).filter(|side| side.ask_sent.is_none()) else { return };
        let (Some(key), finish_sent, stands) = (match_.key, match_.finish_sent, match_.stands()) else { return };
        debug_assert_eq!(side.player, player);
        let asks = &mut self.player(player).asks;
        let taken = asks.take(id, key, finish_sent.map(|(moment, _)| moment), now).map(|ask| (ask.sent, ask.sent_at));
        if stands {
            // Who stands in a match waits on no ticket.
            asks.end(now, now);
        }
        if taken.is_none() {
            let what = format!("player {} is in {id}, but no ask of his can have led to it", player.0);
            self.violated(Promise::LeaveOrMatch, &[player], what);
        }
        self.check_was_there(player, id, taken.map(|(_, sent_at)| sent_at));
        if let Some(side) = self.matches.get_mut(&id).and_then(|match_| match_.side_mut(player)) {
            // Once is enough to say so.
            side.ask_sent = Some(taken.map_or(now, |(sent, _)| sent));
        }
        self.note_pairing(key, id);
    }

    /// Where only those who are connected are paired, he was connected at some time after he asked.
    fn check_was_there(&mut self, player: PlayerNumber, id: MatchId, asked_at: Option<Duration>) {
        let away = asked_at.is_some_and(|asked_at| self.player(player).presence.was_away_since(asked_at));
        if away && self.rules.pair_only_connected {
            let what = format!("player {} is in {id}, and was not connected", player.0);
            self.violated(Promise::ConnectedAlone, &[player], what);
        }
    }

    /// Somebody is about to finish the match: from now on it may be over.
    pub(super) fn may_end(&mut self, id: MatchId) {
        let (now, moment) = (self.now, self.moment);
        let Some(match_) = self.matches.get_mut(&id).filter(|match_| match_.stands()) else { return };
        match_.finish_sent = Some((moment, now));
        let players = match_.players();
        for player in players {
            let stands_in = &mut self.player(player).stands_in;
            stands_in.take_if(|(standing, _)| *standing == id);
        }
        self.forgetting.push_back((now + self.rules.retention.max(self.rules.telling) + AFTERMATH, id));
    }

    /// The match that a player has stood in since this moment at least, whatever he did.
    pub(super) fn certain_match(&mut self, player: PlayerNumber, since: Moment) -> Option<MatchId> {
        self.player(player).stands_in.filter(|(_, known)| *known < since).map(|(id, _)| id)
    }
}
