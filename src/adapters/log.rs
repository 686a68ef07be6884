//! Log lines on standard output.
//!
//! Whoever logs never waits: a line goes into a bounded buffer, and a thread of its own writes what has gathered there. A
//! line that finds no room in the buffer is dropped and counted.

mod buffer;
#[cfg(test)]
pub(super) mod capture;
mod escaping;
mod json;
mod level;
mod lines;
mod output;
mod patient;
#[cfg(test)]
mod tests;
mod text;

use std::{
    io::{self, Write},
    panic,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use clap::ValueEnum;
use tracing::{Dispatch, dispatcher, dispatcher::SetGlobalDefaultError};
use tracing_subscriber::{layer::SubscriberExt, registry, reload};

use buffer::Buffer;
pub use level::{LogLevel, Verbosity};
use lines::Lines;
use output::Output;
use patient::Patient;

use crate::ports::Clock;

/// How many bytes of lines may wait for the output: some seconds of the busiest traffic. An empty buffer takes no memory.
pub(super) const BUFFERED_BYTES: usize = 32 * 1024 * 1024;

/// How long the end of the log waits for an output that takes no more.
const FLUSH_TIME: Duration = Duration::from_secs(2);

/// How often dropped lines are told of in the log itself.
const REPORT_INTERVAL: Duration = Duration::from_secs(10);

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people: the time, the level, what happened, and the fields as `name=value`.
    Text,
    /// For machines: one flat JSON object a line.
    Json,
}

/// The log of the process, from its start until it is dropped.
///
/// Dropping it writes what is still buffered, and waits for that for two seconds at most.
#[derive(Debug)]
pub struct Log {
    buffer: Arc<Buffer>,
    /// Hangs up when the log's thread has written everything.
    written: mpsc::Receiver<()>,
    dropped: DroppedLines,
    verbosity: Verbosity,
}

impl Log {
    /// Sends every event of the process, from this level up, to standard output; a panic is one of them.
    ///
    /// # Errors
    ///
    /// [`SetGlobalDefaultError`] when the process has a log already.
    pub fn start(format: LogFormat, level: LogLevel) -> Result<Self, SetGlobalDefaultError> {
        let (dispatch, log) = Self::new(format, level, Patient(io::stdout()), BUFFERED_BYTES);
        dispatcher::set_global_default(dispatch)?;
        log_panics();
        Ok(log)
    }

    pub(super) fn new(
        format: LogFormat,
        level: LogLevel,
        output: impl Write + Send + 'static,
        room: usize,
    ) -> (Dispatch, Self) {
        let dropped = DroppedLines::default();
        let buffer = Arc::new(Buffer::new(room, Arc::clone(&dropped.total)));
        let output = Output::new(output, Arc::clone(&buffer), room);
        let (writing, written) = mpsc::channel();
        let write = move || {
            output.write_until_the_end();
            drop(writing);
        };
        thread::Builder::new().name("log".to_owned()).spawn(write).expect("a thread can be started");
        let (filter, handle) = reload::Layer::new(level.filter());
        let lines = Lines { format, buffer: Arc::clone(&buffer) };
        let dispatch = Dispatch::new(registry().with(filter).with(lines));
        (dispatch, Self { buffer, written, dropped, verbosity: Verbosity::new(level, handle) })
    }

    /// How much is logged.
    #[must_use]
    pub fn verbosity(&self) -> Verbosity {
        self.verbosity.clone()
    }

    /// The account of lines that were dropped.
    #[must_use]
    pub fn dropped_lines(&self) -> DroppedLines {
        self.dropped.clone()
    }
}

/// A panic is a bug, and what it said belongs in the log, beside the request that it ended.
fn log_panics() {
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        let cause = panic.payload_as_str().unwrap_or("unknown");
        let location = panic.location().map(ToString::to_string);
        tracing::error!(cause, location, "panic");
        print(panic);
    }));
}

impl Drop for Log {
    fn drop(&mut self) {
        self.dropped.report();
        self.buffer.end();
        // Either it is done, or the time is over and what is left is lost: in both cases nothing more can be done.
        self.written.recv_timeout(FLUSH_TIME).unwrap_or_default();
    }
}

/// Counts the lines that were dropped since the start; every clone is the same account.
#[derive(Clone, Debug, Default)]
pub struct DroppedLines {
    total: Arc<AtomicU64>,
    reported: Arc<AtomicU64>,
}

impl DroppedLines {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    /// Calls [`report`](Self::report) every ten seconds, for ever.
    pub async fn report_for_ever(self, clock: Arc<dyn Clock>) {
        loop {
            clock.sleep_until(clock.now().after(REPORT_INTERVAL)).await;
            self.report();
        }
    }

    /// Logs how many there are, if there are more than when this was last called.
    pub fn report(&self) {
        let total = self.count();
        if self.reported.fetch_max(total, Ordering::Relaxed) < total {
            tracing::warn!(total, "log lines dropped");
        }
    }
}
