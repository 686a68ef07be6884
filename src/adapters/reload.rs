use std::{io, sync::Arc};

use tokio::signal::unix::{SignalKind, signal};

/// Does this on every SIGHUP, which from now on ends the process no more.
///
/// # Errors
///
/// When the signal cannot be listened for.
pub(super) fn on_hangup(reload: impl Fn() + Send + Sync + 'static) -> io::Result<()> {
    let mut hangup = signal(SignalKind::hangup())?;
    let reload = Arc::new(reload);
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            let reload = Arc::clone(&reload);
            // Files may lie on a disk that is slow; nothing else waits for it.
            if let Err(error) = tokio::task::spawn_blocking(move || reload()).await {
                tracing::error!(%error, "what SIGHUP asks to read again could not be read");
            }
        }
    });
    Ok(())
}
