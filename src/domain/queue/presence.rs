//! What a player's sockets do to his ticket.

use super::{
    QueuePolicy,
    record::{Holding, Record},
};
use crate::domain::{
    ConnectOutcome, Connected, Decided, EndReason, MatchId, PlayerId, Serial, SocketId, Standing, Timestamp,
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
        let Decided { outcome: standing, mut ended } = self.meet(now, player);
        let returning = match &standing {
            Standing::Waiting(ticket) if !self.may_be_paired(player) => Some(ticket),
            _ => None,
        };
        let opponent = returning.and_then(|own| Some((own, self.pairable(now, &own.key, &mut ended)?)));
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
        if let Some(own) = returning {
            self.waiting.offer(&own.key, player);
        }
        Decided { outcome: ConnectOutcome::Connected(Connected { standing, connection }), ended }
    }

    /// A socket has closed. If it was the last on which the player was connected, his disconnect grace begins.
    pub fn disconnect(&mut self, now: Timestamp, player: &PlayerId, socket: SocketId) {
        let now = self.observe(now);
        let Some(record) = self.players.get_mut(player) else { return };
        let Ok(place) = record.sockets.binary_search(&socket) else { return };
        record.sockets.remove(place);
        if record.is_connected() {
            return;
        }
        self.connected -= 1;
        if let Holding::Ticket(wait) = &mut record.holding {
            let deadline = (now.after(self.settings.disconnect_grace), EndReason::Disconnected);
            self.deadlines.set(player, wait, Some(deadline));
            if self.settings.pair_only_connected {
                self.waiting.withdraw(&wait.ticket.key, player);
            }
        }
        self.forget_if_blank(player);
    }

    /// Whether the player is one who may be paired, when he waits.
    pub(super) fn may_be_paired(&self, player: &PlayerId) -> bool {
        !self.settings.pair_only_connected || self.players.get(player).is_some_and(Record::is_connected)
    }

    /// Counts a socket for the player; the connection's serial.
    fn open(&mut self, player: &PlayerId, socket: SocketId) -> Serial {
        let record = self.players.get_or_default(player);
        self.connected += usize::from(!record.is_connected());
        if let Err(place) = record.sockets.binary_search(&socket) {
            record.sockets.insert(place, socket);
        }
        if let Holding::Ticket(wait) = &mut record.holding {
            self.deadlines.set(player, wait, None);
        }
        self.next_serial()
    }
}
