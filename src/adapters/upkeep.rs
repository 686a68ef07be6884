use std::{error::Error, panic::AssertUnwindSafe, sync::Arc};

use async_trait::async_trait;
use futures_util::FutureExt;
use tokio::task::JoinHandle;

use super::Shutdown;

/// What a store needs done beside the calls of the use cases.
#[async_trait]
pub trait Upkeep: Send + Sync {
    /// Does it for as long as the server can go on; gives the reason when it cannot any more.
    async fn run(self: Arc<Self>) -> BoxedError;

    /// The server serves no more, and all of its sockets are closed. Nothing is done beside it any more.
    async fn end(&self);
}

type BoxedError = Box<dyn Error + Send + Sync>;

/// An upkeep that is being done.
pub struct UpkeepUnderWay {
    upkeep: Arc<dyn Upkeep>,
    task: JoinHandle<BoxedError>,
}

impl UpkeepUnderWay {
    /// Begins with it. When the server cannot go on, it is shut down.
    #[must_use]
    pub fn start(upkeep: Arc<dyn Upkeep>, shutdown: Shutdown) -> Self {
        let running = AssertUnwindSafe(Arc::clone(&upkeep).run()).catch_unwind();
        let task = tokio::spawn(async move {
            let reason = running.await.unwrap_or_else(|_| "the upkeep of the store ended in a panic".into());
            tracing::error!(%reason, "the server cannot go on, and ends");
            shutdown.begin();
            reason
        });
        Self { upkeep, task }
    }

    /// Ends it, once the server serves no more.
    ///
    /// # Errors
    ///
    /// The reason why the server could not go on, if that was why it ended.
    pub async fn end(self) -> Result<(), Box<dyn Error>> {
        self.task.abort();
        let ended = self.task.await;
        self.upkeep.end().await;
        match ended {
            Ok(reason) => Err(reason),
            Err(_aborted) => Ok(()),
        }
    }
}
