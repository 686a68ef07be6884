use std::{
    io::{self, Read, Write},
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tungstenite::{
    Error, Message,
    protocol::{CloseFrame, Role, WebSocketConfig, WebSocketContext},
};

/// The largest message that is read.
pub(crate) const MAX_MESSAGE: usize = 4 * 1024;

/// The most bytes that wait to be written; answers to pings stop here when the client does not read them.
pub(crate) const MAX_UNWRITTEN: usize = 64 * 1024;

/// How much is read at a time. A registration fits; larger messages still arrive whole. Every idle socket keeps this much.
const READ_BUFFER: usize = 256;

/// Frames of several messages are gathered up to this size, and written at once.
const WRITE_GATHERING: usize = 2 * 1024;

/// The WebSocket protocol on a stream, polled without tasks, wakers or locks of its own.
pub(crate) struct Codec<S = TcpStream> {
    stream: S,
    context: WebSocketContext,
    /// Whether anything came in since this was last asked.
    received: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Codec<S> {
    /// Speaks as a server on a stream of which `read` has been read already.
    pub(crate) fn new(stream: S, read: Vec<u8>) -> Self {
        Self::with_bounds(stream, read, MAX_MESSAGE, MAX_UNWRITTEN)
    }

    /// The same, with bounds of its own on a message that is read and on what waits to be written, in bytes.
    pub(crate) fn with_bounds(stream: S, read: Vec<u8>, max_message: usize, max_unwritten: usize) -> Self {
        let configuration = configuration(max_message, max_unwritten);
        let context = WebSocketContext::from_partially_read(read, Role::Server, Some(configuration));
        Self { stream, context, received: false }
    }

    /// The next message.
    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<Message, Error>> {
        let Self { stream, context, received } = self;
        pending_or(context.read(&mut Polled { stream, received, cx }))
    }

    /// Whether anything came in since this was last asked, be it a part of a message only.
    pub(crate) fn take_received(&mut self) -> bool {
        mem::take(&mut self.received)
    }

    /// Takes a message to be written; it is kept until [`poll_flush`](Self::poll_flush) has written it.
    pub(crate) fn write(&mut self, cx: &mut Context<'_>, message: Message) -> Result<(), Error> {
        let Self { stream, context, received } = self;
        match context.write(&mut Polled { stream, received, cx }, message) {
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            result => result,
        }
    }

    /// Writes what was taken.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let Self { stream, context, received } = self;
        pending_or(context.flush(&mut Polled { stream, received, cx }))
    }

    /// Writes a close frame, if there is a reason of ours, and ends the stream in this direction.
    pub(crate) fn poll_close(&mut self, cx: &mut Context<'_>, frame: Option<&CloseFrame>) -> Poll<Result<(), Error>> {
        let Self { stream, context, received } = self;
        if let Some(frame) = frame {
            // Where nothing more may wait, the close frame still may: it is the last.
            context.set_config(|configuration| configuration.max_write_buffer_size = usize::MAX);
            match pending_or(context.close(&mut Polled { stream, received, cx }, Some(frame.clone()))) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(()) | Err(Error::ConnectionClosed)) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            }
        }
        Pin::new(stream).poll_shutdown(cx).map_err(Error::Io)
    }

    /// Reads and throws away until the peer has ended the stream.
    pub(crate) fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut buffer = [0; READ_BUFFER];
        loop {
            let mut buffer = ReadBuf::new(&mut buffer);
            let read = ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer));
            if read.is_err() || buffer.filled().is_empty() {
                return Poll::Ready(());
            }
        }
    }
}

/// The protocol as it is spoken here.
fn configuration(max_message: usize, max_unwritten: usize) -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_GATHERING)
        .max_message_size(Some(max_message))
        .max_frame_size(Some(max_message))
        .max_write_buffer_size(max_unwritten)
}

fn pending_or<T>(result: Result<T, Error>) -> Poll<Result<T, Error>> {
    match result {
        Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
        result => Poll::Ready(result),
    }
}

/// A stream during one poll: what is not ready would block, and wakes the task when it is.
struct Polled<'p, 'c, S> {
    stream: &'p mut S,
    received: &'p mut bool,
    cx: &'p mut Context<'c>,
}

fn would_block_if_pending<T>(poll: Poll<io::Result<T>>) -> io::Result<T> {
    match poll {
        Poll::Ready(result) => result,
        Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
    }
}

impl<S: AsyncRead + Unpin> Read for Polled<'_, '_, S> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let mut buffer = ReadBuf::new(bytes);
        would_block_if_pending(Pin::new(&mut *self.stream).poll_read(self.cx, &mut buffer))?;
        let read = buffer.filled().len();
        *self.received |= read > 0;
        Ok(read)
    }
}

impl<S: AsyncWrite + Unpin> Write for Polled<'_, '_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        would_block_if_pending(Pin::new(&mut *self.stream).poll_write(self.cx, bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        would_block_if_pending(Pin::new(&mut *self.stream).poll_flush(self.cx))
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, task::Waker};

    use tokio::io::AsyncReadExt;

    use super::{super::close_reason::CloseReason, *};

    #[tokio::test]
    async fn a_client_who_reads_nothing_until_no_more_may_wait_is_still_told_why_it_is_left() {
        let (stream, mut client) = tokio::io::duplex(1);
        let mut codec = Codec::new(stream, Vec::new());
        let mut cx = Context::from_waker(Waker::noop());
        let full = (0..).find_map(|_| codec.write(&mut cx, Message::Ping(tungstenite::Bytes::new())).err());
        assert!(matches!(full, Some(Error::WriteBufferFull(_))), "{full:?}");

        let frame = CloseReason::NotReading.frame();
        let mut written = Vec::new();
        let closed = async {
            poll_fn(|cx| codec.poll_close(cx, Some(&frame))).await.expect("the close frame is written");
        };
        tokio::join!(closed, async { client.read_to_end(&mut written).await.expect("the stream ends") });
        assert!(written.ends_with(b"\x03\xf5too many unread messages"), "{:?}", written.last_chunk::<32>());
    }
}
