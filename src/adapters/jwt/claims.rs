use std::{borrow::Cow, time::Duration};

use serde_json::value::RawValue;

use super::{
    BadToken, JwtSettings, LEEWAY,
    numeric_date::{Rounding, moment},
};
use crate::{adapters::json, domain::PlayerId};

/// The scope that lets read every match.
const READ: &str = "matches:read";

/// The scope that lets finish matches.
const WRITE: &str = "matches:write";

/// What a token that one of the keys signed claims. Moments are counted from the Unix epoch.
pub(super) struct Claims {
    pub(super) expires_at: Duration,
    not_before: Option<Duration>,
    /// `None` when the subject cannot be a player.
    pub(super) player: Option<PlayerId>,
    pub(super) reads_matches: bool,
    pub(super) writes_matches: bool,
    issuer: Option<Box<RawValue>>,
    audience: Option<Box<RawValue>>,
}

impl Claims {
    pub(super) fn read(payload: &[u8]) -> Result<Self, BadToken> {
        let members = json::read_members(payload, ["exp", "nbf", "sub", "scope", "iss", "aud"]);
        let [expiry, not_before, subject, scope, issuer, audience] = members.map_err(|_| BadToken::Claims)?;
        let subject = subject.and_then(json::string).ok_or(BadToken::Subject)?;
        let scope = scope
            .filter(is_something)
            .map(|scope| json::string(scope).ok_or(BadToken::Scope))
            .transpose()?
            .unwrap_or_default();
        let grants = |wanted: &str| scope.split(' ').any(|word| word == wanted);
        Ok(Self {
            expires_at: expiry.and_then(|expiry| moment(expiry, Rounding::Down)).ok_or(BadToken::Expiry)?,
            not_before: not_before
                .filter(is_something)
                .map(|beginning| moment(beginning, Rounding::Up).ok_or(BadToken::NotBefore))
                .transpose()?,
            player: PlayerId::parse(&subject).ok(),
            reads_matches: grants(READ),
            writes_matches: grants(WRITE),
            issuer: issuer.map(ToOwned::to_owned),
            audience: audience.map(ToOwned::to_owned),
        })
    }

    /// Whether the token is good now, and for this server.
    pub(super) fn check(&self, settings: &JwtSettings, now: Duration) -> Result<(), BadToken> {
        if now >= self.expires_at.saturating_add(LEEWAY) {
            return Err(BadToken::Expired);
        }
        if self.not_before.is_some_and(|moment| now.saturating_add(LEEWAY) < moment) {
            return Err(BadToken::TooEarly);
        }
        if settings.issuer.as_ref().is_some_and(|wanted| !is(self.issuer.as_deref(), wanted)) {
            return Err(BadToken::Issuer);
        }
        let meant_for =
            |wanted: &String| is(self.audience.as_deref(), wanted) || holds(self.audience.as_deref(), wanted);
        if settings.audience.as_ref().is_some_and(|wanted| !meant_for(wanted)) {
            return Err(BadToken::Audience);
        }
        Ok(())
    }
}

/// Some signers write null for a claim that they leave out.
fn is_something(claim: &&RawValue) -> bool {
    claim.get() != "null"
}

/// Whether a claim is this string.
fn is(claim: Option<&RawValue>, wanted: &str) -> bool {
    claim.and_then(json::string).is_some_and(|text| text == wanted)
}

/// Whether a claim is a list of strings with this one among them.
fn holds(claim: Option<&RawValue>, wanted: &str) -> bool {
    let list = claim.and_then(|claim| serde_json::from_str::<Vec<Cow<'_, str>>>(claim.get()).ok());
    list.is_some_and(|list| list.iter().any(|text| text == wanted))
}
