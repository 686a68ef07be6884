//! What a player's sockets do to his ticket.

use super::QueuePolicy;
use crate::domain::{
    ConnectOutcome, Connected, Decided, EndReason, MatchId, PlayerId, Serial, SocketId, Standing, Ticket, Timestamp,
};

impl QueuePolicy {
    /// A player is connected on this socket from now on, beside others he may have; while he has one, his ticket does not
    /// end by itself. If he waits and may be paired again by this, he is paired with the one who waits under his key, in a
    /// match that is called `id`, with the two in the order in which they joined. If there is no room for that match he is not
    /// connected; trying was a sign of life.
    pub fn connect(
        &mut self,
        now: Timestamp,
        player: &PlayerId,
        socket: SocketId,
        id: MatchId,
    ) -> Decided<ConnectOutcome> {
        let now = self.observe(now);
        let mut ended = self.end_if_overdue(now, player);
        let returning = self.passed_over(player);
        let opponent = returning.as_ref().and_then(|own| Some((own, self.pairable(now, &own.key, &mut ended)?)));
        if opponent.is_some() && !self.has_room_for_a_match() {
            self.note_sign_of_life(now, player);
            return Decided { outcome: ConnectOutcome::AtCapacity, ended };
        }
        let connection = self.open(player, socket);
        if let Some((own, (opponent, ticket))) = opponent {
            let mut pair = [(own, player), (&ticket, &opponent)];
            pair.sort_unstable_by_key(|(ticket, _)| ticket.serial);
            let match_ = self.pair(now, pair.map(|(_, player)| player.clone()), pair[0].0, id);
            return Decided { outcome: ConnectOutcome::Paired { match_, connection }, ended };
        }
        if let Some(own) = &returning {
            self.waiting.offer(&own.key, player);
        }
        let connected = Connected { standing: self.standing(player), connection };
        Decided { outcome: ConnectOutcome::Connected(connected), ended }
    }

    /// A socket has closed. If it was the last on which the player was connected, his disconnect grace begins.
    pub fn disconnect(&mut self, now: Timestamp, player: &PlayerId, socket: SocketId) {
        let now = self.observe(now);
        let Some(record) = self.players.get_mut(player) else { return };
        let Ok(place) = record.sockets.binary_search(&socket) else { return };
        record.sockets.remove(place);
        if !record.sockets.is_empty() {
            return;
        }
        self.connected -= 1;
        if let Some(ticket) = self.passed_over(player) {
            self.waiting.withdraw(&ticket.key, player);
        }
        let deadline = (now.after(self.settings.disconnect_grace), EndReason::Disconnected);
        self.set_deadline(player, Some(deadline));
        self.forget_if_idle(player);
    }

    /// Whether the player is one who may be paired, when he waits.
    pub(super) fn may_be_paired(&self, player: &PlayerId) -> bool {
        !self.settings.pair_only_connected || self.is_connected(player)
    }

    pub(super) fn is_connected(&self, player: &PlayerId) -> bool {
        self.players.get(player).is_some_and(|record| !record.sockets.is_empty())
    }

    /// The ticket of a player who waits and may not be paired.
    fn passed_over(&self, player: &PlayerId) -> Option<Ticket> {
        match self.standing(player) {
            Standing::Waiting(ticket) if !self.may_be_paired(player) => Some(ticket),
            _ => None,
        }
    }

    /// Counts a socket for the player; the connection's serial.
    fn open(&mut self, player: &PlayerId, socket: SocketId) -> Serial {
        let record = self.players.entry(player.clone()).or_default();
        self.connected += usize::from(record.sockets.is_empty());
        if let Err(place) = record.sockets.binary_search(&socket) {
            record.sockets.insert(place, socket);
        }
        self.set_deadline(player, None);
        self.next_serial()
    }
}
