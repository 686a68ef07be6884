//! What the server's memory was, and whether it is that again.

use std::{
    io,
    time::{Duration, Instant},
};

use crate::server::Server;

/// How long the memory may take to be what it was: the server's allocator gives back within ten seconds what is free.
const SETTLING_TIME: Duration = Duration::from_secs(15);

/// How much of what a crowd took may stay when it is gone: one part of so many, since tables keep the room that they grew
/// to, and a page is given back only once nothing on it is used.
const KEPT_ONE_OF: u64 = 4;

/// How much more may stay, in KiB: what any first client makes a server touch, its own code above all.
const KEPT_BESIDES: u64 = 8 * 1024;

/// How often the memory is looked at.
const INTERVAL: Duration = Duration::from_millis(100);

/// The memory of a server, in KiB, from a moment on at which nobody was there.
pub(super) struct Memory<'a> {
    server: &'a Server,
    empty: u64,
    most: u64,
}

impl<'a> Memory<'a> {
    /// Nobody is there yet.
    pub(super) fn of_empty(server: &'a Server) -> io::Result<Self> {
        let empty = now(server)?;
        Ok(Self { server, empty, most: empty })
    }

    pub(super) const fn empty(&self) -> u64 {
        self.empty
    }

    /// What is used now.
    pub(super) fn look(&mut self) -> io::Result<u64> {
        let now = now(self.server)?;
        self.most = self.most.max(now);
        Ok(now)
    }

    /// The most that is used from now on for so long.
    pub(super) async fn most_within(&mut self, time: Duration) -> io::Result<u64> {
        let begun = Instant::now();
        let mut most = self.look()?;
        while begun.elapsed() < time {
            tokio::time::sleep(INTERVAL).await;
            most = most.max(self.look()?);
        }
        Ok(most)
    }

    /// What is used as soon as it is no more than this, or after a while.
    pub(super) async fn settled(&mut self, bound: u64) -> io::Result<u64> {
        let begun = Instant::now();
        loop {
            let now = self.look()?;
            if now <= bound || begun.elapsed() > SETTLING_TIME {
                return Ok(now);
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// The most that may be used once everybody is gone.
    pub(super) const fn bound_when_gone(&self) -> u64 {
        self.empty + (self.most - self.empty) / KEPT_ONE_OF + KEPT_BESIDES
    }
}

fn now(server: &Server) -> io::Result<u64> {
    server.usage().map(|usage| usage.memory).ok_or_else(|| io::Error::other("the server's memory cannot be read"))
}
