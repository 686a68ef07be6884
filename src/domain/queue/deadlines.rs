use std::collections::BTreeMap;

use super::record::Wait;
use crate::domain::{EndReason, PlayerId, Serial, Timestamp};

/// When the tickets of players without a socket end, the earliest first and of equals the smaller serial.
#[derive(Clone, Debug, Default)]
pub(super) struct Deadlines(BTreeMap<(Timestamp, Serial), PlayerId>);

impl Deadlines {
    /// The player's ticket ends then, and no more when it was to end before; with `None` it does not end by itself.
    pub(super) fn set(&mut self, player: &PlayerId, wait: &mut Wait, deadline: Option<(Timestamp, EndReason)>) {
        if let Some((at, _)) = wait.deadline {
            self.0.remove(&(at, wait.ticket.serial));
        }
        if let Some((at, _)) = deadline {
            self.0.insert((at, wait.ticket.serial), player.clone());
        }
        wait.deadline = deadline;
    }

    /// Whose ticket is over by now, and has been for longest.
    pub(super) fn most_overdue(&self, now: Timestamp) -> Option<&PlayerId> {
        self.0.first_key_value().filter(|((at, _), _)| *at <= now).map(|(_, player)| player)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Timestamp, &PlayerId)> {
        self.0.iter().map(|((at, _), player)| (*at, player))
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
