use std::{error::Error, sync::Arc};

use super::{
    AuthenticationOff, JwtAuthenticator,
    configuration::{IdentitySettings, Refusal},
    reload::{on_hangup, read_in_time},
};
use crate::ports::{Authenticator, Clock};

/// Who tells who makes a call, as the settings have it, for as long as the process lives: SIGHUP reads its keys again.
///
/// # Errors
///
/// When the settings contradict each other, a key file holds no key or takes too long to be read, or SIGHUP cannot be
/// listened for.
pub async fn authenticator(
    settings: &IdentitySettings,
    clock: &Arc<dyn Clock>,
) -> Result<Arc<dyn Authenticator>, Box<dyn Error>> {
    let Some(jwt) = settings.jwt()? else {
        tracing::warn!(
            "nobody is asked who he is: whoever can reach the port may speak for any player (--auth jwt asks)"
        );
        on_hangup(clock, || Box::new(|| tracing::info!("SIGHUP received; there is nothing to read again")))?;
        return Ok(Arc::new(AuthenticationOff));
    };
    let its_clock = Arc::clone(clock);
    let authenticator = Arc::new(read_keys(&**clock, move || JwtAuthenticator::new(jwt, its_clock)).await??);
    authenticator.log_start();
    let reloaded = Arc::clone(&authenticator);
    on_hangup(clock, move || {
        let (take, authenticator) = (reloaded.read_again(), Arc::clone(&reloaded));
        Box::new(move || take(&authenticator))
    })?;
    Ok(authenticator)
}

/// A disk that hangs must not keep the server from saying that it does not start.
async fn read_keys<T: Send + 'static>(
    clock: &dyn Clock,
    read: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refusal> {
    read_in_time(clock, read).await.map_err(|error| {
        let files = "the files of --jwt-secret-file and --jwt-public-key-file";
        Refusal::Invalid(format!("{files} could not be read: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use std::{pin::pin, sync::mpsc, time::Duration};

    use futures_util::FutureExt;

    use super::*;
    use crate::adapters::ManualClock;

    #[tokio::test]
    async fn a_disk_that_hangs_ends_the_start_after_five_seconds_with_a_line_that_says_so() {
        let clock = ManualClock::default();
        let (_never, hangs) = mpsc::channel::<()>();
        let mut reading = pin!(read_keys(&clock, move || hangs.recv().is_ok()));
        assert!(reading.as_mut().now_or_never().is_none());
        clock.advance(Duration::from_secs(5));
        let refusal = reading.await.expect_err("it hangs");
        assert!(matches!(refusal, Refusal::Invalid(_)));
        assert_eq!(
            refusal.to_string(),
            "the files of --jwt-secret-file and --jwt-public-key-file could not be read: it took longer than 5 seconds"
        );
    }
}
