//! A broken promise.

use std::fmt;

/// One of the nine things that must always hold does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    /// Which of the nine, as the specification counts them.
    pub(crate) invariant: u8,
    /// What was seen.
    pub(crate) seen: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "invariant {}: {}", self.invariant, self.seen)
    }
}

/// Fails with a violation of that invariant unless the condition holds.
macro_rules! must_hold {
    ($condition:expr, $invariant:literal, $($seen:tt)+) => {
        if !$condition {
            return Err($crate::violation::Violation { invariant: $invariant, seen: format!($($seen)+) });
        }
    };
}
pub(crate) use must_hold;
