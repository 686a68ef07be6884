//! What a broken guarantee looks like.

use std::fmt;

/// What was promised, in the order of the README's guarantees; the last are the server's manners.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Promise {
    TwoRealPlayers,
    OneStanding,
    FirstComeFirstServed,
    NobodyWaitsInVain,
    LeaveOrMatch,
    NothingIsLost,
    BothAreTold,
    NobodyElseIsTold,
    /// Where only those who are connected are paired, nobody else is.
    ConnectedAlone,
    /// Where callers show who they are, each acts for himself alone.
    OwnBusiness,
    /// What happened stands in the log of one of the servers, once.
    Logged,
    Served,
    Bounded,
}

/// A promise that was not kept, with what those concerned did and saw last.
#[derive(Clone, Debug)]
pub(crate) struct Violation {
    pub(crate) promise: Promise,
    pub(crate) what: String,
    pub(crate) history: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "VIOLATION of {:?}: {}", self.promise, self.what)?;
        for line in &self.history {
            write!(formatter, "\n    {line}")?;
        }
        Ok(())
    }
}
