//! What is read: the members of a flat JSON object, and the frames that a server sends.

/// The members of a JSON object in their order: names and values as they are written, a text without its quotes.
///
/// It is exact for what the API says, and gives up on what that never holds: escapes, and objects within the object.
#[derive(Debug)]
pub(crate) struct Members<'a>(&'a [u8]);

impl<'a> Members<'a> {
    pub(crate) fn of(text: &'a [u8]) -> Self {
        Self(text.trim_ascii().strip_prefix(b"{").unwrap_or_default())
    }

    /// The value of this member.
    pub(crate) fn find(text: &'a [u8], name: &str) -> Option<&'a [u8]> {
        Self::of(text).find_map(|(found, value)| (found == name.as_bytes()).then_some(value))
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.0.trim_ascii_start();
        let (name, rest) = quoted(rest.strip_prefix(b",").unwrap_or(rest).trim_ascii_start())?;
        let rest = rest.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
        let (value, rest) = match rest.first()? {
            b'"' => quoted(rest)?,
            b'[' => rest.split_at(rest.iter().position(|byte| *byte == b']')? + 1),
            _ => rest.split_at(rest.iter().position(|byte| matches!(byte, b',' | b'}') || byte.is_ascii_whitespace())?),
        };
        self.0 = rest;
        Some((name, value))
    }
}

/// A text, and what comes after it.
fn quoted(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.strip_prefix(b"\"")?;
    let end = text.iter().position(|byte| *byte == b'"')?;
    (!text[..end].contains(&b'\\')).then(|| (&text[..end], &text[end + 1..]))
}

/// A frame of a server's, which is not masked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    /// The first byte: whether it is the last of its message, and of what kind.
    pub(crate) kind: u8,
    pub(crate) payload: &'a [u8],
}

/// A whole text.
pub(crate) const TEXT: u8 = 0x81;
pub(crate) const PING: u8 = 0x89;
pub(crate) const PONG: u8 = 0x8a;

impl<'a> Frame<'a> {
    /// The frame that these bytes begin with, and what comes after it; `None` while it is not complete.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (&kind, rest) = bytes.split_first()?;
        let (&length, rest) = rest.split_first()?;
        let (length, rest) = match length {
            ..126 => (usize::from(length), rest),
            126 => (usize::from(u16::from_be_bytes([*rest.first()?, *rest.get(1)?])), &rest[2..]),
            // Nothing that this server says is as long, so that it is never complete.
            _ => return None,
        };
        let (payload, rest) = rest.split_at_checked(length)?;
        Some((Self { kind, payload }, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_wherever_they_stand_and_however_they_are_spaced() {
        let text = br#" { "status" : "matched" , "matchId":"5e1-ff","amount": 20.5 ,"players":["a","b"],"last":true}"#;
        for (name, value) in [
            ("status", "matched"),
            ("matchId", "5e1-ff"),
            ("amount", "20.5"),
            ("players", r#"["a","b"]"#),
            ("last", "true"),
        ] {
            assert_eq!(Members::find(text, name), Some(value.as_bytes()), "{name}");
        }
        assert_eq!(Members::find(text, "matched"), None);
        assert_eq!(Members::of(text).count(), 5);
    }

    #[test]
    fn what_is_no_flat_object_has_no_such_member() {
        for text in [
            "",
            "{",
            "{}",
            r#"{"status"}"#,
            r#"{"status":"#,
            r#"{"status":"wai"#,
            r#"["status"]"#,
            r#"{"status":"\"a"}"#,
        ] {
            assert_eq!(Members::find(text.as_bytes(), "status"), None, "{text}");
        }
    }

    #[test]
    fn frames_are_read_one_after_the_other_when_they_are_whole() {
        let long = [b'x'; 300];
        let mut bytes = vec![TEXT, 2, b'h', b'i', PING, 0, TEXT, 126, 1, 44];
        bytes.extend_from_slice(&long);
        for whole in 0..bytes.len() {
            let mut rest = &bytes[..whole];
            let mut count = 0;
            while let Some((_, after)) = Frame::parse(rest) {
                (rest, count) = (after, count + 1);
            }
            assert_eq!(count, usize::from(whole >= 4) + usize::from(whole >= 6), "{whole}");
        }
        let (first, rest) = Frame::parse(&bytes).expect("a frame");
        let (second, rest) = Frame::parse(rest).expect("another");
        let (third, rest) = Frame::parse(rest).expect("a third");
        assert_eq!([first.payload, second.payload, third.payload], [b"hi".as_slice(), b"", &long]);
        assert_eq!((first.kind, second.kind, third.kind, rest.len()), (TEXT, PING, TEXT, 0));
    }
}
