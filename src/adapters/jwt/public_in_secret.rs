//! Tells a public key from a secret, in any format that tools write one in.

use base64::{Engine, engine::general_purpose::STANDARD};

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const OBJECT_IDENTIFIER: u8 = 0x06;
const BIT_STRING: u8 = 0x03;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What stands in key files of PEM and of SSH, and in no random secret.
const MARKS: [&[u8]; 3] = [b"-----BEGIN", b"ssh-", b"ecdsa-sha2-"];

/// Whether this is a key in PEM, in SSH's format, as a JSON Web Key or in DER, in base64 too, with whatever stands around it.
pub(super) fn looks_public(content: &[u8]) -> bool {
    let marked = MARKS.iter().any(|mark| content.windows(mark.len()).any(|window| window == *mark));
    let start = content.strip_prefix(BYTE_ORDER_MARK).unwrap_or(content).trim_ascii_start();
    let decoded = || {
        let encoded: Vec<u8> = start.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        STANDARD.decode(encoded).is_ok_and(|der| is_public_key(&der))
    };
    marked || start.starts_with(b"{") || is_public_key(content) || decoded()
}

fn is_public_key(der: &[u8]) -> bool {
    is_subject_public_key_info(der) || is_rsa_public_key(der)
}

/// A public key of any kind in DER (RFC 5280): an algorithm that an object identifier names, and a bit string. Whatever
/// follows, since who verifies with such keys does not look at it either.
fn is_subject_public_key_info(der: &[u8]) -> bool {
    let parts = || {
        let (inside, _) = element(der, SEQUENCE)?;
        let (algorithm, key) = element(inside, SEQUENCE)?;
        element(algorithm, OBJECT_IDENTIFIER)?;
        element(key, BIT_STRING)
    };
    parts().is_some()
}

/// An RSA key by itself (RFC 8017, appendix A.1.1): two numbers.
fn is_rsa_public_key(der: &[u8]) -> bool {
    let parts = || {
        let (numbers, _) = element(der, SEQUENCE)?;
        let (_modulus, exponent) = element(numbers, INTEGER)?;
        element(exponent, INTEGER)
    };
    parts().is_some()
}

/// What the first element holds if it has this tag, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&[first, length], rest) = der.split_first_chunk()?;
    if first != tag {
        return None;
    }
    if length < 0x80 {
        return rest.split_at_checked(length.into());
    }
    let (length, rest) = rest.split_at_checked(usize::from(length & 0x7f).min(4))?;
    let length = length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
    rest.split_at_checked(length)
}
