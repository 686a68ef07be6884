//! Text in a line is free of characters that are not seen: text from elsewhere, such as the message of an error, can
//! neither forge a line nor steer a terminal nor turn the order of what is read.

/// How many bytes are looked at together: measured, it halves the cost of the look at a line.
const STRIDE: usize = 8;

/// Appends the text; each character that does not begin with a plain byte goes through `escape`. Plain bytes are ASCII.
pub(super) fn push(line: &mut Vec<u8>, text: &str, is_plain: impl Fn(u8) -> bool, escape: impl Fn(&mut Vec<u8>, char)) {
    let are_plain = |bytes: &[u8]| bytes.iter().fold(true, |plain, byte| plain & is_plain(*byte));
    let (strides, rest) = text.as_bytes().as_chunks::<STRIDE>();
    if strides.iter().all(|stride| are_plain(stride)) && are_plain(rest) {
        return line.extend_from_slice(text.as_bytes());
    }
    for character in text.chars() {
        match u8::try_from(character) {
            Ok(byte) if byte.is_ascii() && is_plain(byte) => line.push(byte),
            _ => escape(line, character),
        }
    }
}

/// Of ASCII.
pub(super) const fn is_printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

pub(super) fn push_character(line: &mut Vec<u8>, character: char) {
    line.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

/// Whether a character is seen as it stands: controls, separators of lines and marks of direction are not, and Rust escapes
/// them in a literal.
pub(super) fn is_seen(character: char) -> bool {
    matches!(character, '"' | '\'' | '\\') || character.escape_debug().len() == 1
}
