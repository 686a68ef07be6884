use std::{
    io::{self, BufWriter, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tracing_subscriber::fmt::MakeWriter;

use super::LogFormat;
use crate::adapters::call;

/// How many bytes go to the output at once, at most.
const OUTPUT_BUFFER: usize = 64 * 1024;

/// Where lines go in the end; the log's thread writes to it, and flushes it whenever no line is left to write.
pub(super) struct Output<W: Write> {
    buffered: BufWriter<W>,
    refused: Arc<AtomicU64>,
}

impl<W: Write> Output<W> {
    pub(super) fn new(output: W, refused: Arc<AtomicU64>) -> Self {
        Self { buffered: BufWriter::with_capacity(OUTPUT_BUFFER, output), refused }
    }
}

/// It never fails: the log's thread knows nothing better than to drop an error, and a line with it.
impl<W: Write> Write for Output<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.buffered.write_all(line).is_err() {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    /// What the output refuses now stays buffered, and is offered again with the lines to come.
    fn flush(&mut self) -> io::Result<()> {
        self.buffered.flush().or(Ok(()))
    }
}

/// Keeps each event on one line, and free of characters that are not seen: text from elsewhere, such as the message of an
/// error, can neither forge a line nor steer a terminal nor turn the order of what is read. Adds the id of the request in which it happened, if it did in one.
pub(super) struct OneLine<W> {
    pub(super) output: W,
    pub(super) format: LogFormat,
}

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for OneLine<M> {
    type Writer = OneLine<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        OneLine { output: self.output.make_writer(), format: self.format }
    }
}

/// Each event comes in one write, and leaves in one.
impl<W: Write> Write for OneLine<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event.strip_suffix(b"\n").unwrap_or(event));
        call::with_request_id(|id| {
            let line = if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
                text
            } else {
                escaped(&text, self.format).into()
            };
            self.output.write_all(ended(&line, id, self.format).as_bytes())
        })?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

fn escaped(text: &str, format: LogFormat) -> String {
    let mut line = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match format {
            _ if is_seen(character) => line.push(character),
            LogFormat::Text => line.extend(character.escape_debug()),
            LogFormat::Json => {
                line.extend(character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
            }
        }
    }
    line
}

/// Whether a character is seen as it stands: controls, separators of lines and marks of direction are not, and Rust escapes
/// them in a literal.
fn is_seen(character: char) -> bool {
    matches!(character, '"' | '\'' | '\\') || character.escape_debug().len() == 1
}

/// The line with the request's id as its last field. No character of an id has a meaning in either format.
fn ended(line: &str, request_id: Option<&str>, format: LogFormat) -> String {
    let Some(id) = request_id else { return format!("{line}\n") };
    match format {
        LogFormat::Text => format!("{line} request_id={id}\n"),
        LogFormat::Json => {
            let members = line.strip_suffix('}').unwrap_or(line);
            format!("{members},\"request_id\":\"{id}\"}}\n")
        }
    }
}
