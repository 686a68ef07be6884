use std::{error::Error, sync::Arc};

use super::{AuthenticationOff, JwtAuthenticator, configuration::IdentitySettings, reload::on_hangup};
use crate::ports::{Authenticator, Clock};

/// Who tells who makes a call, as the settings have it, for as long as the process lives: SIGHUP reads its keys again.
///
/// # Errors
///
/// When the settings contradict each other, a key file holds no key, or SIGHUP cannot be listened for.
pub fn authenticator(
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
    let authenticator = Arc::new(JwtAuthenticator::new(jwt, Arc::clone(clock))?);
    authenticator.log_start();
    let reloaded = Arc::clone(&authenticator);
    on_hangup(clock, move || {
        let (take, authenticator) = (reloaded.read_again(), Arc::clone(&reloaded));
        Box::new(move || take(&authenticator))
    })?;
    Ok(authenticator)
}
