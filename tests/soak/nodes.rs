//! The servers that are played against: one by itself, or several on one Redis.

use std::{
    fs::File,
    io::{self, PipeReader},
    net::SocketAddr,
    process::Stdio,
    sync::Arc,
    thread,
    time::Duration,
};

use crate::{
    log,
    options::Options,
    server::{Server, Usage, program},
    store::Store,
    world::World,
};

/// All servers, and what they share.
pub(crate) struct Nodes {
    pub(crate) servers: Vec<Server>,
    /// Where several keep what they know; it ends after them.
    store: Option<Store>,
    /// The logs of several, until they are followed.
    logs: Vec<PipeReader>,
}

impl Nodes {
    /// One that runs already.
    pub(crate) fn running(address: SocketAddr, pid: Option<u32>) -> Self {
        Self { servers: vec![Server::running(address, pid)], store: None, logs: Vec::new() }
    }

    /// Starts as many as are wanted, with these flags; one writes its log where it is wanted, several are to be followed.
    pub(crate) fn start(options: &Options, flags: &[&str]) -> io::Result<Self> {
        if !options.on_redis() {
            let log = Stdio::from(File::create(&options.server_log)?);
            return Ok(Self { servers: vec![Server::start(options, flags, log)?], store: None, logs: Vec::new() });
        }
        let (store, mut nodes) = (Store::start()?, Vec::new());
        let (url, mut logs) = (format!("--store={}", store.url()), Vec::new());
        let flags: Vec<&str> = flags.iter().copied().chain([&*url, "--log-format=json"]).collect();
        for _ in 0..options.nodes {
            let (reader, writer) = io::pipe()?;
            nodes.push(Server::start(options, &flags, Stdio::from(writer))?);
            logs.push(reader);
        }
        Ok(Self { servers: nodes, store: Some(store), logs })
    }

    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.servers.iter().map(|server| server.address).collect()
    }

    /// What all of them use; `None` when a process is not known.
    pub(crate) fn usage(&self) -> Option<Usage> {
        self.servers.iter().try_fold(Usage::default(), |sum, server| Some(sum + server.usage()?))
    }

    /// What Redis uses, where there is one.
    pub(crate) fn usage_of_store(&self) -> Option<Usage> {
        self.store.as_ref()?.usage()
    }

    /// Reads the logs of several, line by line as they come, until the servers end.
    pub(crate) fn follow_logs(&mut self, world: &Arc<World>, options: &Options) -> io::Result<Vec<log::Following>> {
        let logs = std::mem::take(&mut self.logs).into_iter();
        if logs.len() == 0 {
            return Ok(Vec::new());
        }
        let copy = Arc::new(File::create(&options.server_log)?);
        let follow = |reader| {
            let (world, copy) = (Arc::clone(world), Arc::clone(&copy));
            thread::spawn(move || log::follow(&world, reader, &copy))
        };
        Ok(logs.map(follow).collect())
    }

    /// What an audit says of the store, where there is one; it fails when anything there is not as it should be.
    pub(crate) fn audit(&self, options: &Options) -> io::Result<Option<String>> {
        let flags: &[&str] = if options.pair_only_connected { &["--pair-only-connected"] } else { &[] };
        self.store.as_ref().map(|store| store.audit(&program(options)?, flags)).transpose()
    }

    /// Tells all that were started here to end, and waits until they have; how long the slowest took.
    pub(crate) fn end(self) -> io::Result<Duration> {
        let mut slowest = Duration::ZERO;
        for server in self.servers {
            slowest = slowest.max(server.end()?);
        }
        Ok(slowest)
    }
}
