use std::{io, sync::Arc, thread, time::Duration};

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};

use super::within::within;
use crate::ports::Clock;

/// How long files may take to be read.
const READING_TIME: Duration = Duration::from_secs(5);

/// What is done with what was read.
pub(super) type Take = Box<dyn FnOnce() + Send>;

/// Reads on every SIGHUP, which from now on ends the process no more, and takes what was read, unless that came too late.
///
/// # Errors
///
/// When the signal cannot be listened for.
pub(super) fn on_hangup(clock: &Arc<dyn Clock>, read: impl Fn() -> Take + Send + Sync + 'static) -> io::Result<()> {
    let mut hangup = signal(SignalKind::hangup())?;
    let (clock, read) = (Arc::clone(clock), Arc::new(read));
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            let read = Arc::clone(&read);
            if let Err(error) = reload(&*clock, move || read()).await {
                tracing::error!(%error, "what SIGHUP asks to read again could not be read: nothing changes");
            }
        }
    });
    Ok(())
}

async fn reload(clock: &dyn Clock, read: impl FnOnce() -> Take + Send + 'static) -> io::Result<()> {
    read_in_time(clock, read).await.map(|take| take())
}

/// Reads on a thread that nobody waits for, not even the end of the process: files may lie on a disk that hangs.
pub(super) async fn read_in_time<T: Send + 'static>(
    clock: &dyn Clock,
    read: impl FnOnce() -> T + Send + 'static,
) -> io::Result<T> {
    let (done, result) = oneshot::channel();
    thread::Builder::new().name("reader".to_owned()).spawn(move || done.send(read()).is_ok())?;
    match within(result, READING_TIME, clock).await {
        Some(Ok(read)) => Ok(read),
        Some(Err(_)) => Err(io::Error::other("the reader failed")),
        None => Err(io::Error::new(io::ErrorKind::TimedOut, "it took longer than 5 seconds")),
    }
}

#[cfg(test)]
mod tests {
    use std::{pin::pin, sync::mpsc};

    use futures_util::FutureExt;

    use super::*;
    use crate::adapters::ManualClock;

    #[tokio::test]
    async fn what_was_read_in_time_is_taken() {
        let (taken, was_taken) = mpsc::channel();
        let read = move || -> Take { Box::new(move || taken.send(()).expect("the test waits")) };
        reload(&ManualClock::default(), read).await.expect("it is read");
        was_taken.try_recv().expect("it is taken");
    }

    #[tokio::test]
    async fn what_hangs_is_given_up_after_five_seconds_and_never_taken() {
        let clock = ManualClock::default();
        let (go_on, hangs) = mpsc::channel::<()>();
        let (taken, was_taken) = mpsc::channel();
        let read = move || -> Take {
            hangs.recv().expect("the test goes on");
            Box::new(move || taken.send(()).expect("the test waits"))
        };
        let mut reloading = pin!(reload(&clock, read));
        assert!(reloading.as_mut().now_or_never().is_none());
        clock.advance(Duration::from_secs(5));
        assert_eq!(reloading.await.expect_err("it hangs").kind(), io::ErrorKind::TimedOut);
        go_on.send(()).expect("the reader waits");
        was_taken.recv().expect_err("it is thrown away");
    }

    #[tokio::test]
    async fn a_reader_that_panics_is_an_error() {
        reload(&ManualClock::default(), || panic!("on purpose")).await.expect_err("it failed");
    }
}
