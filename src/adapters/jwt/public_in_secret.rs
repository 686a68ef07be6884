//! Tells a public key from a secret, in any format that tools write one in.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use serde::de::IgnoredAny;

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const OBJECT_IDENTIFIER: u8 = 0x06;
const BIT_STRING: u8 = 0x03;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What stands in key files of PEM and of SSH, and in no random secret.
const MARKS: [&[u8]; 4] = [b"-----BEGIN", b"---- BEGIN", b"ssh-", b"ecdsa-sha2-"];

/// Whether this is a key in PEM, in SSH's formats, as JSON Web Keys, or a key or certificate in DER, also in base64 or hex,
/// with whatever stands around it.
pub(super) fn looks_public(content: &[u8]) -> bool {
    let start = content.strip_prefix(BYTE_ORDER_MARK).unwrap_or(content).trim_ascii();
    // In UTF-16 every other byte of such text is zero.
    let narrow: Vec<u8> = content.iter().copied().filter(|byte| *byte != 0).collect();
    let forms = [Some(content.to_vec()), Some(narrow), base64(start), hex(start)];
    is_json_structure(start) || forms.iter().flatten().any(|bytes| is_marked(bytes) || is_key_in_der(bytes))
}

fn is_marked(bytes: &[u8]) -> bool {
    MARKS.iter().any(|mark| bytes.windows(mark.len()).any(|window| window == *mark))
}

/// Whether an object or a list comes first; a bracket alone can begin a secret.
fn is_json_structure(text: &[u8]) -> bool {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<IgnoredAny>();
    matches!(text, [b'{' | b'[', ..]) && matches!(values.next(), Some(Ok(_)))
}

fn is_key_in_der(der: &[u8]) -> bool {
    is_subject_public_key_info(der) || is_rsa_public_key(der) || is_certificate(der)
}

/// What this is in base64, of either alphabet and with or without padding.
fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let encoded = text.iter().filter(|byte| !byte.is_ascii_whitespace() && **byte != b'=').map(|byte| match byte {
        b'-' => b'+',
        b'_' => b'/',
        _ => *byte,
    });
    STANDARD_NO_PAD.decode(encoded.collect::<Vec<u8>>()).ok()
}

fn hex(text: &[u8]) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> =
        text.iter().filter(|byte| !byte.is_ascii_whitespace()).map(|byte| char::from(*byte).to_digit(16)).collect();
    let pairs = digits?;
    pairs.chunks(2).map(|pair| u8::try_from(pair.iter().fold(0, |sum, digit| sum << 4 | digit)).ok()).collect()
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

/// A certificate (RFC 5280): what is certified, the algorithm, and the signature.
fn is_certificate(der: &[u8]) -> bool {
    let parts = || {
        let (inside, _) = element(der, SEQUENCE)?;
        let (_certified, signed) = element(inside, SEQUENCE)?;
        let (algorithm, signature) = element(signed, SEQUENCE)?;
        element(algorithm, OBJECT_IDENTIFIER)?;
        element(signature, BIT_STRING)
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
