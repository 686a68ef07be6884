use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use tracing::dispatcher::with_default;

use super::{BUFFERED_BYTES, Log, LogFormat, LogLevel, Verbosity};

/// What a log wrote.
pub(in crate::adapters) struct Captured {
    pub(in crate::adapters) written: String,
    pub(in crate::adapters) lines: Vec<String>,
}

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no test panics with it").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a log, whole but for its output, writes of what happens meanwhile.
pub(in crate::adapters) fn captured(format: LogFormat, happening: impl FnOnce()) -> Captured {
    captured_at(LogLevel::Info, format, |_| happening())
}

/// The same of a log that begins at this level.
pub(super) fn captured_at(level: LogLevel, format: LogFormat, happening: impl FnOnce(&Verbosity)) -> Captured {
    let sink = Sink::default();
    let (dispatch, log) = Log::new(format, level, sink.clone(), BUFFERED_BYTES);
    with_default(&dispatch, || happening(&log.verbosity()));
    drop(log);
    let written = String::from_utf8(sink.0.lock().expect("no test panics with it").clone()).expect("logs are text");
    let lines = written.lines().map(ToOwned::to_owned).collect();
    Captured { written, lines }
}
