//! What passes through a proxy, counted, and where it is to be harmed.

use std::collections::BTreeMap;

/// Which commands are meant.
type Predicate = Box<dyn Fn(&Sent) -> bool + Send>;

/// A command on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    /// What it is called: `PING`, or `FCALL find` where it calls a function or a script.
    pub(crate) name: String,
    pub(crate) words: Vec<String>,
}

impl Sent {
    /// Whether it says this word.
    pub(crate) fn says(&self, word: &str) -> bool {
        self.words.iter().any(|said| said == word)
    }
}

/// What is done to one command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Harm {
    /// Its connection is cut before Redis sees it.
    CutBefore,
    /// Its connection is cut after Redis has done it and before anybody is told.
    CutAfter,
    /// It is held up, and what comes after it on its connection, until it is let go.
    Hold,
}

/// What has passed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// How often each command was sent.
    pub(crate) commands: BTreeMap<String, u64>,
    /// How often something was sent on a connection on which nothing was unanswered.
    pub(crate) round_trips: u64,
}

impl Tally {
    /// How often something was sent whose name fits.
    pub(crate) fn count(&self, fits: impl Fn(&str) -> bool) -> u64 {
        self.commands.iter().filter(|(name, _)| fits(name)).map(|(_, count)| count).sum()
    }
}

/// The next harm, if one is to come, and the count.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) tally: Tally,
    next: Option<Next>,
}

struct Next {
    fits: Predicate,
    /// How many that fit pass before it.
    left: usize,
    harm: Harm,
}

impl Plan {
    pub(super) fn harm(&mut self, harm: Harm, left: usize, fits: Predicate) {
        self.next = Some(Next { fits, left, harm });
    }

    /// Whether a harm is still to come.
    pub(super) fn is_to_come(&self) -> bool {
        self.next.is_some()
    }

    /// A command comes, on a connection on which nothing is unanswered or something is; what is to be done to it.
    pub(super) fn decide(&mut self, sent: &Sent, alone: bool) -> Option<Harm> {
        *self.tally.commands.entry(sent.name.clone()).or_default() += 1;
        self.tally.round_trips += u64::from(alone);
        let next = self.next.as_mut().filter(|next| (next.fits)(sent))?;
        if next.left > 0 {
            next.left -= 1;
            return None;
        }
        self.next.take().map(|next| next.harm)
    }
}
