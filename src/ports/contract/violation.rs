use std::{any::Any, error::Error, fmt};

use crate::ports::PortError;

/// A guarantee that an adapter broke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The case that saw it.
    pub case: &'static str,
    /// What was promised.
    pub guarantee: String,
    /// What the promise comes to here.
    pub expected: String,
    /// What happened instead.
    pub seen: String,
}

impl Violation {
    /// The case's name is filled in by the case's own run.
    pub(super) fn new(guarantee: &str, expected: impl Into<String>, seen: impl Into<String>) -> Self {
        Self { case: "", guarantee: guarantee.to_owned(), expected: expected.into(), seen: seen.into() }
    }

    pub(super) fn of_panic(panic: &(dyn Any + Send)) -> Self {
        let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref().copied());
        Self::new("no call panics", "an answer", format!("a panic: {}", text.unwrap_or("without a text")))
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { case, guarantee, expected, seen } = self;
        write!(formatter, "{case}: {guarantee}\n    expected: {expected}\n    seen:     {seen}")
    }
}

impl Error for Violation {}

/// A store under test can be reached, so each of its calls is to succeed.
impl From<PortError> for Violation {
    fn from(error: PortError) -> Self {
        Self::new("a call that can be fulfilled succeeds", "an answer", error.to_string())
    }
}

/// Holds what was seen against what the guarantee comes to.
#[expect(clippy::needless_pass_by_value, reason = "what is expected is written where it is passed")]
pub(super) fn check<T: PartialEq + fmt::Debug>(guarantee: &str, seen: T, expected: T) -> Result<(), Violation> {
    if seen == expected {
        return Ok(());
    }
    Err(Violation::new(guarantee, format!("{expected:?}"), format!("{seen:?}")))
}

/// Holds what was seen against a condition that has many ways to be met.
pub(super) fn check_that(guarantee: &str, met: bool, expected: &str, seen: impl fmt::Debug) -> Result<(), Violation> {
    if met { Ok(()) } else { Err(Violation::new(guarantee, expected, format!("{seen:?}"))) }
}
