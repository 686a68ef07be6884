//! What frames mean by the letter of RFC 6455, read from all the bytes at once: the measure of what the codec hears.

use std::iter;

use tungstenite::{
    Bytes, Message,
    protocol::{CloseFrame, frame::coding::CloseCode},
};

use crate::adapters::websocket::{CloseReason, MAX_MESSAGE};

const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// What is to be heard, and why the server then leaves, if it does.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) heard: Vec<Message>,
    pub(super) reason: Option<CloseReason>,
}

impl Reading {
    pub(super) fn of(sent: &[u8]) -> Self {
        let mut reader = Reader { rest: sent, heard: Vec::new(), fragments: None };
        let reason = loop {
            if let Err(reason) = reader.read_frame() {
                break reason;
            }
        };
        Self { heard: reader.heard, reason }
    }
}

/// How a conversation ends: the server leaves for a reason, or the client does.
type End = Option<CloseReason>;

const PROTOCOL: End = Some(CloseReason::Protocol);

struct Reader<'s> {
    rest: &'s [u8],
    heard: Vec<Message>,
    /// The kind of message that has begun, and what there is of it.
    fragments: Option<(u8, Vec<u8>)>,
}

impl Reader<'_> {
    fn read_frame(&mut self) -> Result<(), End> {
        let [first, second] = self.take()?;
        let length = match second & 0x7f {
            126 => u16::from_be_bytes(self.take()?).into(),
            127 => u64::from_be_bytes(self.take()?),
            length => length.into(),
        };
        let mask: Option<[u8; 4]> = if second & 0x80 == 0 { None } else { Some(self.take()?) };
        let kind = first & 0x0f;
        if !matches!(kind, CONTINUATION..=BINARY | CLOSE..=PONG) {
            return Err(PROTOCOL);
        }
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > MAX_MESSAGE {
            return Err(Some(CloseReason::TooLarge));
        }
        let (payload, rest) = self.rest.split_at_checked(length).ok_or(None)?;
        self.rest = rest;
        let mask = mask.ok_or(PROTOCOL)?;
        if first & 0x70 != 0 {
            return Err(PROTOCOL);
        }
        let payload: Vec<u8> = iter::zip(payload, mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
        let is_final = first & 0x80 != 0;
        if kind < CLOSE { self.read_data(kind, is_final, payload) } else { self.read_control(kind, is_final, payload) }
    }

    fn read_control(&mut self, kind: u8, is_final: bool, payload: Vec<u8>) -> Result<(), End> {
        if !is_final || payload.len() > 125 {
            return Err(PROTOCOL);
        }
        match kind {
            PING => self.heard.push(Message::Ping(payload.into())),
            PONG => self.heard.push(Message::Pong(payload.into())),
            _ => {
                self.heard.push(Message::Close(read_close(&payload)?));
                return Err(None);
            }
        }
        Ok(())
    }

    fn read_data(&mut self, kind: u8, is_final: bool, payload: Vec<u8>) -> Result<(), End> {
        let (kind, message) = match (kind, self.fragments.take()) {
            (CONTINUATION, Some((kind, begun))) => (kind, [begun, payload].concat()),
            (CONTINUATION, None) | (_, Some(_)) => return Err(PROTOCOL),
            (kind, None) => (kind, payload),
        };
        if message.len() > MAX_MESSAGE {
            return Err(Some(CloseReason::TooLarge));
        }
        // Text is refused at the first byte that no other can make good.
        let is_text = kind == TEXT;
        let invalid = str::from_utf8(&message).is_err_and(|error| is_final || error.error_len().is_some());
        if is_text && invalid {
            return Err(Some(CloseReason::InvalidText));
        }
        if !is_final {
            self.fragments = Some((kind, message));
            return Ok(());
        }
        if is_text {
            let text = String::from_utf8(message).expect("it has been checked");
            self.heard.push(Message::Text(text.into()));
            return Ok(());
        }
        self.heard.push(Message::Binary(Bytes::from(message)));
        Err(Some(CloseReason::Binary))
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], End> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(None)?;
        self.rest = rest;
        Ok(*bytes)
    }
}

/// What a client says when it closes; a code that it must not say is answered as the breach that it is.
fn read_close(payload: &[u8]) -> Result<Option<CloseFrame>, End> {
    let (code, reason) = match payload.split_first_chunk() {
        Some((code, reason)) => (u16::from_be_bytes(*code), reason),
        None if payload.is_empty() => return Ok(None),
        None => return Err(PROTOCOL),
    };
    let reason = str::from_utf8(reason).map_err(|_| Some(CloseReason::InvalidText))?;
    let frame = if matches!(code, 1000..=1003 | 1007..=1013 | 3000..=4999) {
        CloseFrame { code: CloseCode::from(code), reason: reason.into() }
    } else {
        CloseFrame { code: CloseCode::Protocol, reason: "Protocol violation".into() }
    };
    Ok(Some(frame))
}

/// A frame of the server.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Said {
    kind: u8,
    payload: Vec<u8>,
}

impl Said {
    pub(super) fn text(text: &str) -> Self {
        Self { kind: TEXT, payload: text.into() }
    }

    pub(super) fn pong(payload: &[u8]) -> Self {
        Self { kind: PONG, payload: payload.into() }
    }

    pub(super) fn close(frame: Option<(u16, &str)>) -> Self {
        let payload = frame.map(|(code, reason)| [&code.to_be_bytes(), reason.as_bytes()].concat());
        Self { kind: CLOSE, payload: payload.unwrap_or_default() }
    }

    /// The frames in what was written, each whole and unmasked; the last may be cut off.
    pub(super) fn all(mut written: &[u8]) -> Vec<Self> {
        let mut said = Vec::new();
        while let [first, second, rest @ ..] = written {
            assert!(*first & 0x70 == 0 && *first & 0x80 != 0 && *second < 127, "{first:x} {second:x} begins no frame");
            let (length, rest) = match (second, rest) {
                (126, [high, low, rest @ ..]) => (usize::from(u16::from_be_bytes([*high, *low])), rest),
                (126, _) => break,
                (length, rest) => (usize::from(*length), rest),
            };
            let Some((payload, rest)) = rest.split_at_checked(length) else { break };
            said.push(Self { kind: first & 0x0f, payload: payload.into() });
            written = rest;
        }
        said
    }
}
