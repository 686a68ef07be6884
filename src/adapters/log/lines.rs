use std::{
    cell::Cell,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use tracing::{Event, Subscriber};
use tracing_subscriber::{Layer, layer::Context};

use super::{LogFormat, buffer::Buffer, json, text};
use crate::adapters::call;

/// What a thread keeps for the lines to come, in bytes: more than nearly every line has.
const KEPT: usize = 1024;

thread_local! {
    static LINE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Writes each event as one line into the buffer, with the id of the request in which it happened, if it did in one.
///
/// Fields come in the order in which they are declared. Spans are not told of: there are none.
#[derive(Debug)]
pub(super) struct Lines {
    pub(super) format: LogFormat,
    pub(super) buffer: Arc<Buffer>,
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        // A value that logs while it is written finds none there, and begins a line of its own.
        let mut line = LINE.try_with(Cell::take).unwrap_or_default();
        let push = match self.format {
            LogFormat::Text => text::push,
            LogFormat::Json => json::push,
        };
        // Times before 1970 cannot be written.
        let time = SystemTime::now().max(UNIX_EPOCH);
        call::with_request_id(|id| push(&mut line, time, event, id));
        self.buffer.append(&line);
        line.clear();
        line.shrink_to(KEPT);
        LINE.try_with(|kept| kept.set(line)).unwrap_or_default();
    }
}
