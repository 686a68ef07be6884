//! Whoever signs tokens for players and game servers.

use std::{fs, time::Duration};

use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::TestServer;

const SECRET: &[u8] = b"a secret that nobody guesses in a hurry";

/// Signs with a secret that the server has in a file.
pub(crate) struct Issuer {
    key: EncodingKey,
    /// The server reads its file at the start; the folder is gone after the test.
    _folder: TempDir,
}

impl Issuer {
    /// The time at which every server of these tests starts, since the epoch.
    pub(crate) const NOW: Duration = Duration::from_hours(500_000);

    /// A server that takes this issuer's tokens and no others, with these flags.
    pub(crate) async fn serve<const N: usize>(flags: [&str; N]) -> (TestServer, Self) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("secret");
        fs::write(&file, SECRET).expect("a file can be written");
        let secret = format!("--jwt-secret-file={}", file.display());
        let flags: Vec<&str> = ["--auth=jwt", &secret].into_iter().chain(flags).collect();
        let issuer = Self { key: EncodingKey::from_secret(SECRET), _folder: folder };
        (TestServer::with_flags(&flags).await, issuer)
    }

    /// A token with these claims.
    pub(crate) fn token(&self, claims: &Value) -> String {
        jsonwebtoken::encode(&Header::default(), claims, &self.key).expect("a token")
    }

    /// A player's token that expires so long after the server's start.
    pub(crate) fn player_until(&self, player: &str, end: Duration) -> String {
        self.token(&json!({"sub": player, "exp": (Self::NOW + end).as_secs()}))
    }

    /// A player's token that lasts a day.
    pub(crate) fn player(&self, player: &str) -> String {
        self.player_until(player, Duration::from_hours(24))
    }

    /// A game server's token with these scopes.
    pub(crate) fn game_server(&self, scope: &str) -> String {
        let end = Self::NOW + Duration::from_hours(24);
        self.token(&json!({"sub": "the game server", "exp": end.as_secs(), "scope": scope}))
    }
}
