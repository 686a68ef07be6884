//! Servers that are measured as one: a single one, or some that share a Redis.

use std::{
    net::SocketAddr,
    ops::{Add, Sub},
    thread,
    time::{Duration, Instant},
};

use super::store::{Store, StoreWork};
use crate::{
    engine::Outcome,
    subject::{Origin, Running, Subject, get},
    usage::Processor,
};

/// How long a server may take until it can serve.
const PATIENCE: Duration = Duration::from_secs(10);

/// Of several servers that take turns, each does its share, or at least such a part of it: lanes are not equally fast.
const LEAST_PART: u64 = 2;

/// Servers that run, and what they keep everything in, if that is not their own memory.
pub(crate) struct Nodes {
    running: Vec<Running>,
    // After the servers, so that none of them sees it go.
    pub(crate) store: Option<Store>,
}

/// What they have done so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Work {
    /// All servers together; `None` where a process is not known.
    pub(crate) servers: Option<Processor>,
    pub(crate) store: Option<StoreWork>,
}

impl Nodes {
    /// A server by itself.
    pub(crate) fn one(running: Running) -> Self {
        Self { running: vec![running], store: None }
    }

    /// So many servers on this Redis.
    pub(crate) fn on(store: Store, subject: &Subject, count: usize, flags: &[&str]) -> Outcome<Self> {
        let Origin::Server(program, own) = &subject.origin else {
            return Err("a server that shares a store is started here".into());
        };
        let flags_of_all = [vec![store.flag()], own.clone()].concat();
        let node = Subject { origin: Origin::Server(program.clone(), flags_of_all), ..subject.clone() };
        let start = |_| {
            let running = node.start(flags)?;
            wait_until_ready(&running)?;
            Ok(running)
        };
        let running = (0..count).map(start).collect::<Outcome<_>>()?;
        Ok(Self { running, store: Some(store) })
    }

    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.running.iter().map(|running| running.address).collect()
    }

    /// What they have done, when all of them have come to rest.
    pub(crate) fn work(&self) -> Outcome<Work> {
        let mut servers = Some(Processor::default());
        for running in &self.running {
            let spent = running.processor()?;
            servers = servers.zip(spent).map(|(all, spent)| all + spent);
        }
        Ok(Work { servers, store: self.store.as_ref().map(Store::work).transpose()? })
    }

    /// Fails unless they did so many of these together: those at these addresses about as many each, and the others none.
    pub(crate) fn check_shares(&self, name: &str, at: &[SocketAddr], sum: u64) -> Outcome<()> {
        let mut all = 0;
        for running in &self.running {
            let metrics = running.metrics()?.ok_or("a server does not count what it does")?;
            let count = metrics.get(name)?;
            all += count;
            let takes_part = at.contains(&running.address);
            if takes_part && count * LEAST_PART < sum / at.len() as u64 || !takes_part && count > 0 {
                let of = at.len();
                return Err(format!("{name}: a server counts {count} of {sum}, which {of} were to do by turns").into());
            }
        }
        if all == sum { Ok(()) } else { Err(format!("{name}: {sum} were made, and the servers count {all}").into()) }
    }

    /// How many fields a hash in the store has.
    pub(crate) fn stored(&self, name: &str) -> Outcome<u64> {
        self.store.as_ref().ok_or("there is no Redis")?.fields_of(name)
    }

    /// Fails unless a hash in the store, if there is one, has so many fields.
    pub(crate) fn check_stored(&self, name: &str, expected: u64) -> Outcome<()> {
        let found = if self.store.is_some() { self.stored(name)? } else { expected };
        if found == expected {
            return Ok(());
        }
        Err(format!("Redis has {found} of {name}, where {expected} were to be").into())
    }

    pub(crate) fn end(self) -> Outcome<()> {
        self.running.into_iter().try_for_each(Running::end)
    }
}

/// It listens before it has found its store.
fn wait_until_ready(running: &Running) -> Outcome<()> {
    let begun = Instant::now();
    while get(running.address, "/readyz")?.is_none() {
        if begun.elapsed() > PATIENCE {
            return Err("a server does not become ready".into());
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

impl Sub for Work {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            servers: self.servers.zip(earlier.servers).map(|(now, earlier)| now - earlier),
            store: self.store.zip(earlier.store).map(|(now, earlier)| now - earlier),
        }
    }
}

impl Add for Work {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            servers: self.servers.zip(other.servers).map(|(one, other)| one + other),
            store: self.store.zip(other.store).map(|(one, other)| one + other),
        }
    }
}
