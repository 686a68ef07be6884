//! The calls of players, and their answers.

use std::time::Duration;

use super::{
    Checker, Moment, Promise, RETENTION_MARGIN,
    event::{Call, Document, FindAnswer, KeyNumber, LeaveAnswer, LookAnswer, MatchId, PlayerNumber},
};

impl Checker {
    pub(super) fn calls(&mut self, player: PlayerNumber, call: Call) {
        let moment = self.moment;
        self.player(player).calls.push((call, moment));
    }

    pub(super) fn asks(&mut self, player: PlayerNumber, call: Call, key: KeyNumber) {
        let (now, moment) = (self.now, self.moment);
        self.stop_waiting(player);
        self.player(player).asks.send(call, key, moment, now);
    }

    pub(super) fn asked(&mut self, player: PlayerNumber, call: Call, answer: FindAnswer) {
        let now = self.moment;
        let Some(ask) = self.player(player).asks.get(call) else { return };
        let (key, sent, sent_at) = (ask.key, ask.sent, ask.sent_at);
        match answer {
            FindAnswer::Lost => return,
            FindAnswer::Refused => return self.player(player).asks.forget(call),
            // Unknown is only whether it was served, and not until when: nothing that is run after its caller was answered has
            // an effect (ADR 0021). So what comes of it may come out later, but from here on it begins nothing, and a leave
            // that is answered after this ends its ticket as any other.
            FindAnswer::PutOff => return self.player(player).asks.answer(call, false, None, now),
            _ => {}
        }
        let named = match answer {
            FindAnswer::Matched(id) | FindAnswer::MatchedElsewhere(id) => Some(id),
            _ => None,
        };
        self.check_standing(player, sent, named, "was answered");
        self.player(player).asks.answer(call, answer == FindAnswer::Waiting, named, now);
        match answer {
            FindAnswer::Waiting => self.waits(player, key, sent),
            FindAnswer::WaitingElsewhere(other) => {
                self.counts.conflicts += 1;
                self.never_his(player, call);
                self.differs(player, key, Some(other), "he waits under another key");
                self.waits(player, other, sent);
            }
            FindAnswer::Matched(id) => {
                self.sees(player, id, Some(key));
                self.player(player).asks.spend(call, now);
                self.note_second(id, sent, sent_at);
            }
            FindAnswer::MatchedElsewhere(id) => {
                self.counts.conflicts += 1;
                self.never_his(player, call);
                self.sees(player, id, None);
                self.differs(player, key, self.matches[&id].key, "he is in a match of another key");
            }
            FindAnswer::Refused | FindAnswer::PutOff | FindAnswer::Lost => {}
        }
    }

    pub(super) fn leaves(&mut self, player: PlayerNumber, call: Call) {
        let moment = self.moment;
        self.stop_waiting(player);
        self.calls(player, call);
        let player = self.player(player);
        player.leaving += 1;
        player.leave_sent = Some(moment);
    }

    pub(super) fn left(&mut self, player: PlayerNumber, call: Call, answer: LeaveAnswer) {
        let now = self.moment;
        let Some(sent) = self.player(player).answered(call) else { return };
        self.player(player).leaving -= 1;
        match answer {
            LeaveAnswer::Idle => {
                self.counts.left += 1;
                self.check_standing(player, sent, None, "left");
                self.player(player).asks.end(sent, now);
            }
            LeaveAnswer::Matched(id) => {
                self.counts.leaves_too_late += 1;
                self.check_standing(player, sent, Some(id), "left");
                self.sees(player, id, None);
            }
            LeaveAnswer::Refused => {}
        }
    }

    pub(super) fn looked(&mut self, player: PlayerNumber, call: Call, answer: LookAnswer) {
        let Some(sent) = self.player(player).answered(call) else { return };
        match answer {
            LookAnswer::Idle => {
                self.check_standing(player, sent, None, "looked");
                self.is_idle(player, sent);
            }
            LookAnswer::Waiting(key) => {
                self.check_standing(player, sent, None, "looked");
                self.waits(player, key, sent);
            }
            LookAnswer::Matched(id) => {
                self.check_standing(player, sent, Some(id), "looked");
                self.sees(player, id, None);
            }
            LookAnswer::Refused => {}
        }
    }

    pub(super) fn read(&mut self, player: PlayerNumber, call: Call, id: MatchId, document: Option<Document>) {
        let Some(sent) = self.player(player).answered(call) else { return };
        self.counts.read += 1;
        self.shown(player, id, document);
        let (Some(match_), Some(document)) = (self.matches.get(&id), document) else { return };
        let (stands, concerned) = (match_.stands(), match_.players());
        let was_finished = match_.finished.is_some_and(|finished| finished < sent);
        if was_finished && !document.finished {
            self.violated(Promise::NothingIsLost, &concerned, format!("{id} was finished, and is active again"));
        }
        if stands && document.finished {
            self.violated(Promise::NothingIsLost, &concerned, format!("{id} is finished, but nobody finished it"));
        }
    }

