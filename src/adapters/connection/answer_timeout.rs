use std::{
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use crate::{
    adapters::metrics::{Limit, Metrics},
    ports::Clock,
};

/// How long an answer may wait for its client to read.
const ANSWER_TIME: Duration = Duration::from_secs(30);

/// A stream that breaks when its client reads nothing of what waits for it, so that nobody keeps a connection by not
/// reading.
pub(crate) struct AnswerTimeout {
    stream: TcpStream,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    /// Runs only while a write waits.
    time_is_up: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl AnswerTimeout {
    pub(crate) fn new(stream: TcpStream, clock: Arc<dyn Clock>, metrics: Arc<Metrics>) -> Self {
        Self { stream, clock, metrics, time_is_up: None }
    }

    pub(crate) fn into_inner(self) -> TcpStream {
        self.stream
    }

    fn wait_or<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.time_is_up = None;
            return written;
        }
        let clock = &self.clock;
        let time_is_up = self.time_is_up.get_or_insert_with(|| {
            let clock = Arc::clone(clock);
            Box::pin(async move { clock.sleep_until(clock.now().after(ANSWER_TIME)).await })
        });
        ready!(time_is_up.as_mut().poll(cx));
        self.time_is_up = None;
        self.metrics.limit_hit(Limit::UnreadAnswer);
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for AnswerTimeout {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for AnswerTimeout {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.wait_or(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.wait_or(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
