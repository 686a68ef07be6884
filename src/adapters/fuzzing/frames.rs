use std::io::{self, Read, Write};

use tungstenite::{
    Message,
    protocol::{Role, WebSocketContext},
};

use crate::adapters::websocket::{MAX_MESSAGE, MAX_UNWRITTEN, configuration};

/// What a client's frames mean does not depend on how they are cut on their way, no message is larger than allowed, and
/// what the server says meanwhile stays bounded.
pub(super) fn frames(input: &[u8]) {
    let whole = heard(input, input.len().max(1));
    for cut in [1, 3, 7] {
        assert_eq!(heard(input, cut), whole, "in parts of {cut}");
    }
}

/// The messages, and how it ended.
fn heard(input: &[u8], cut: usize) -> (Vec<Message>, String) {
    let mut stream = Parts { input, cut, answered: 0 };
    let mut context = WebSocketContext::new(Role::Server, Some(configuration(MAX_MESSAGE, MAX_UNWRITTEN)));
    let mut messages = Vec::new();
    loop {
        match context.read(&mut stream) {
            Ok(message) => {
                assert!(message.len() <= MAX_MESSAGE, "a message of {} bytes", message.len());
                messages.push(message);
            }
            Err(error) => {
                assert!(stream.answered <= input.len() + 256, "{} bytes were answered", stream.answered);
                return (messages, error.to_string());
            }
        }
    }
}

/// A stream that gives its input in parts, and takes every answer.
struct Parts<'i> {
    input: &'i [u8],
    cut: usize,
    answered: usize,
}

impl Read for Parts<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (part, rest) = self.input.split_at(self.cut.min(buffer.len()).min(self.input.len()));
        buffer[..part.len()].copy_from_slice(part);
        self.input = rest;
        Ok(part.len())
    }
}

impl Write for Parts<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.answered += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
