#[cfg(test)]
mod tests;

use std::{
    collections::VecDeque,
    io::{self, ErrorKind, Write},
    sync::Arc,
};

use super::buffer::{BLOCK, Buffer, Taken};

/// Where lines go in the end, and the log's thread alone writes to it.
pub(super) struct Output<W> {
    target: W,
    buffer: Arc<Buffer>,
    room: usize,
    /// Blocks that were taken from the buffer and are not written yet.
    taken: VecDeque<Vec<u8>>,
    /// How much of the first of them is written.
    written: usize,
}

impl<W: Write> Output<W> {
    /// An output for what this buffer of this many bytes holds.
    pub(super) fn new(output: W, buffer: Arc<Buffer>, room: usize) -> Self {
        Self { target: output, buffer, room, taken: VecDeque::new(), written: 0 }
    }

    /// Writes the lines that come, until the buffer is ended. What the output refuses is offered again with the lines to
    /// come; until it is taken, there is room for one block of them, so that a broken output is soon seen in the count.
    pub(super) fn write_until_the_end(mut self) {
        loop {
            let Taken { blocks, ended } = self.buffer.take();
            self.taken.extend(blocks);
            let room = if self.write().is_ok() {
                self.room
            } else {
                // They may wait for long, and should take no more memory than they have to.
                self.taken.iter_mut().for_each(Vec::shrink_to_fit);
                self.room.min(BLOCK)
            };
            if ended {
                // Nobody takes anything any more.
                return self.buffer.resize(0);
            }
            self.buffer.resize(room);
        }
    }

    /// Writes what was taken, as far as the output takes it: each block in one piece, if the output takes that.
    fn write(&mut self) -> io::Result<()> {
        while let Some(block) = self.taken.front() {
            while self.written < block.len() {
                match self.target.write(&block[self.written..]) {
                    Ok(0) => return Err(ErrorKind::WriteZero.into()),
                    Ok(bytes) => self.written += bytes,
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
            self.buffer.release(self.written);
            self.written = 0;
            self.taken.pop_front();
        }
        self.target.flush()
    }
}
