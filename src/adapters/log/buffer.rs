use std::{
    mem,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// How many bytes lie in one block, and so go to the output at once; a longer line has a block of its own.
pub(super) const BLOCK: usize = 64 * 1024;

/// How long lines gather after the first: whoever reads along does not notice, and however many there are, the log's
/// thread wakes and writes a hundred times a second at most.
const GATHERING_TIME: Duration = Duration::from_millis(10);

/// Lines on their way from whoever logs to the log's thread.
#[derive(Debug)]
pub(super) struct Buffer {
    waiting: Mutex<Waiting>,
    /// For the log's thread alone.
    told: Condvar,
    dropped: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Waiting {
    /// Whole lines, in their order.
    blocks: Vec<Vec<u8>>,
    /// Of all lines that are not written yet, also those that the log's thread has taken.
    bytes: usize,
    room: usize,
    /// Whether a line came since the log's thread last took what there was.
    told: bool,
    ended: bool,
}

/// What the log's thread takes at once.
pub(super) struct Taken {
    pub(super) blocks: Vec<Vec<u8>>,
    /// Whether the log's thread is to end after these.
    pub(super) ended: bool,
}

impl Buffer {
    /// An empty one for this many bytes. An empty one takes no memory, and a full one little more than its bytes.
    pub(super) fn new(room: usize, dropped: Arc<AtomicU64>) -> Self {
        let waiting = Waiting { blocks: Vec::new(), bytes: 0, room, told: false, ended: false };
        Self { waiting: Mutex::new(waiting), told: Condvar::new(), dropped }
    }

    /// Takes the line, or drops and counts it when there is no room; never waits for the output.
    pub(super) fn append(&self, line: &[u8]) {
        let mut waiting = self.lock();
        if line.len() <= waiting.room.saturating_sub(waiting.bytes) {
            waiting.push(line);
        } else {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        let first = !mem::replace(&mut waiting.told, true);
        drop(waiting);
        if first {
            self.told.notify_one();
        }
    }

    /// Waits for a line, then for others to join it, and takes them all.
    pub(super) fn take(&self) -> Taken {
        let idle = self.told.wait_while(self.lock(), |waiting| !waiting.told && !waiting.ended);
        let gathering = idle.unwrap_or_else(PoisonError::into_inner);
        let gathered = self.told.wait_timeout_while(gathering, GATHERING_TIME, |waiting| !waiting.ended);
        let (mut waiting, _) = gathered.unwrap_or_else(PoisonError::into_inner);
        waiting.told = false;
        Taken { blocks: mem::take(&mut waiting.blocks), ended: waiting.ended }
    }

    /// So many bytes of those that were taken are written.
    pub(super) fn release(&self, bytes: usize) {
        self.lock().bytes -= bytes;
    }

    /// From now on there is room for this many bytes.
    pub(super) fn resize(&self, room: usize) {
        self.lock().room = room;
    }

    /// Wakes the log's thread for the last time.
    pub(super) fn end(&self) {
        self.lock().ended = true;
        self.told.notify_one();
    }

    /// Nothing panics with it, and a log that did should go on.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn push(&mut self, line: &[u8]) {
        self.bytes += line.len();
        match self.blocks.last_mut() {
            Some(block) if line.len() <= block.capacity() - block.len() => block.extend_from_slice(line),
            _ => {
                let mut block = Vec::with_capacity(line.len().max(BLOCK));
                block.extend_from_slice(line);
                self.blocks.push(block);
            }
        }
    }
}
