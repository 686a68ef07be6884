//! A Redis of this program's own.

use std::{
    net::SocketAddr,
    ops::{Add, Sub},
};

use clap::ValueEnum;

use super::commands::Commands;
use crate::{
    engine::Outcome,
    redis_server::{Options, RedisServer},
    usage::Processor,
};

/// What the names of all keys begin with, as the server chooses where it is told nothing.
const PREFIX: &str = "{matchmaker}";

/// When Redis has on its disk what it has written to its file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sync {
    /// Once a second.
    #[default]
    Everysec,
    /// Before it answers.
    Always,
}

impl Sync {
    /// As Redis calls it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Everysec => "everysec",
            Self::Always => "always",
        }
    }
}

/// One that is ended when this is dropped.
pub(crate) struct Store {
    server: RedisServer,
    pid: u32,
}

/// What it has done so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StoreWork {
    pub(crate) processor: Processor,
    pub(crate) commands: Commands,
}

impl Store {
    /// Starts an empty one, which writes all that it is told to a file, if it is to be on the disk some time.
    pub(crate) fn start(sync: Option<Sync>) -> Outcome<Self> {
        // Its file is not written anew while it grows: that would take its time from one round, and not from another.
        let settings = ["--appendfsync", sync.unwrap_or_default().name(), "--auto-aof-rewrite-percentage", "0"];
        let options = Options::default().with(&settings);
        let options = if sync.is_some() { options.append_only() } else { options };
        let server = RedisServer::start(options).ok_or("Redis is not there to be measured")?;
        let mut store = Self { server, pid: 0 };
        store.pid = u32::try_from(store.number("server", "process_id")?)?;
        let appends = store.server.attempt(&["CONFIG", "GET", "append*"])?;
        let is_set = |name: &str, value: &str| appends.contains(&format!("{name}\n{value}"));
        if is_set("appendonly", "yes") != sync.is_some() || sync.is_some_and(|sync| !is_set("appendfsync", sync.name()))
        {
            return Err(format!("Redis does not write as it is to: {appends}").into());
        }
        Ok(store)
    }

    /// The flag by which a server finds it.
    pub(crate) fn flag(&self) -> String {
        format!("--store={}", self.server.url())
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// What it has done, when it has come to rest.
    pub(crate) fn work(&self) -> Outcome<StoreWork> {
        let processor = Processor::at_rest(self.pid)?;
        let commands = Commands::of(&self.server.attempt(&["INFO", "commandstats"])?)?;
        Ok(StoreWork { processor, commands })
    }

    /// The bytes that it has allocated, when it has come to rest.
    pub(crate) fn memory(&self) -> Outcome<u64> {
        Processor::at_rest(self.pid)?;
        self.number("memory", "used_memory")
    }

    /// How many fields a hash of the servers' has.
    pub(crate) fn fields_of(&self, name: &str) -> Outcome<u64> {
        Ok(self.server.attempt(&["HLEN", &format!("{PREFIX}:{name}")])?.parse()?)
    }

    fn number(&self, section: &str, name: &str) -> Outcome<u64> {
        let told = self.server.attempt(&["INFO", section])?;
        let value = told.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        Ok(value.ok_or_else(|| format!("Redis does not tell its {name}"))?.trim().parse()?)
    }
}

impl Sub for StoreWork {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self { processor: self.processor - earlier.processor, commands: self.commands - earlier.commands }
    }
}

impl Add for StoreWork {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { processor: self.processor + other.processor, commands: self.commands + other.commands }
    }
}
