use std::{
    cell::{Cell, RefCell},
    io,
    iter::Cycle,
    pin::Pin,
    slice,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Once by who listens, and once by who reads on to the end.
const MOST_ENDS: u8 = 2;

/// When a client takes what is written to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writing {
    /// At once.
    All,
    /// In parts, with pauses between them.
    InParts,
    /// When it has nothing more to say.
    Late,
    /// Not at all.
    Never,
}

/// How bytes travel. The first byte of an input says when answers are taken (two bits), whether the first part came with the
/// handshake (one bit), and how many bytes follow that are sizes of parts (three bits from the fifth on).
#[derive(Clone, Copy)]
pub(super) struct Plan<'i> {
    pub(super) writing: Writing,
    comes_with_handshake: bool,
    sizes: &'i [u8],
}

impl<'i> Plan<'i> {
    /// The plan, and the rest of the input.
    pub(super) fn read(input: &'i [u8]) -> (Self, &'i [u8]) {
        let (&first, rest) = input.split_first().unwrap_or((&0, &[]));
        let (sizes, rest) = rest.split_at(usize::from(first >> 4 & 7).min(rest.len()));
        let writing = match first & 3 {
            0 => Writing::All,
            1 => Writing::InParts,
            2 => Writing::Late,
            _ => Writing::Never,
        };
        (Self { writing, comes_with_handshake: first & 4 != 0, sizes }, rest)
    }
}

/// What the two sides of a wire see of each other.
#[derive(Default)]
pub(super) struct Traffic {
    /// How often anything went on.
    pub(super) moves: Cell<usize>,
    /// Whether a late client takes what is written.
    pub(super) open: Cell<bool>,
    pub(super) written: RefCell<Vec<u8>>,
    /// How often the server saw that the client has said all.
    ends_read: Cell<u8>,
    shut_down: Cell<bool>,
}

impl Traffic {
    /// Whether both sides have said all that they had to say.
    pub(super) fn is_over(&self) -> bool {
        self.ends_read.get() > 0 && self.shut_down.get()
    }

    fn moved(&self) {
        self.moves.update(|moves| moves + 1);
    }
}

/// The server's end of a stream.
pub(super) struct Wire<'w> {
    sent: &'w [u8],
    sizes: Cycle<slice::Iter<'w, u8>>,
    writing: Writing,
    pauses_reading: bool,
    pauses_writing: bool,
    traffic: &'w Traffic,
}

impl<'w> Wire<'w> {
    /// An end at which this is still to be read, and what was read with the handshake.
    pub(super) fn open(plan: Plan<'w>, sent: &'w [u8], traffic: &'w Traffic) -> (Self, Vec<u8>) {
        let Plan { writing, comes_with_handshake, sizes } = plan;
        let sizes = sizes.iter().cycle();
        let mut wire = Self { sent, sizes, writing, pauses_reading: false, pauses_writing: false, traffic };
        let read = if comes_with_handshake { wire.part(usize::MAX).to_vec() } else { Vec::new() };
        (wire, read)
    }

    /// What comes next, if there is room for so much.
    fn part(&mut self, room: usize) -> &'w [u8] {
        let size = self.size().min(room).min(self.sent.len());
        let (part, rest) = self.sent.split_at(size);
        self.sent = rest;
        part
    }

    /// The size of the next part; without any sizes all is one part.
    fn size(&mut self) -> usize {
        self.sizes.next().map_or(usize::MAX, |size| usize::from(*size) + 1)
    }

    /// How much of this the client takes now.
    fn taken(&mut self, length: usize) -> Option<usize> {
        match self.writing {
            Writing::All => Some(length),
            Writing::InParts => {
                self.pauses_writing = !self.pauses_writing;
                self.traffic.moved();
                if self.pauses_writing { None } else { Some(self.size().min(length)) }
            }
            Writing::Late => self.traffic.open.get().then_some(length),
            Writing::Never => None,
        }
    }
}

impl AsyncRead for Wire<'_> {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        let waits = wire.sent.is_empty() && wire.writing == Writing::Late && !wire.traffic.open.get();
        if waits {
            return Poll::Pending;
        }
        wire.traffic.moved();
        wire.pauses_reading = !wire.pauses_reading;
        if wire.pauses_reading {
            return Poll::Pending;
        }
        let part = wire.part(buffer.remaining());
        if part.is_empty() {
            wire.traffic.ends_read.update(|ends| ends + 1);
            assert!(wire.traffic.ends_read.get() <= MOST_ENDS, "the end is read again and again");
        }
        buffer.put_slice(part);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire<'_> {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        assert!(!wire.traffic.shut_down.get(), "something was written after the end");
        let Some(taken) = wire.taken(bytes.len()) else { return Poll::Pending };
        wire.traffic.moved();
        wire.traffic.written.borrow_mut().extend_from_slice(&bytes[..taken]);
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.writing == Writing::Never {
            return Poll::Pending;
        }
        self.traffic.shut_down.set(true);
        Poll::Ready(Ok(()))
    }
}
