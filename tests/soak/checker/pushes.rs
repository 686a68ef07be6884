//! What sockets are told.

use super::{
    Checker, Promise,
    event::{KeyNumber, MatchId, PlayerNumber, Reason, SocketNumber, Status},
    match_::Telling,
    player::Socket,
};

impl Checker {
    pub(super) fn registers(&mut self, player: PlayerNumber, number: SocketNumber) {
        let registers = self.moment;
        let player = self.player(player);
        match player.socket(number) {
            Some(socket) => socket.registers = registers,
            None => player.sockets.push(Socket { number, registers, registered: None, match_due: false }),
        }
        player.presence.registers();
    }

    pub(super) fn registered(&mut self, player: PlayerNumber, number: SocketNumber, status: Status) {
        let (now, moment, telling) = (self.now, self.moment, self.rules.telling);
        let Some(socket) = self.player(player).socket(number) else { return };
        socket.registered = Some((moment, now));
        socket.match_due = status == Status::Matched;
        let sent = socket.registers;
        self.player(player).presence.registered(moment);
        self.counts.registered += 1;
        self.was_greeted(player);
        match status {
            Status::Matched => {
                self.counts.registered_matched += 1;
                self.greetings.push_back((now + telling, player, number, moment));
            }
            Status::Waiting => {
                self.check_standing(player, sent, None, "registered");
                if !self.player(player).asks.may_wait(None, sent) {
                    let what = format!("player {} registered as waiting, but no ask of his can wait", player.0);
                    self.violated(Promise::LeaveOrMatch, &[player], what);
                }
            }
            Status::Idle => {
                self.check_standing(player, sent, None, "registered");
                self.is_idle(player, sent);
            }
        }
    }

    pub(super) fn closed(&mut self, player: PlayerNumber, number: SocketNumber) {
        let (now, state) = (self.now, self.player(player));
        state.sockets.retain(|open| open.number != number);
        let any_is_registered = state.sockets.iter().any(|open| open.registered.is_some());
        state.presence.closed(now, !state.sockets.is_empty(), any_is_registered);
    }

    pub(super) fn told_found(
        &mut self,
        player: PlayerNumber,
        number: SocketNumber,
        id: MatchId,
        key: KeyNumber,
        opponent: PlayerNumber,
    ) {
        let (now, state) = (self.now, self.player(player));
        let Some(socket) = state.socket(number) else { return };
        let (greeted, registers) = (std::mem::take(&mut socket.match_due), socket.registers);
        let registered_at = socket.registered.map_or(now, |(_, at)| at);
        if socket.registered.is_none() {
            let what = format!("player {} was told of {id} before he was registered", player.0);
            self.violated(Promise::BothAreTold, &[player], what);
        }
        if opponent == player {
            self.violated(Promise::TwoRealPlayers, &[player], format!("player {} is his own opponent", player.0));
        }
        if self.is_strange(player, id) {
            self.violated(Promise::NobodyElseIsTold, &[player], format!("player {} was told of {id}", player.0));
        }
        self.counts.found_told += 1;
        self.sees(player, id, Some(key));
        self.sees(opponent, id, None);
        let Some(side) = self.matches.get_mut(&id).and_then(|match_| match_.side_mut(player)) else { return };
        let copy = side.was_told_on(number) && !greeted;
        let late = side.told_finished.is_some_and(|(moment, told)| told == number || moment < registers);
        side.found.push(Telling { socket: number, at: now, registered_at });
        if copy {
            self.violated(Promise::BothAreTold, &[player], format!("player {} was told twice of {id}", player.0));
        }
        if late {
            let what = format!("player {} was told of {id} after its match_finished", player.0);
            self.violated(Promise::BothAreTold, &[player], what);
        }
        self.note_time_to_tell(id);
    }

