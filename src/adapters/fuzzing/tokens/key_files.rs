use base64::{Engine, engine::general_purpose::STANDARD};

use super::{authenticator, signed};
use crate::adapters::JwtSettings;

/// How long the numbers alone are that make a key of Ed25519 or P-256; they cannot be told from random bytes.
const BARE_KEYS: [usize; 3] = [32, 33, 65];

/// What a file holds is a secret or a public key and never both, since whoever knows a public key could sign with it as a
/// secret; and a secret that is taken signs.
pub(in super::super) fn key_file(input: &[u8]) {
    let as_secret = authenticator(JwtSettings::default(), &[input], &[]);
    let as_public_key = authenticator(JwtSettings::default(), &[], &[input]);
    for refused in [&as_secret, &as_public_key] {
        assert!(refused.as_ref().err().is_none_or(|why| why.lines().count() == 1 && why.len() < 300));
    }
    let Ok(authenticator_by_secret) = as_secret else { return };
    assert!(as_public_key.is_err(), "a public key is taken for a secret");
    let pem = format!("-----BEGIN PUBLIC KEY-----{}-----END PUBLIC KEY-----", STANDARD.encode(input));
    let as_der = authenticator(JwtSettings::default(), &[], &[pem.as_bytes()]);
    assert!(BARE_KEYS.contains(&input.len()) || as_der.is_err(), "a public key in DER is taken for a secret");

    let secret = input.strip_suffix(b"\n").unwrap_or(input);
    let secret = if secret.len() < input.len() { secret.strip_suffix(b"\r").unwrap_or(secret) } else { secret };
    let token = signed(secret, br#"{"alg":"HS256"}"#, br#"{"sub":"alice","exp":1800000060}"#);
    let known = authenticator_by_secret.recognise(&token);
    assert!(known.is_ok(), "its own token is refused: {known:?}");
}
