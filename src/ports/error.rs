use std::error::Error;

/// Why a port's call gave no answer, and what that means for its effect.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// It did not happen, and will not happen any more.
    #[error("it did not happen: {0}")]
    NotDone(Box<dyn Error + Send + Sync>),
    /// It may have happened, or may yet: the answer was lost or is late.
    #[error("it may or may not have happened: {0}")]
    Unknown(Box<dyn Error + Send + Sync>),
}
