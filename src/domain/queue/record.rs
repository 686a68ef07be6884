use std::mem;

use super::waiting::Counted;
use crate::domain::{EndReason, Match, SocketId, Ticket, Timestamp};

/// What is known of a player who waits, is matched or is connected; all others are idle and take no room.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    pub(super) holding: Holding,
    /// The sockets on which he is connected, in the order of their ids: one, and for moments those that it replaces. Each
    /// counts until it has closed, so that no order of calls can leave a player who has a socket without one here.
    pub(super) sockets: Vec<SocketId>,
}

/// What makes a player's standing. A record is no larger for the ticket of one who waits, which most do not.
#[derive(Clone, Debug, Default)]
pub(super) enum Holding {
    #[default]
    Nothing,
    Ticket(Box<Wait>),
    Match(Match),
}

/// A ticket, and where else it is entered.
#[derive(Clone, Debug)]
pub(super) struct Wait {
    pub(super) ticket: Ticket,
    /// When and why the ticket ends; only a player without a socket has this.
    pub(super) deadline: Option<(Timestamp, EndReason)>,
    /// Where the census counts the ticket.
    pub(super) counted: Counted,
}

impl Record {
    pub(super) const fn is_connected(&self) -> bool {
        !self.sockets.is_empty()
    }

    /// Whether nothing has to be known of the player.
    pub(super) const fn is_blank(&self) -> bool {
        matches!(self.holding, Holding::Nothing) && !self.is_connected()
    }

    /// Takes the ticket of a player who waits, so that he is idle.
    pub(super) fn take_wait(&mut self) -> Option<Wait> {
        match mem::take(&mut self.holding) {
            Holding::Ticket(wait) => Some(*wait),
            other => {
                self.holding = other;
                None
            }
        }
    }

    /// Why the player's ticket has ended by now, if it has.
    pub(super) fn overdue(&self, now: Timestamp) -> Option<EndReason> {
        let Holding::Ticket(wait) = &self.holding else { return None };
        wait.deadline.filter(|(at, _)| *at <= now).map(|(_, reason)| reason)
    }
}
