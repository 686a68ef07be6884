//! Whoever signs the tokens of a run: HS256, with a secret that nobody else has.

use std::{
    io::{self, Write},
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use jsonwebtoken::{EncodingKey, Header};
use serde_json::json;
use tempfile::NamedTempFile;
use uuid::Uuid;

/// For how long most tokens are good after the run, whatever that waits for.
const SPARE_TIME: Duration = Duration::from_hours(1);

/// Signs with a secret that the server reads from a file, which is gone after the run.
pub(crate) struct Issuer {
    key: EncodingKey,
    file: NamedTempFile,
    /// When most tokens expire, since the epoch.
    end: Duration,
}

impl Issuer {
    /// For a run of this time.
    pub(crate) fn new(run: Duration) -> io::Result<Self> {
        let secret = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let mut file = NamedTempFile::new()?;
        file.write_all(secret.as_bytes())?;
        Ok(Self { key: EncodingKey::from_secret(secret.as_bytes()), file, end: now() + run + SPARE_TIME })
    }

    pub(crate) fn secret_file(&self) -> &Path {
        self.file.path()
    }

    /// A token that is good all the while.
    pub(crate) fn token(&self, subject: &str, scope: &str) -> String {
        self.sign(subject, scope, self.end)
    }

    /// A token that expired so long ago, to the second.
    pub(crate) fn expired(&self, subject: &str, ago: Duration) -> String {
        self.sign(subject, "", now().saturating_sub(ago))
    }

    fn sign(&self, subject: &str, scope: &str, end: Duration) -> String {
        let claims = json!({"sub": subject, "scope": scope, "exp": end.as_secs()});
        jsonwebtoken::encode(&Header::default(), &claims, &self.key).expect("claims that can be written, and a secret")
    }
}

/// The time since the epoch.
fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
