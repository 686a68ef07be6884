use std::sync::Arc;

use super::problem::{Code, Problem};
use crate::{
    domain::{Caller, Match, PlayerId},
    ports::{AuthenticationError, Authenticator},
};

/// What every call has to pass before it is heard, over HTTP and over a socket alike.
pub struct Gate {
    authenticator: Arc<dyn Authenticator>,
}

impl Gate {
    /// A gate that lets pass whom the authenticator knows.
    #[must_use]
    pub fn new(authenticator: Arc<dyn Authenticator>) -> Self {
        Self { authenticator }
    }

    /// Who presents this token.
    pub(crate) async fn caller(&self, token: Option<&str>) -> Result<Caller, Problem> {
        Ok(self.authenticator.authenticate(token).await?)
    }
}

/// Lets a caller speak for a player.
pub(crate) fn check_speaker(caller: &Caller, player: &PlayerId) -> Result<(), Problem> {
    if caller.speaks_for(player) { Ok(()) } else { Err(Problem::forbidden("a player speaks for himself alone")) }
}

/// Lets a caller see a match.
pub(crate) fn check_reader(caller: &Caller, match_: &Match) -> Result<(), Problem> {
    let why = "a match is read by its two players, and by tokens of the scope matches:read";
    if caller.reads(match_) { Ok(()) } else { Err(Problem::forbidden(why)) }
}

/// Lets a caller finish matches.
pub(crate) fn check_finisher(caller: &Caller) -> Result<(), Problem> {
    let why = "matches are finished by tokens of the scope matches:write";
    if caller.finishes_matches() { Ok(()) } else { Err(Problem::forbidden(why)) }
}

impl From<AuthenticationError> for Problem {
    fn from(error: AuthenticationError) -> Self {
        match error {
            AuthenticationError::NoToken => Self::unauthenticated("this call needs a token", "Bearer"),
            AuthenticationError::BadToken(why) => Self::unauthenticated(why, r#"Bearer error="invalid_token""#),
            AuthenticationError::Unavailable(error) => {
                tracing::warn!(%error, "nobody could say who makes a call");
                Self::new(Code::StoreUnavailable, "nothing changed: repeat the call").with("retry-after", "1")
            }
        }
    }
}
