use std::path::{Path, PathBuf};

use aws_lc_rs::{
    hmac, rsa,
    signature::{ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, VerificationAlgorithm},
};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::{BadToken, JwtSettings, jws::Jws, public_in_secret::looks_public};
use crate::adapters::small_file;

/// The largest key file that is read; the largest key takes less than two kilobytes.
const MAX_FILE: u64 = 64 * 1024;

/// A shorter secret must not be used: it is weaker than the hash it is used with (RFC 7518, section 3.2).
const SHORTEST_SECRET: usize = 32;

const LEAST_MODULUS_BITS: usize = 2048;

/// The object identifier of RSA keys that are not bound to one padding (RFC 8017), in DER.
const RSA_ENCRYPTION: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";

const PEM_BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const PEM_END: &str = "-----END PUBLIC KEY-----";

/// How a token can be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Hs256,
    EdDsa,
    Es256,
    Rs256,
}

impl Algorithm {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "HS256" => Self::Hs256,
            "EdDSA" => Self::EdDsa,
            "ES256" => Self::Es256,
            "RS256" => Self::Rs256,
            _ => return None,
        })
    }
}

/// A key, and the one algorithm that it verifies.
enum Key {
    Secret(Box<hmac::Key>),
    Public(Algorithm, ParsedPublicKey),
}

impl Key {
    const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Secret(_) => Algorithm::Hs256,
            Self::Public(algorithm, _) => *algorithm,
        }
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Secret(key) => hmac::verify(key, message, signature).is_ok(),
            Self::Public(_, key) => key.verify_sig(message, signature).is_ok(),
        }
    }
}

/// Why a file holds no key.
#[derive(Debug, thiserror::Error)]
#[error("the file {} of {flag} {why}", file.display())]
pub struct UnusableKey {
    flag: &'static str,
    file: PathBuf,
    why: String,
}

/// All the keys by which tokens may be signed.
pub(super) struct Keys(Vec<Key>);

impl Keys {
    /// The keys as the files hold them now.
    pub(super) fn read(settings: &JwtSettings) -> Result<Self, UnusableKey> {
        let secrets = settings.secret_files.iter().map(|file| read_key("--jwt-secret-file", file, secret));
        let public_keys = settings.public_key_files.iter().map(|file| read_key("--jwt-public-key-file", file, public));
        secrets.chain(public_keys).collect::<Result<_, _>>().map(Self)
    }

    /// The keys of which files would hold this.
    #[cfg(feature = "testing")]
    pub(super) fn of(secrets: &[&[u8]], public_keys: &[&[u8]]) -> Result<Self, String> {
        let secrets = secrets.iter().map(|content| secret(content));
        secrets.chain(public_keys.iter().map(|content| public(content))).collect::<Result<_, _>>().map(Self)
    }

    pub(super) const fn count(&self) -> usize {
        self.0.len()
    }

    /// How many keys there are of each algorithm.
    pub(super) fn summary(&self) -> String {
        let algorithms = [
            (Algorithm::Hs256, "HS256"),
            (Algorithm::EdDsa, "EdDSA"),
            (Algorithm::Es256, "ES256"),
            (Algorithm::Rs256, "RS256"),
        ];
        let counts = algorithms
            .map(|(algorithm, name)| (self.0.iter().filter(|key| key.algorithm() == algorithm).count(), name));
        let present = counts.iter().filter(|(count, _)| *count > 0);
        present.map(|(count, name)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
    }

    /// Whether one of the keys that are for the token's algorithm signed it.
    pub(super) fn verify(&self, jws: &Jws<'_>) -> Result<bool, BadToken> {
        let mut keys = self.0.iter().filter(|key| key.algorithm() == jws.algorithm).peekable();
        keys.peek().ok_or(BadToken::Algorithm)?;
        let signature = jws.signature()?;
        Ok(keys.any(|key| key.verify(jws.signed, &signature)))
    }
}

fn read_key(flag: &'static str, file: &Path, key: impl Fn(&[u8]) -> Result<Key, String>) -> Result<Key, UnusableKey> {
    let content = small_file::read(file, MAX_FILE).map_err(|error| format!("cannot be read: {error}"));
    content.and_then(|content| key(&content)).map_err(|why| UnusableKey { flag, file: file.to_owned(), why })
}

/// One newline at the end is the editor's, not the secret's.
fn secret(content: &[u8]) -> Result<Key, String> {
    let secret = small_file::without_newline(content);
    // Whoever knows a public key could sign with it, if it were taken for a secret.
    if looks_public(content) || looks_public(secret) {
        return Err("holds a key in PEM, DER, SSH's format or JSON and no secret: a public key is given with \
                    --jwt-public-key-file, and a secret is made with openssl rand -base64 32"
            .to_owned());
    }
    if secret.len() < SHORTEST_SECRET {
        let length = secret.len();
        return Err(format!(
            "holds {length} bytes, and a secret has at least {SHORTEST_SECRET}: openssl rand -base64 32 makes one"
        ));
    }
    Ok(Key::Secret(Box::new(hmac::Key::new(hmac::HMAC_SHA256, secret))))
}

fn public(content: &[u8]) -> Result<Key, String> {
    let needed = "a PEM file with one public key (BEGIN PUBLIC KEY) is needed, of Ed25519, P-256 or RSA of 2048 to 8192 \
                  bits; openssl pkey -pubout writes one";
    let der = der(content).ok_or_else(|| format!("does not hold what it should: {needed}"))?;
    public_key(&der).ok_or_else(|| format!("holds a key of another kind, or a broken one: {needed}"))
}

/// What a PEM file holds if it holds one public key and nothing else.
fn der(content: &[u8]) -> Option<Vec<u8>> {
    let text = str::from_utf8(content).ok()?.trim();
    let mut encoded = text.strip_prefix(PEM_BEGIN)?.strip_suffix(PEM_END)?.to_owned();
    encoded.retain(|character| !character.is_ascii_whitespace());
    STANDARD.decode(encoded).ok()
}

fn public_key(der: &[u8]) -> Option<Key> {
    let parse = |algorithm, verification: &'static dyn VerificationAlgorithm| {
        ParsedPublicKey::new(verification, der).ok().map(|key| Key::Public(algorithm, key))
    };
    parse(Algorithm::EdDsa, &ED25519)
        .or_else(|| parse(Algorithm::Es256, &ECDSA_P256_SHA256_FIXED))
        .or_else(|| is_strong_rsa(der).then(|| parse(Algorithm::Rs256, &RSA_PKCS1_2048_8192_SHA256)).flatten())
}

fn is_strong_rsa(der: &[u8]) -> bool {
    // A key for PSS alone is parsed too, and would verify nothing.
    let for_any_padding = der.windows(RSA_ENCRYPTION.len()).any(|window| window == RSA_ENCRYPTION);
    for_any_padding
        && rsa::PublicKey::from_der(der).is_ok_and(|key| {
            let modulus = key.modulus();
            let modulus = modulus.big_endian_without_leading_zero();
            let unused = modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
            (LEAST_MODULUS_BITS..=4 * LEAST_MODULUS_BITS).contains(&(modulus.len() * 8 - unused))
        })
}
