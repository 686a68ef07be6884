//! Tokens and the keys they are verified with. A stranger can write any token but sign none, so one kind of input is taken
//! as it is, and of another the harness signs what stands in it, so that the claims are reached.

mod claims;
mod key_files;

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::FutureExt;
use hyper::{
    HeaderMap,
    header::{AUTHORIZATION, HeaderValue},
};

pub(super) use claims::claims;
pub(super) use key_files::key_file;

use crate::{
    adapters::{JwtAuthenticator, JwtSettings, ManualClock, http::Token, jwt::BadToken},
    ports::{AuthenticationError, Authenticator},
};

/// What the time is, in seconds since the epoch.
const NOW: u64 = 1_800_000_000;

const SECRET: &[u8] = b"a secret of thirty-two bytes or more";

/// Public keys whose private halves nobody has.
pub(super) const ED25519: &[u8] = b"-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAk0u6zEU5+cfzTt+4m0Pnf8ZH0Pm/802L0RCtDAusHrA=
-----END PUBLIC KEY-----
";
pub(super) const P256: &[u8] = b"-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEHE3CARPU8zSsazFD4DVSzTsSLhEm
L2d6WqkmDEsQvzjogNZLekE31Du8UwdWLMfeu8TrLwflSG+j9Z5SFhiCew==
-----END PUBLIC KEY-----
";
pub(super) const RSA: &[u8] = b"-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqUBRBWu1VkbfVKNfvuY7
aJgiAGDPQQT/fYB90o0ZbkPR6J5d3Jj4m/gCoZAiVru8IOlfsjy18C5LTPuFKsmZ
/AnrxvcJ4yQvQFQDgDy83tNNsr4eTch5glKfBLYAM0WFgRvLgp+5519+d/+rMnDX
nUfvWRia47dVrpVllRHxX0G5RV7wgSs5zJrFI46K8k6oLOxbvNeZbJSxv1SWciPC
gIJu8oyF7GAdTT5sDvnqQHcQEEgRYhh+rlM2NZV1Ifx1pNRwD+gE0iGL+VrvWGtL
FIH9oygpCGIBEeV1GJ+UdvCK+FZaX7kq1Ow9Hq0Easlfq2dQ47Hi6+rzoO4A/Pse
hQIDAQAB
-----END PUBLIC KEY-----
";

fn authenticator(settings: JwtSettings, secrets: &[&[u8]], public_keys: &[&[u8]]) -> Result<JwtAuthenticator, String> {
    let clock: Arc<ManualClock> = Arc::default();
    let authenticator = JwtAuthenticator::with_keys(settings, (secrets, public_keys), clock)?;
    Ok(authenticator.with_unix_time(|| Duration::from_secs(NOW)))
}

/// An authenticator with a key for every algorithm.
static AUTHENTICATOR: LazyLock<JwtAuthenticator> = LazyLock::new(|| {
    authenticator(JwtSettings::default(), &[SECRET], &[ED25519, P256, RSA]).expect("the keys are good")
});

/// A token of these parts, signed with a secret.
fn signed(secret: &[u8], header: &[u8], payload: &[u8]) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A text that nobody signed names nobody, and the refusal repeats no word of it.
pub(super) fn token(input: &[u8]) {
    if let Ok(text) = str::from_utf8(input) {
        refuse(text);
    }
}

/// A header's token is what stands in the only header behind the scheme's name, and shown to nobody.
pub(super) fn authorization(input: &[u8]) {
    let values: Vec<HeaderValue> =
        input.split(|byte| *byte == b'\n').filter_map(|line| HeaderValue::from_bytes(line).ok()).collect();
    let headers: HeaderMap = values.iter().map(|value| (AUTHORIZATION, value.clone())).collect();
    let read = Token::read(&headers);
    let shown = format!("{read:?}");
    assert!(["Token(none)", "Token(…)"].contains(&shown.as_str()), "{shown} is shown");
    assert_eq!(read == Token::None, values.is_empty());
    assert_eq!(read == Token::Several, values.len() > 1);
    let expected = match &values[..] {
        [only] => bearer(only.as_bytes()),
        _ => None,
    };
    assert_eq!(read.as_str().map(str::as_bytes), expected);
    if let Some(token) = read.as_str() {
        refuse(token);
    }
}

/// The token in a header's value, found byte by byte.
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = value.split_first_chunk::<7>()?;
    let is_text = value.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t'));
    if !is_text || !scheme.eq_ignore_ascii_case(b"bearer ") {
        return None;
    }
    let start = rest.iter().position(|byte| *byte != b' ').unwrap_or(rest.len());
    let end = rest.iter().rposition(|byte| *byte != b' ').map_or(start, |last| last + 1);
    Some(&rest[start..end])
}

fn refuse(token: &str) {
    let authenticated = AUTHENTICATOR.authenticate(Some(token)).now_or_never().expect("nobody is asked");
    let Err(AuthenticationError::BadToken(why)) = authenticated else { panic!("{token} is {authenticated:?}") };
    assert!(is_one_of_ours(&why), "{why} is said to {token}");
}

/// Whether this is one of the refusals word by word, so that nothing of a token can stand in it.
fn is_one_of_ours(why: &str) -> bool {
    static REFUSALS: LazyLock<Vec<String>> = LazyLock::new(|| BadToken::ALL.iter().map(ToString::to_string).collect());
    REFUSALS.iter().any(|known| known == why)
}
