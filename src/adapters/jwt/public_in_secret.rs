//! Tells a public key from a secret, however it is written.

const SEQUENCE: u8 = 0x30;
const OBJECT_IDENTIFIER: u8 = 0x06;
const BIT_STRING: u8 = 0x03;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What stands in key files of PEM and of SSH, and in no random secret.
const MARKS: [&[u8]; 3] = [b"-----BEGIN", b"ssh-", b"ecdsa-sha2-"];

/// Whether this is a key in PEM, in SSH's format, as a JSON Web Key or in DER, with whatever stands around it.
pub(super) fn looks_public(content: &[u8]) -> bool {
    let marked = MARKS.iter().any(|mark| content.windows(mark.len()).any(|window| window == *mark));
    let start = content.strip_prefix(BYTE_ORDER_MARK).unwrap_or(content).trim_ascii_start();
    marked || start.starts_with(b"{") || is_subject_public_key_info(content)
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