    pub(super) fn finishes(&mut self, player: PlayerNumber, call: Call, id: MatchId) {
        self.calls(player, call);
        self.may_end(id);
    }

    pub(super) fn finished(&mut self, player: PlayerNumber, call: Call, id: MatchId, document: Option<Document>) {
        let now = self.moment;
        if self.player(player).answered(call).is_none() {
            return;
        }
        self.shown(player, id, document);
        if document.is_some_and(|document| !document.finished) {
            self.violated(Promise::NothingIsLost, &[player], format!("{id} was finished, and is shown as active"));
        }
        if let Some(match_) = self.matches.get_mut(&id).filter(|match_| match_.finished.is_none()) {
            match_.finished = Some(now);
            self.counts.finished += 1;
        }
    }

    /// A match that players were told of is shown as it is, or is long over.
    fn shown(&mut self, player: PlayerNumber, id: MatchId, document: Option<Document>) {
        let Some(Document { id: shown, key, players, .. }) = document else {
            let finish_sent = self.matches.get(&id).and_then(|match_| match_.finish_sent);
            let age = finish_sent.map(|(_, at)| self.now.saturating_sub(at) + RETENTION_MARGIN);
            if age.is_none_or(|age| age < self.rules.retention) {
                self.violated(Promise::NothingIsLost, &[player], format!("{id} was named, and cannot be read"));
            }
            return;
        };
        if shown != id {
            self.violated(Promise::NothingIsLost, &[player], format!("{id} was read, and {shown} is shown"));
        }
        if players[0] == players[1] {
            self.violated(Promise::TwoRealPlayers, &players, format!("{id} pairs a player with himself"));
        }
        self.sees(players[0], id, Some(key));
        self.sees(players[1], id, None);
    }

    /// The time to tell runs from the call in which the match came about: nothing was seen of it before that was sent.
    fn note_second(&mut self, id: MatchId, sent: Moment, sent_at: Duration) {
        let Some(match_) = self.matches.get_mut(&id) else { return };
        if match_.seen > sent {
            match_.second_sent.get_or_insert(sent_at);
            self.note_time_to_tell(id);
        }
    }

    /// An ask that was answered with another standing led to nothing.
    fn never_his(&mut self, player: PlayerNumber, call: Call) {
        self.player(player).asks.forget(call);
    }

    fn differs(&mut self, player: PlayerNumber, key: KeyNumber, other: Option<KeyNumber>, what: &str) {
        if other == Some(key) {
            let what = format!("player {} asked under key {} and was answered that {what}", player.0, key.0);
            self.violated(Promise::OneStanding, &[player], what);
        }
    }

    /// A player who stood in a match from before the call until its answer is told of that match, and no other standing.
    pub(super) fn check_standing(&mut self, player: PlayerNumber, sent: Moment, named: Option<MatchId>, did: &str) {
        let Some(certain) = self.certain_match(player, sent) else { return };
        if named != Some(certain) {
            let said = named.map_or_else(|| "none".to_owned(), |id| id.to_string());
            let what = format!("player {} stood in {certain} when he {did}, and the answer names {said}", player.0);
            self.violated(Promise::OneStanding, &[player], what);
        }
    }

    /// He is idle: a ticket of which he was told earlier has ended, for a reason that must come out.
    pub(super) fn is_idle(&mut self, player: PlayerNumber, sent: Moment) {
        let now = self.moment;
        self.stop_waiting(player);
        let state = self.player(player);
        let steady = state.sockets.iter().filter_map(|socket| socket.registered).map(|(moment, _)| moment).min();
        let ask = state.asks.waiting(sent).filter(|ask| steady.is_some_and(|registered| registered < ask.sent));
        if let Some(ask_sent) = ask.map(|ask| ask.sent).filter(|_| state.leaving == 0) {
            self.vanished.push_back((self.now + self.rules.telling, player, ask_sent));
        }
        self.player(player).asks.end(sent, now);
    }

    pub(super) fn check_vanished(&mut self, player: PlayerNumber, ask_sent: Moment) {
        let state = self.player(player);
        let explained = state.last_match.max(state.leave_sent).is_some_and(|moment| moment > ask_sent);
        if !explained {
            let what = format!("player {} waited on a live socket, and is idle without a reason", player.0);
            self.violated(Promise::NothingIsLost, &[player], what);
        }
    }
}
