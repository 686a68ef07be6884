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
            let log = File::create(&options.server_log)?;
            return Self::start_with(options, flags, || Ok(Stdio::from(log.try_clone()?)));
        }
        let mut logs = Vec::new();
        let flags: Vec<&str> = flags.iter().copied().chain(["--log-format=json"]).collect();
        let nodes = Self::start_with(options, &flags, || {
            let (reader, writer) = io::pipe()?;
            logs.push(reader);
            Ok(Stdio::from(writer))
        })?;
        Ok(Self { logs, ..nodes })
    }

    /// Starts as many as are wanted, with these flags; nobody hears their logs.
    pub(crate) fn start_unheard(options: &Options, flags: &[&str]) -> io::Result<Self> {
        Self::start_with(options, flags, || Ok(Stdio::null()))
    }

    fn start_with(options: &Options, flags: &[&str], mut log: impl FnMut() -> io::Result<Stdio>) -> io::Result<Self> {
        let store = options.on_redis().then(Store::start).transpose()?;
        let store_flag = store.as_ref().map(|store| format!("--store={}", store.url()));
        let flags: Vec<&str> = flags.iter().copied().chain(store_flag.as_deref()).collect();
        let start = |_| Server::start(options, &flags, log()?);
        Ok(Self { servers: (0..options.nodes).map(start).collect::<io::Result<_>>()?, store, logs: Vec::new() })
    }

    /// The one that a fault befalls.
    pub(crate) fn first(&self) -> &Server {
        &self.servers[0]
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

    /// The same, and then the end; a line for the report where there is a store.
    pub(crate) fn end_audited(self, options: &Options) -> io::Result<Option<String>> {
        let audit = self.audit(options)?;
        self.end()?;
        Ok(audit.map(|audit| format!("audit: {audit}")))
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
