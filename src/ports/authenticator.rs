use std::borrow::Cow;

use async_trait::async_trait;

use super::PortError;
use crate::domain::Caller;

/// Tells who makes a call, by the token that comes with it.
///
/// What an adapter guarantees:
///
/// - **Sure.** It names nobody whom the token does not name, and takes no token that has expired.
/// - **Discreet.** No token, and no part of one, stands in an error or in a log line.
/// - **Cheap.** It is asked for every call, also by strangers who make tokens up. Whoever asks gives up after three seconds,
///   and then drops the future; one that answers at the first poll costs no timer.
#[async_trait]
pub trait Authenticator: Send + Sync {
    /// Who presents this token; `None` stands for a call without one.
    ///
    /// # Errors
    ///
    /// [`AuthenticationError`] when he has to be shown the door, or asked to come again.
    async fn authenticate(&self, token: Option<&str>) -> Result<Caller, AuthenticationError>;
}

/// Why nobody knows who makes a call.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticationError {
    /// A token is needed, and there is none.
    #[error("a token is needed")]
    NoToken,
    /// The token is not good; the text says why to whoever presented it.
    #[error("{0}")]
    BadToken(Cow<'static, str>),
    /// Whoever could tell cannot be reached.
    #[error("the authenticator failed: {0}")]
    Unavailable(#[from] PortError),
}
