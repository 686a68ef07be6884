use std::{io, sync::Arc};

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// How far the server's going away has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Serving,
    Draining,
    Closing,
    Closed,
}

/// Tells every part of the server that it is going away; clones share one state.
#[derive(Clone, Debug)]
pub struct Shutdown {
    phase: Arc<watch::Sender<Phase>>,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self { phase: Arc::new(watch::Sender::new(Phase::Serving)) }
    }
}

impl Shutdown {
    /// Begins with the first SIGTERM or SIGINT; further ones change nothing.
    ///
    /// # Errors
    ///
    /// When the signals cannot be listened for.
    pub fn begin_on_signals(&self) -> io::Result<()> {
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let shutdown = self.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => tracing::info!("SIGTERM received; the server is going away"),
                _ = interrupt.recv() => tracing::info!("SIGINT received; the server is going away"),
            }
            shutdown.begin();
        });
        Ok(())
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

    /// Whether nothing new is to be begun.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        *self.phase.borrow() >= Phase::Draining
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
        self.phase.send_modify(|current| *current = phase.max(*current));
    }

    async fn reached(&self, phase: Phase) {
        let alive = self.phase.subscribe().wait_for(|current| *current >= phase).await.is_ok();
        debug_assert!(alive, "the sender lives as long as this handle");
    }
}
