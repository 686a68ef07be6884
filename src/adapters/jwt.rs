//! Callers who show who they are by a JSON Web Token (RFC 7519), signed (RFC 7515) with a key that the operator trusts.

mod bad_token;
mod claims;
mod jws;
mod keys;
mod numeric_date;
mod public_in_secret;
#[cfg(test)]
mod tests;

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use async_trait::async_trait;

pub(super) use bad_token::BadToken;
use claims::Claims;
use jws::Jws;
use keys::Keys;
pub use keys::UnusableKey;

use crate::{
    domain::{Caller, Known},
    ports::{AuthenticationError, Authenticator, Clock},
};

/// How far the clocks of whoever signs and of this server may be apart.
const LEEWAY: Duration = Duration::from_secs(5);

/// Which tokens are taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JwtSettings {
    /// Files that hold a secret each, for HS256.
    pub secret_files: Vec<PathBuf>,
    /// Files that hold a public key each, in PEM; the key decides whether it is for `EdDSA`, ES256 or RS256.
    pub public_key_files: Vec<PathBuf>,
    /// What `iss` must be.
    pub issuer: Option<String>,
    /// What `aud` must be, or hold.
    pub audience: Option<String>,
}

/// Takes a caller for whom his token names, if one of the keys signed it and its time has come and not passed.
///
/// The keys alone decide which algorithms are verified, each key its own one; what a token says of keys (`kid`, `jwk`, `jku`,
/// `x5c`) is not looked at.
pub struct JwtAuthenticator {
    settings: JwtSettings,
    /// Held for a moment, never across an await: whoever verifies takes the whole set with him.
    keys: RwLock<Arc<Keys>>,
    clock: Arc<dyn Clock>,
    unix_time: Box<dyn Fn() -> Duration + Send + Sync>,
}

impl JwtAuthenticator {
    /// An authenticator with the keys as the files hold them now.
    ///
    /// # Errors
    ///
    /// [`UnusableKey`] for the first file that holds no key.
    pub fn new(settings: JwtSettings, clock: Arc<dyn Clock>) -> Result<Self, UnusableKey> {
        let keys = RwLock::new(Arc::new(Keys::read(&settings)?));
        Ok(Self { settings, keys, clock, unix_time: Box::new(system_time) })
    }

    /// The same with keys that stand in no files: of each what its file would hold.
    #[cfg(feature = "testing")]
    pub(super) fn with_keys(
        settings: JwtSettings,
        (secrets, public_keys): (&[&[u8]], &[&[u8]]),
        clock: Arc<dyn Clock>,
    ) -> Result<Self, String> {
        let keys = RwLock::new(Arc::new(Keys::of(secrets, public_keys)?));
        Ok(Self { settings, keys, clock, unix_time: Box::new(system_time) })
    }

    /// The same, with this for the time since the Unix epoch, by which tokens are dated.
    #[must_use]
    pub fn with_unix_time(self, unix_time: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self { unix_time: Box::new(unix_time), ..self }
    }

    /// Reads the key files again. From then on all of the new keys count and none of the old ones; if a file holds no key
    /// now, the old ones stay. Callers who are known already stay so until their tokens expire.
    pub fn reload(&self) {
        self.read_again()(self);
    }

    /// Reads the key files again, and changes nothing yet: what it returns does, and can be thrown away.
    pub(super) fn read_again(&self) -> impl FnOnce(&Self) + Send + use<> {
        let keys = Keys::read(&self.settings);
        move |authenticator| authenticator.replace(keys)
    }

    /// Says by what tokens are checked.
    pub(super) fn log_start(&self) {
        let keys = Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner)).summary();
        let (issuer_checked, audience_checked) = (self.settings.issuer.is_some(), self.settings.audience.is_some());
        if issuer_checked || audience_checked {
            tracing::info!(%keys, issuer_checked, audience_checked, "callers show who they are by tokens");
        } else {
            tracing::warn!(
                %keys,
                issuer_checked,
                audience_checked,
                "callers show who they are by tokens, and any token that these keys signed passes, whoever issued it and \
                 whomever it is for (--jwt-issuer and --jwt-audience check)"
            );
        }
    }

    fn replace(&self, keys: Result<Keys, UnusableKey>) {
        match keys {
            Ok(keys) => {
                let count = keys.count();
                *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
                tracing::info!(keys = count, "the keys for tokens were read again");
            }
            Err(error) => tracing::error!(%error, "the keys for tokens stay as they were"),
        }
    }

    /// Whom a token names, if it is good.
    pub(super) fn recognise(&self, token: &str) -> Result<Known, BadToken> {
        let keys = Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner));
        let jws = Jws::read(token)?;
        if !keys.verify(&jws)? {
            return Err(BadToken::Signature);
        }
        let claims = Claims::read(&jws.payload()?)?;
        let now = (self.unix_time)();
        claims.check(&self.settings, now)?;
        let remaining = claims.expires_at.saturating_add(LEEWAY).saturating_sub(now);
        Ok(Known {
            player: claims.player,
            reads_every_match: claims.reads_matches,
            finishes_matches: claims.writes_matches,
            until: self.clock.now().after(remaining),
        })
    }
}

#[async_trait]
impl Authenticator for JwtAuthenticator {
    async fn authenticate(&self, token: Option<&str>) -> Result<Caller, AuthenticationError> {
        let token = token.ok_or(AuthenticationError::NoToken)?;
        let known = self.recognise(token).map_err(|bad| AuthenticationError::BadToken(bad.to_string().into()))?;
        Ok(Caller::Known(known))
    }
}

/// Before the epoch it is zero, at which no token has expired: such a clock is wrong by decades.
fn system_time() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
