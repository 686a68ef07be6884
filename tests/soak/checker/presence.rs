//! Whether a player is connected, as far as that can be told from his side.

use std::time::Duration;

use super::{AFTERMATH, Moment};

/// He is connected for certain from an answered registration until he closes his sockets. Around that he may be: while he
/// registers, and until the server has noticed that he is gone.
#[derive(Debug, Default)]
pub(super) struct Presence {
    certain_since: Option<Moment>,
    /// Until when he may have been connected at most; `None` if he never was.
    possible_until: Option<Duration>,
}

impl Presence {
    pub(super) fn registers(&mut self) {
        self.possible_until = Some(Duration::MAX);
    }

    pub(super) fn registered(&mut self, moment: Moment) {
        self.certain_since.get_or_insert(moment);
    }

    /// A socket was closed, and this is said of those that are left.
    pub(super) fn closed(&mut self, now: Duration, any_is_left: bool, any_is_registered: bool) {
        if !any_is_registered {
            self.certain_since = None;
        }
        if !any_is_left {
            self.possible_until = Some(now + AFTERMATH);
        }
    }

    /// Since when he has been connected for certain, if he is.
    pub(super) const fn certain_since(&self) -> Option<Moment> {
        self.certain_since
    }

    /// Whether he cannot have been connected at this time or later.
    pub(super) fn was_away_since(&self, time: Duration) -> bool {
        self.possible_until.is_none_or(|until| until < time)
    }
}
