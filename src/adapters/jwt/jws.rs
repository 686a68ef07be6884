use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{BadToken, keys::Algorithm};
use crate::adapters::json;

/// The longest token that is looked at: it fits into a socket's message, so that what passes over HTTP passes there too.
pub(super) const MAX_TOKEN: usize = 3 * 1024;

/// A token taken apart (RFC 7515, compact serialization). Nothing in it is to be believed before its signature is verified.
pub(super) struct Jws<'t> {
    pub(super) algorithm: Algorithm,
    /// What was signed: the header and the payload as they stand in the token.
    pub(super) signed: &'t [u8],
    payload: &'t str,
    signature: &'t str,
}

impl<'t> Jws<'t> {
    pub(super) fn read(token: &'t str) -> Result<Self, BadToken> {
        if token.len() > MAX_TOKEN {
            return Err(BadToken::TooLong);
        }
        let mut parts = token.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(BadToken::Malformed);
        };
        let signed = &token.as_bytes()[..header.len() + 1 + payload.len()];
        Ok(Self { algorithm: read_header(&decode(header)?)?, signed, payload, signature })
    }

    pub(super) fn payload(&self) -> Result<Vec<u8>, BadToken> {
        decode(self.payload)
    }

    pub(super) fn signature(&self) -> Result<Vec<u8>, BadToken> {
        decode(self.signature)
    }
}

fn read_header(header: &[u8]) -> Result<Algorithm, BadToken> {
    let [algorithm, critical] = json::read_members(header, ["alg", "crit"]).map_err(|_| BadToken::Header)?;
    if critical.is_some() {
        return Err(BadToken::Critical);
    }
    algorithm.and_then(json::string).and_then(|name| Algorithm::named(&name)).ok_or(BadToken::Algorithm)
}

/// Takes exactly one spelling of each content: no padding, no stray bits, no white space.
fn decode(part: &str) -> Result<Vec<u8>, BadToken> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| BadToken::Malformed)
}