    pub(super) fn told_finished(&mut self, player: PlayerNumber, number: SocketNumber, id: MatchId) {
        let moment = self.moment;
        self.expect_no_match_due(player, number, "match_finished");
        let Some(match_) = self.matches.get_mut(&id) else {
            return self.violated(Promise::NobodyElseIsTold, &[player], format!("{id} ended, of which nobody knew"));
        };
        match_.finished.get_or_insert(moment);
        let stands = match_.stands();
        let Some(side) = match_.side_mut(player) else {
            let what = format!("player {} was told of the end of {id}, which is not his", player.0);
            return self.violated(Promise::NobodyElseIsTold, &[player], what);
        };
        let found = side.was_told_on(number);
        let copy = side.told_finished.is_some_and(|(_, told)| told == number);
        side.told_finished.get_or_insert((moment, number));
        if stands {
            self.violated(Promise::NothingIsLost, &[player], format!("{id} ended, but nobody finished it"));
        }
        if !found {
            let what = format!("player {} was told of the end of {id}, and not of its beginning", player.0);
            self.violated(Promise::BothAreTold, &[player], what);
        }
        if copy {
            self.violated(Promise::BothAreTold, &[player], format!("player {} was told twice of the end", player.0));
        }
    }

    pub(super) fn told_search_ended(&mut self, player: PlayerNumber, number: SocketNumber, reason: Reason) {
        self.expect_no_match_due(player, number, "search_ended");
        self.stop_waiting(player);
        if reason != Reason::Left || self.player(player).leave_sent.is_none() {
            let what = format!("the search of player {}, who is connected and did not leave, ended", player.0);
            self.violated(Promise::NothingIsLost, &[player], what);
        }
    }

    /// Both players were told of the match, on every socket that was registered before it could be over and lives.
    pub(super) fn check_told(&mut self, id: MatchId) {
        let Some(match_) = self.matches.get(&id) else { return };
        let finish_sent = match_.finish_sent.map(|(moment, _)| moment);
        let mut untold = Vec::new();
        for side in &match_.sides {
            let sockets = &self.players[side.player.0 as usize].sockets;
            for (socket, (moment, at)) in sockets.iter().filter_map(|socket| Some((socket, socket.registered?))) {
                if at + self.rules.telling > self.now || finish_sent.is_some_and(|finish| finish < moment) {
                    continue;
                }
                if side.was_told_on(socket.number) {
                    self.counts.told_in_time += 1;
                } else {
                    untold.push(side.player);
                }
            }
        }
        for player in untold {
            let what = format!("player {} is connected, and was not told of {id}", player.0);
            self.violated(Promise::BothAreTold, &[player], what);
        }
    }

    /// Who was greeted as matched was told of the match right after.
    pub(super) fn check_greeting(&mut self, player: PlayerNumber, number: SocketNumber, registered: u64) {
        let Some(socket) = self.player(player).socket(number) else { return };
        if socket.match_due && socket.registered.is_some_and(|(moment, _)| moment == registered) {
            let what = format!("player {} registered as matched, and no match_found followed", player.0);
            self.violated(Promise::BothAreTold, &[player], what);
        }
    }

    pub(super) fn note_time_to_tell(&mut self, id: MatchId) {
        let Some(match_) = self.matches.get_mut(&id) else { return };
        self.latencies.extend(match_.take_time_to_tell());
    }

    /// Whether the match is known to be of two others.
    fn is_strange(&self, player: PlayerNumber, id: MatchId) -> bool {
        self.matches.get(&id).is_some_and(|match_| match_.sides.len() == 2 && match_.side(player).is_none())
    }

    fn expect_no_match_due(&mut self, player: PlayerNumber, number: SocketNumber, message: &str) {
        let due = self.player(player).socket(number).is_some_and(|socket| std::mem::take(&mut socket.match_due));
        if due {
            let what = format!("player {} registered as matched, and {message} followed instead", player.0);
            self.violated(Promise::BothAreTold, &[player], what);
        }
    }
}
