use super::{Match, PlayerId, Timestamp};

/// Who makes a call, and what he may do: the one place where permissions stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Nobody asks who he is, so he may do everything.
    Anybody,
    /// Somebody who has shown who he is.
    Known(Known),
}

/// Somebody who has shown who he is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The player he is; a game server may be none.
    pub player: Option<PlayerId>,
    /// Whether he may read matches that he is not in.
    pub reads_every_match: bool,
    /// Whether he may finish matches.
    pub finishes_matches: bool,
    /// From this moment on he has to show anew who he is.
    pub until: Timestamp,
}

impl Caller {
    /// Whether he may ask, look and leave for this player, and register him on a socket.
    #[must_use]
    pub fn speaks_for(&self, player: &PlayerId) -> bool {
        match self {
            Self::Anybody => true,
            Self::Known(known) => known.player.as_ref() == Some(player),
        }
    }

    /// Whether he may read this match: a player reads those he is in.
    #[must_use]
    pub fn reads(&self, match_: &Match) -> bool {
        match self {
            Self::Anybody => true,
            Self::Known(known) => {
                let plays = known.player.as_ref().is_some_and(|player| match_.opponent_of(player).is_some());
                plays || known.reads_every_match
            }
        }
    }

    /// Whether he may finish matches: that is the game server's, who knows how they ended.
    #[must_use]
    pub const fn finishes_matches(&self) -> bool {
        match self {
            Self::Anybody => true,
            Self::Known(known) => known.finishes_matches,
        }
    }

    /// The player he is, if he is nothing else. Anybody's calls, and those of one who may do more than play, are a player's
    /// only where they are made for one.
    #[must_use]
    pub const fn sole_player(&self) -> Option<&PlayerId> {
        match self {
            Self::Known(Known { player: Some(player), reads_every_match: false, finishes_matches: false, .. }) => {
                Some(player)
            }
            Self::Anybody | Self::Known(_) => None,
        }
    }

    /// Until when he is who he is; `None` for as long as he likes.
    #[must_use]
    pub const fn until(&self) -> Option<Timestamp> {
        match self {
            Self::Anybody => None,
            Self::Known(known) => Some(known.until),
        }
    }
}

#[cfg(test)]
mod tests;
