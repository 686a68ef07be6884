use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// How many files and sockets the process may have open; `u64::MAX` where there is no limit.
#[must_use]
pub fn descriptor_limit() -> u64 {
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// Raises the limit as far as the process may; many systems start it low for the sake of old programs.
///
/// # Errors
///
/// The system's, when it refuses; the limit is then what it was.
pub fn raise_descriptor_limit() -> io::Result<()> {
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_raised_to_what_the_system_allows() {
        let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
        let lowered = Rlimit { current: Some(maximum.unwrap_or(u64::MAX).min(65_536) - 1), maximum };
        setrlimit(Resource::Nofile, lowered).expect("a limit can be lowered");
        assert_eq!(Some(descriptor_limit()), lowered.current);

        raise_descriptor_limit().expect("a limit can be raised to its maximum");

        assert_eq!(descriptor_limit(), maximum.unwrap_or(u64::MAX));
    }
}
