use crate::domain::MatchId;

/// Names for new matches.
pub trait MatchIds: Send + Sync {
    /// A name that was never given before, on any node, and that nobody can guess.
    fn next(&self) -> MatchId;
}
