use std::{
    io::{self, BufWriter, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tracing_subscriber::fmt::MakeWriter;

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

/// Keeps each event on one line, and free of control characters: text from elsewhere, such as the message of an error,
/// can neither forge a line nor steer a terminal.
pub(super) struct OneLine<W>(pub(super) W);

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for OneLine<M> {
    type Writer = OneLine<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        OneLine(self.0.make_writer())
    }
}

impl<W: Write> Write for OneLine<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = event.strip_suffix(b"\n").unwrap_or(event);
        if text.iter().all(|byte| matches!(byte, b' '..=b'~')) {
            self.0.write_all(event)?;
        } else {
            self.0.write_all(escaped(&String::from_utf8_lossy(text)).as_bytes())?;
        }
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn escaped(text: &str) -> String {
    let mut line = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line + "\n"
}
