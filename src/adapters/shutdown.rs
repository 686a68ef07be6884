use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

use crate::ports::Clock;

/// How far the server's going away has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Serving,
    Announced,
    Draining,
    Closing,
    Closed,
}

/// Tells every part of the server that it is going away; clones share one state.
#[derive(Clone, Debug)]
pub struct Shutdown {
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    phase: watch::Sender<Phase>,
    /// What every request asks, where the lock of the phase would be one that all threads take all the time.
    begun: AtomicBool,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self { state: Arc::new(State { phase: watch::Sender::new(Phase::Serving), begun: AtomicBool::new(false) }) }
    }
}

impl Shutdown {
    /// Is announced with the first SIGTERM or SIGINT, and begins after the delay, or with the second; further ones change
    /// nothing.
    ///
    /// # Errors
    ///
    /// When the signals cannot be listened for.
    pub fn begin_on_signals(&self, delay: Duration, clock: Arc<dyn Clock>) -> io::Result<()> {
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let shutdown = self.clone();
        tokio::spawn(async move {
            let mut next = async || {
                tokio::select! {
                    _ = terminate.recv() => "SIGTERM",
                    _ = interrupt.recv() => "SIGINT",
                }
            };
            let signal = next().await;
            tracing::info!("{signal} received; the server is going away");
            tokio::select! {
                () = shutdown.begin_after(delay, &*clock) => {}
                signal = next() => tracing::info!("{signal} received; the delay is over"),
            }
            shutdown.begin();
        });
        Ok(())
    }

    /// Says at once that the server is going away, and begins after the delay; until then everything is served.
    pub async fn begin_after(&self, delay: Duration, clock: &dyn Clock) {
        self.reach(Phase::Announced);
        if !delay.is_zero() {
            clock.sleep_until(clock.now().after(delay)).await;
        }
        self.begin();
    }

    /// From now on nothing new is begun, and what is in flight is finished.
    pub fn begin(&self) {
        self.reach(Phase::Draining);
    }

    /// From now on connections that carry no request are closed.
    pub(crate) fn close_connections(&self) {
        self.reach(Phase::Closing);
    }

    /// From now on nothing is waited for any more.
    pub(crate) fn complete(&self) {
        self.reach(Phase::Closed);
    }

    /// Whether no more clients are to be sent here.
    #[must_use]
    pub fn is_announced(&self) -> bool {
        *self.state.phase.borrow() >= Phase::Announced
    }

    /// Whether nothing new is to be begun.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.state.begun.load(Ordering::Acquire)
    }

    /// Returns once nothing new is to be begun.
    pub async fn begun(&self) {
        self.reached(Phase::Draining).await;
    }

    /// Returns once connections that carry no request are to be closed.
    pub(crate) async fn connections_close(&self) {
        self.reached(Phase::Closing).await;
    }

    /// Returns once nothing is waited for any more.
    pub(crate) async fn completed(&self) {
        self.reached(Phase::Closed).await;
    }

    fn reach(&self, phase: Phase) {
        if phase >= Phase::Draining {
            self.state.begun.store(true, Ordering::Release);
        }
        self.state.phase.send_modify(|current| *current = phase.max(*current));
    }

    async fn reached(&self, phase: Phase) {
        let alive = self.state.phase.subscribe().wait_for(|current| *current >= phase).await.is_ok();
        debug_assert!(alive, "the sender lives as long as this handle");
    }
}
