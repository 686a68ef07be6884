use std::{fs, sync::LazyLock};

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    rand::SystemRandom,
    rsa,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair},
};
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::{Engine, engine::general_purpose::STANDARD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::super::{Duration, JwtAuthenticator, JwtSettings};
use crate::adapters::ManualClock;
use std::sync::Arc;

/// What the time is, in seconds since the epoch.
pub(super) const NOW: u64 = 1_800_000_000;

pub(super) const SECRET: &[u8] = b"a secret of thirty-two bytes or more";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Hs256,
    EdDsa,
    Es256,
    Rs256,
}

pub(super) const ALL_KINDS: [Kind; 4] = [Kind::Hs256, Kind::EdDsa, Kind::Es256, Kind::Rs256];

impl Kind {
    pub(super) const fn algorithm(self) -> Algorithm {
        match self {
            Self::Hs256 => Algorithm::HS256,
            Self::EdDsa => Algorithm::EdDSA,
            Self::Es256 => Algorithm::ES256,
            Self::Rs256 => Algorithm::RS256,
        }
    }
}

pub(super) fn good_claims() -> Value {
    json!({"sub": "alice", "exp": NOW + 60})
}

pub(super) fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

pub(super) fn public_pem(key: &impl AsDer<PublicKeyX509Der<'static>>) -> String {
    pem("PUBLIC KEY", key.as_der().expect("a key can be written").as_ref())
}

pub(super) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// One is enough: making it takes long.
static RSA: LazyLock<rsa::KeyPair> =
    LazyLock::new(|| rsa::KeyPair::generate(rsa::KeySize::Rsa2048).expect("a key can be made"));

/// A private key of a kind, and what its file holds for the server.
fn key_pair(kind: Kind) -> (EncodingKey, Vec<u8>) {
    let random = SystemRandom::new();
    match kind {
        Kind::Hs256 => (EncodingKey::from_secret(SECRET), SECRET.to_vec()),
        Kind::EdDsa => {
            let private = Ed25519KeyPair::generate_pkcs8(&random).expect("a key can be made");
            let pair = Ed25519KeyPair::from_pkcs8(private.as_ref()).expect("a key pair");
            (EncodingKey::from_ed_der(private.as_ref()), public_pem(pair.public_key()).into())
        }
        Kind::Es256 => {
            let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
            let private = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("a key can be made");
            let pair = EcdsaKeyPair::from_pkcs8(algorithm, private.as_ref()).expect("a key pair");
            (EncodingKey::from_ec_der(private.as_ref()), public_pem(pair.public_key()).into())
        }
        Kind::Rs256 => {
            let private: aws_lc_rs::encoding::Pkcs8V1Der<'_> = RSA.as_der().expect("a key can be written");
            // The signer takes the RSA key itself, without the 26 bytes that say that it is one.
            (EncodingKey::from_rsa_der(&private.as_ref()[26..]), public_pem(RSA.public_key()).into())
        }
    }
}

/// Keys in files, and who signs with their other halves.
pub(super) struct Scene {
    pub(super) folder: TempDir,
    pub(super) settings: JwtSettings,
    pub(super) clock: Arc<ManualClock>,
    /// In the order of [`ALL_KINDS`].
    signers: Vec<EncodingKey>,
    pub(super) public_keys: Vec<Vec<u8>>,
}

impl Scene {
    /// A server that has keys of these kinds.
    pub(super) fn of(kinds: &[Kind]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut settings = JwtSettings::default();
        let (mut signers, mut public_keys) = (Vec::new(), Vec::new());
        for kind in ALL_KINDS {
            let (signer, content) = key_pair(kind);
            if kinds.contains(&kind) {
                let file = folder.path().join(format!("{kind:?}"));
                fs::write(&file, &content).expect("a file can be written");
                let files =
                    if kind == Kind::Hs256 { &mut settings.secret_files } else { &mut settings.public_key_files };
                files.push(file);
            }
            signers.push(signer);
            public_keys.push(content);
        }
        Self { folder, settings, clock: Arc::default(), signers, public_keys }
    }

    pub(super) fn authenticator(&self) -> JwtAuthenticator {
        let authenticator = JwtAuthenticator::new(self.settings.clone(), self.clock.clone()).expect("good keys");
        authenticator.with_unix_time(|| Duration::from_secs(NOW))
    }

    /// The key that signs for a kind.
    pub(super) fn signer(&self, kind: Kind) -> &EncodingKey {
        let index = ALL_KINDS.into_iter().position(|known| known == kind).expect("one of all");
        &self.signers[index]
    }

    /// A token as another library makes it.
    pub(super) fn token(&self, kind: Kind, claims: &Value) -> String {
        jsonwebtoken::encode(&Header::new(kind.algorithm()), claims, self.signer(kind)).expect("a token")
    }

    /// A token of any two parts, signed as if they were good.
    pub(super) fn signed(&self, kind: Kind, header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
        sign(self.signer(kind), kind.algorithm(), header, payload)
    }
}

pub(super) fn sign(
    key: &EncodingKey,
    algorithm: Algorithm,
    header: impl AsRef<[u8]>,
    payload: impl AsRef<[u8]>,
) -> String {
    let message = format!("{}.{}", base64url(header), base64url(payload));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key, algorithm).expect("a signature");
    format!("{message}.{signature}")
}
