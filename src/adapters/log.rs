//! Log lines on standard output.
//!
//! Whoever logs never waits: a line goes into a bounded buffer, and a thread of its own writes it. A line that finds the
//! buffer full, or that the output refuses, is dropped and counted.

#[cfg(test)]
pub(super) mod capture;
mod level;
mod lines;
#[cfg(test)]
mod tests;

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
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{fmt, layer::SubscriberExt, registry, reload};

pub use level::{LogLevel, Verbosity};
use lines::{OneLine, Output};

use crate::ports::Clock;

/// How many lines may wait for the output: some seconds of the busiest traffic. An empty buffer takes 4 MiB, a full one
/// some 40 MiB.
pub const BUFFERED_LINES: usize = 131_072;

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
    /// `None` only while it is dropped.
    worker: Option<WorkerGuard>,
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
        let (dispatch, log) = Self::new(format, level, io::stdout(), BUFFERED_LINES);
        dispatcher::set_global_default(dispatch)?;
        log_panics();
        Ok(log)
    }

    pub(super) fn new(
        format: LogFormat,
        level: LogLevel,
        output: impl Write + Send + 'static,
        buffered_lines: usize,
    ) -> (Dispatch, Self) {
        let refused = Arc::default();
        let (writer, worker) = NonBlockingBuilder::default()
            .lossy(true)
            .buffered_lines_limit(buffered_lines)
            .thread_name("log")
            .finish(Output::new(output, Arc::clone(&refused)));
        let dropped = DroppedLines { found_no_room: writer.error_counter(), refused, reported: Arc::default() };
        let (filter, handle) = reload::Layer::new(level.filter());
        let lines = fmt::layer().with_ansi(false).with_target(false).with_writer(OneLine { output: writer, format });
        let filtered = registry().with(filter);
        let dispatch = match format {
            LogFormat::Text => Dispatch::new(filtered.with(lines)),
            LogFormat::Json => {
                let flat = lines.json().flatten_event(true).with_current_span(false).with_span_list(false);
                Dispatch::new(filtered.with(flat))
            }
        };
        (dispatch, Self { worker: Some(worker), dropped, verbosity: Verbosity::new(level, handle) })
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
        let worker = self.worker.take();
        // On a thread of its own: dropping the worker prints when the buffer stays full, and printing to an output that
        // is stuck never returns.
        let (flushing, flushed) = mpsc::channel::<()>();
        thread::spawn(move || {
            drop(worker);
            drop(flushing);
        });
        // Either it is done, or the time is over and what is left is lost: in both cases nothing more can be done.
        flushed.recv_timeout(FLUSH_TIME).unwrap_or_default();
    }
}

/// Counts the lines that were dropped since the start; every clone is the same account.
#[derive(Clone, Debug)]
pub struct DroppedLines {
    found_no_room: ErrorCounter,
    refused: Arc<AtomicU64>,
    reported: Arc<AtomicU64>,
}

impl DroppedLines {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.found_no_room.dropped_lines() as u64 + self.refused.load(Ordering::Relaxed)
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
