//! The programs that are measured.

use std::{
    fs::File,
    io::{Read, Write},
    net::SocketAddr,
    path::PathBuf,
    process::Stdio,
    time::SystemTime,
};

use tempfile::TempDir;

use crate::{
    client::{
        head::Head,
        metrics::ServerMetrics,
        process::{Process, free_address},
    },
    engine::{Outcome, connect},
    usage::Processor,
    wire::NO_BODY,
};

/// What is measured.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) name: String,
    pub(crate) origin: Origin,
}

/// Where it comes from.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    /// A server's program, started anew for each measurement, with these flags besides those that the measurement needs.
    Server(PathBuf, Vec<String>),
    /// The program of the bare route.
    Floor(PathBuf),
    /// A server that runs already, perhaps as a process of this machine.
    Running(SocketAddr, Option<u32>),
}

impl Subject {
    /// Has it run with these flags, if it is started here.
    pub(crate) fn start(&self, flags: &[&str]) -> Outcome<Running> {
        let (program, own) = match &self.origin {
            Origin::Server(program, own) => (program, own.as_slice()),
            Origin::Floor(program) => (program, [].as_slice()),
            Origin::Running(address, pid) => {
                return Ok(Running { address: *address, pid: *pid, process: None, log: None });
            }
        };
        let address = free_address()?;
        let log = tempfile::tempdir()?;
        let output = Stdio::from(File::create(log.path().join("log"))?);
        let port = address.port();
        let arguments = match &self.origin {
            Origin::Floor(_) => vec![port.to_string()],
            _ => [format!("--port={port}")]
                .into_iter()
                .chain(flags.iter().map(ToString::to_string))
                .chain(own.iter().cloned())
                .collect(),
        };
        let process = Process::start(program, arguments, output, address)?;
        Ok(Running { address, pid: Some(process.0.id()), process: Some(process), log: Some(log) })
    }

    /// The first of many keys under which nobody has asked yet.
    pub(crate) fn first_key(&self) -> u64 {
        if !matches!(self.origin, Origin::Running(..)) {
            return 0;
        }
        // A hundred thousand later with each second: more than are asked under, so that none comes again in months.
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        u64::try_from(now.as_micros() / 10).unwrap_or_default() % 900_000_000_000
    }

    /// Its program, if it is a server's.
    pub(crate) fn program(&self) -> Option<&PathBuf> {
        match &self.origin {
            Origin::Server(program, _) => Some(program),
            _ => None,
        }
    }
}

/// A server that runs.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) pid: Option<u32>,
    process: Option<Process>,
    log: Option<TempDir>,
}

impl Running {
    /// What it counts; `None` for one that does not count as ours does.
    pub(crate) fn metrics(&self) -> Outcome<Option<ServerMetrics>> {
        let metrics = get(self.address, "/metrics")?;
        let metrics = metrics.map(ServerMetrics::of).transpose()?;
        Ok(metrics.filter(|metrics| metrics.get("log_lines_dropped_total").is_ok()))
    }

    /// The processor time that it has had, once it has come to rest.
    pub(crate) fn processor(&self) -> Outcome<Option<Processor>> {
        self.pid.map(Processor::at_rest).transpose()
    }

    /// Ends it, if it was started here; fails if it is gone already, or has lost lines of its log.
    pub(crate) fn end(mut self) -> Outcome<()> {
        if let Some(process) = &mut self.process {
            process.check()?;
        }
        if let Some(metrics) = self.metrics()? {
            let dropped = metrics.get("log_lines_dropped_total")?;
            if dropped > 0 {
                return Err(format!("the server lost {dropped} lines of its log").into());
            }
        }
        // Before its log is taken away.
        drop(self.process);
        drop(self.log);
        Ok(())
    }
}

/// What a path is answered with 200; `None` when it is answered otherwise.
pub(crate) fn get(address: SocketAddr, path: &str) -> Outcome<Option<Vec<u8>>> {
    let mut stream = connect(address)?;
    stream.write_all(&[b"GET ", path.as_bytes(), NO_BODY].concat())?;
    let mut bytes = Vec::new();
    let mut part = vec![0; 16 * 1024];
    loop {
        let read = stream.read(&mut part)?;
        if read == 0 {
            return Err(format!("{path} was answered in part").into());
        }
        bytes.extend_from_slice(&part[..read]);
        if let Some(head) = Head::parse(&bytes)?
            && bytes.len() >= head.size + head.length
        {
            return Ok((head.status == 200).then(|| bytes.split_off(head.size)));
        }
    }
}

/// Where a URL points, which has a host and perhaps a port, and nothing besides.
pub(crate) fn address_of(url: &str) -> Result<SocketAddr, String> {
    let host = url.strip_prefix("http://").ok_or("a URL begins with http://")?.trim_end_matches('/');
    let host = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
    let mut addresses = std::net::ToSocketAddrs::to_socket_addrs(&host).map_err(|error| format!("{host}: {error}"))?;
    addresses.next().ok_or_else(|| format!("{host} has no address"))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn a_url_names_a_host_and_a_port() {
        assert_eq!(address_of("http://127.0.0.1:5000/"), Ok((Ipv4Addr::LOCALHOST, 5000).into()));
        assert_eq!(address_of("http://127.0.0.1"), Ok((Ipv4Addr::LOCALHOST, 80).into()));
        for url in ["127.0.0.1:5000", "http://127.0.0.1:x", "https://127.0.0.1"] {
            address_of(url).expect_err(url);
        }
    }
}
