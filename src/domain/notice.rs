use super::{EndedTicket, Match, Serial, Standing};

/// Something a player is told as it happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// He has been paired.
    MatchFound(Match),
    /// His match is over.
    MatchFinished(Match),
    /// His ticket ended without a match.
    SearchEnded(EndedTicket),
}

/// How far the story of one ticket or one match has gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Stage {
    #[default]
    Begun,
    Found,
    Ended,
}

/// The point in a player's story up to which a socket has been told.
///
/// A player's tickets and matches follow one another, and serials follow that order, so each notice has its point in one
/// line. A notice at or before the point already heard is a copy, or comes late: it is not to be told. This is what makes
/// telling safe to repeat, and why nobody hears `match_found` after the same match's `match_finished`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Heard {
    serial: Serial,
    stage: Stage,
}

impl Heard {
    const fn at(serial: Serial, stage: Stage) -> Self {
        Self { serial, stage }
    }

    /// Whether `notice` is news; if so, it counts as heard from now on.
    pub fn admit(&mut self, notice: &Notice) -> bool {
        let point = match notice {
            Notice::MatchFound(match_) => Self::at(match_.serial(), Stage::Found),
            Notice::MatchFinished(match_) => Self::at(match_.serial(), Stage::Ended),
            Notice::SearchEnded(ended) => Self::at(ended.ticket.serial, Stage::Ended),
        };
        let news = point > *self;
        if news {
            *self = point;
        }
        news
    }
}

/// The first thing a registered player is told: where he stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting {
    connection: Serial,
    read_at: Serial,
    standing: Standing,
}

impl Greeting {
    /// Greets a player who stands like this on a connection. A match is named, so it must be known to be stored.
    #[must_use]
    pub const fn new(connection: Serial, standing: Standing) -> Self {
        Self { connection, read_at: connection, standing }
    }

    /// Greets a player anew on a socket that lives by an earlier connection than the one on which his standing was read: it
    /// replaces none that he has registered since.
    #[must_use]
    pub const fn anew(connection: Serial, read_at: Serial, standing: Standing) -> Self {
        Self { connection, read_at, standing }
    }

    /// The connection by which the socket lives: orders it against the player's others.
    #[must_use]
    pub const fn connection(&self) -> Serial {
        self.connection
    }

    /// The connection on which his standing was read.
    #[must_use]
    pub const fn read_at(&self) -> Serial {
        self.read_at
    }

    /// Where he stands.
    #[must_use]
    pub const fn standing(&self) -> &Standing {
        &self.standing
    }

    /// The match to be told right after.
    #[must_use]
    pub const fn match_found(&self) -> Option<&Match> {
        match &self.standing {
            Standing::Matched(pairing) => Some(&pairing.match_),
            Standing::Idle | Standing::Waiting(_) => None,
        }
    }

    /// What the player has heard once he is greeted.
    #[must_use]
    pub fn heard(&self) -> Heard {
        match &self.standing {
            Standing::Idle => Heard::at(self.read_at, Stage::Begun),
            Standing::Waiting(ticket) => Heard::at(ticket.serial, Stage::Begun),
            Standing::Matched(pairing) => Heard::at(pairing.match_.serial(), Stage::Found),
        }
    }
}

#[cfg(test)]
mod tests;
