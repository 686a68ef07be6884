//! What passes through a proxy, counted, and where it is to be cut.

use std::collections::BTreeMap;

/// Which commands are meant, by their names.
type Predicate = Box<dyn Fn(&str) -> bool + Send>;

/// On which side of a command a connection is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Redis never sees it.
    Before,
    /// Redis has done it, and nobody is told.
    After,
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

/// What becomes of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Pass,
    Cut(Moment),
}

/// The next cut, if one is to come, and the count.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) tally: Tally,
    next: Option<Cut>,
}

struct Cut {
    fits: Predicate,
    /// How many that fit pass before it.
    left: usize,
    moment: Moment,
}

impl Plan {
    pub(super) fn cut(&mut self, moment: Moment, left: usize, fits: Predicate) {
        self.next = Some(Cut { fits, left, moment });
    }

    /// Whether a cut is still to come.
    pub(super) fn is_to_come(&self) -> bool {
        self.next.is_some()
    }

    /// A command comes, on a connection on which nothing is unanswered or something is.
    pub(super) fn decide(&mut self, name: &str, alone: bool) -> Fate {
        *self.tally.commands.entry(name.to_owned()).or_default() += 1;
        self.tally.round_trips += u64::from(alone);
        let Some(cut) = self.next.as_mut().filter(|cut| (cut.fits)(name)) else { return Fate::Pass };
        if cut.left > 0 {
            cut.left -= 1;
            return Fate::Pass;
        }
        let moment = cut.moment;
        self.next = None;
        Fate::Cut(moment)
    }
}
