use std::{sync::Arc, time::Duration};

use super::{
    metrics::{Limit, Metrics},
    problem::{Code, Problem},
    rate_limit::{RateLimit, TooOften},
    within::within,
};
use crate::{
    domain::{Caller, Match, PlayerId},
    ports::{AuthenticationError, Authenticator, Clock},
};

/// What a caller without a token is asked for.
pub(crate) const CHALLENGE: &str = r#"Bearer realm="matchmaker""#;

/// How long it may take to tell who makes a call.
const AUTHENTICATION_TIME: Duration = Duration::from_secs(3);

/// What every call has to pass before it is heard, over HTTP and over a socket alike.
pub struct Gate {
    authenticator: Arc<dyn Authenticator>,
    calls_of_players: RateLimit,
    metrics: Arc<Metrics>,
    clock: Arc<dyn Clock>,
}

impl Gate {
    /// A gate that lets pass whom the authenticator knows, and each player as often as he may call.
    #[must_use]
    pub fn new(
        authenticator: Arc<dyn Authenticator>,
        calls_of_players: RateLimit,
        metrics: Arc<Metrics>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { authenticator, calls_of_players, metrics, clock }
    }

    /// Who presents this token, if that can be told in time. Every call of one who is a player and nothing else counts,
    /// whatever comes of it; game servers read and finish matches as often as they like.
    pub(crate) async fn caller(&self, token: Option<&str>) -> Result<Caller, Problem> {
        let caller = self.authenticate(token).await?;
        if let Some(player) = caller.sole_player() {
            self.count_call_of(player)?;
        }
        Ok(caller)
    }

    async fn authenticate(&self, token: Option<&str>) -> Result<Caller, Problem> {
        let authenticating = self.authenticator.authenticate(token);
        match within(authenticating, AUTHENTICATION_TIME, &*self.clock).await {
            Some(result) => Ok(result?),
            None => Err(unavailable("it took longer than 3 seconds")),
        }
    }

    /// Lets a caller make a call for a player, whose call it counts as if it has not been counted already.
    pub(crate) fn admit(&self, caller: &Caller, player: &PlayerId) -> Result<(), Problem> {
        check_speaker(caller, player)?;
        if caller.sole_player().is_some() { Ok(()) } else { self.count_call_of(player) }
    }

    fn count_call_of(&self, player: &PlayerId) -> Result<(), Problem> {
        self.calls_of_players.check(player).map_err(|TooOften { wait }| {
            self.metrics.limit_hit(Limit::PlayerRate);
            Problem::rate_limited("the player", wait)
        })
    }
}

/// Lets a caller speak for a player.
fn check_speaker(caller: &Caller, player: &PlayerId) -> Result<(), Problem> {
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
            AuthenticationError::NoToken => Self::unauthenticated("this call needs a token", CHALLENGE),
            AuthenticationError::BadToken(why) => {
                Self::unauthenticated(why, r#"Bearer realm="matchmaker", error="invalid_token""#)
            }
            AuthenticationError::Unavailable(error) => unavailable(&error.to_string()),
        }
    }
}

fn unavailable(error: &str) -> Problem {
    tracing::warn!(%error, "nobody could say who makes a call");
    Problem::new(Code::StoreUnavailable, "nothing changed: repeat the call").with("retry-after", "1")
}

#[cfg(test)]
mod tests;
