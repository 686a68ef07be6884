//! The programs that are measured.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, ErrorKind, Write},
    net::SocketAddr,
    path::PathBuf,
    process::Stdio,
    sync::Once,
    time::SystemTime,
};

use tempfile::TempDir;

use crate::{
    blocking::{connect, read_until},
    client::{
        head::Head,
        metrics::ServerMetrics,
        process::{Process, free_address},
    },
    engine::Outcome,
    listening,
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
    /// Whether it is started for each measurement, so that nothing that is left in it is in anybody's way.
    pub(crate) fn is_started_here(&self) -> bool {
        !matches!(self.origin, Origin::Running(..))
    }

    /// On what terms it is measured, where the measurement asks for these flags.
    pub(crate) fn terms(&self, flags: &[&str]) -> String {
        match (&self.origin, self.flags(flags).join(" ")) {
            (Origin::Running(address, _), _) => format!("on the server that ran at {address} already, as it was set"),
            (_, none) if none.is_empty() => "a server started for each".to_owned(),
            (_, flags) => format!("a server started for each, with {flags}"),
        }
    }

    /// What it is started with where the measurement asks for these flags: those that it was given count instead of the same.
    pub(crate) fn flags(&self, flags: &[&str]) -> Vec<String> {
        let Origin::Server(_, own) = &self.origin else { return Vec::new() };
        let is_own = |flag: &str| own.iter().any(|own| name(own) == name(flag));
        flags.iter().filter(|flag| !is_own(flag)).map(ToString::to_string).chain(own.iter().cloned()).collect()
    }

    /// The value of a flag that it was given.
    pub(crate) fn value_of(&self, flag: &str) -> Option<&str> {
        let Origin::Server(_, own) = &self.origin else { return None };
        let place = own.iter().position(|own| name(own) == flag)?;
        own[place].split_once('=').map(|(_, value)| value).or_else(|| own.get(place + 1).map(String::as_str))
    }

    /// Fails in words that name it.
    pub(crate) fn named<T>(&self, outcome: Outcome<T>) -> Outcome<T> {
        outcome.map_err(|error| {
            let refused = error.downcast_ref::<io::Error>().map(io::Error::kind) == Some(ErrorKind::ConnectionRefused);
            let hint = if refused { ": is it running?" } else { "" };
            match &self.origin {
                Origin::Running(address, _) => format!("{} at {address}: {error}{hint}", self.name).into(),
                Origin::Server(program, _) | Origin::Floor(program) => {
                    format!("{}, {}: {error}", self.name, program.display()).into()
                }
            }
        })
    }

    /// Has it run with these flags, if it is started here.
    pub(crate) fn start(&self, flags: &[&str]) -> Outcome<Running> {
        let program = match &self.origin {
            Origin::Server(program, _) | Origin::Floor(program) => program,
            Origin::Running(address, pid) => {
                pid.map_or(Ok(()), |pid| listening::check(pid, address.port()))?;
                return Ok(Running { address: *address, pid: *pid, process: None, log: None, counts: Counts::Perhaps });
            }
        };
        let address = free_address()?;
        let log = tempfile::tempdir()?;
        let output = Stdio::from(File::create(log.path().join("log"))?);
        let port = address.port();
        let arguments = match &self.origin {
            Origin::Floor(_) => vec![port.to_string()],
            _ => [format!("--port={port}")].into_iter().chain(self.flags(flags)).collect(),
        };
        let process = Process::start(program, arguments, output, address)?;
        let counts = if matches!(self.origin, Origin::Server(..)) { Counts::Always } else { Counts::Never };
        Ok(Running { address, pid: Some(process.0.id()), process: Some(process), log: Some(log), counts })
    }

    /// The first of many keys under which nobody has asked yet.
    pub(crate) fn first_key(&self) -> u64 {
        if self.is_started_here() {
            return 0;
        }
        // A million later with each second: more than can be asked under, so that none comes again in ten days.
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        u64::try_from(now.as_micros()).unwrap_or_default() % 900_000_000_000
    }

    /// Its program, if it is a server's.
    pub(crate) fn program(&self) -> Option<&PathBuf> {
        match &self.origin {
            Origin::Server(program, _) => Some(program),
            _ => None,
        }
    }
}

/// The name of a flag, without its value.
fn name(flag: &str) -> &str {
    flag.split_once('=').map_or(flag, |(name, _)| name)
}

/// A server that runs.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) pid: Option<u32>,
    process: Option<Process>,
    log: Option<TempDir>,
    /// Whether it is to tell how many lines of its log it has lost.
    counts: Counts,
}

/// Whether a program counts what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counts {
    Never,
    Perhaps,
    Always,
}

impl Running {
    /// What it counts; `None` for one that does not count as ours does.
    pub(crate) fn metrics(&self) -> Outcome<Option<ServerMetrics>> {
        let metrics = get(self.address, "/metrics")?;
        let metrics = metrics.map(ServerMetrics::of).transpose()?;
        Ok(metrics.filter(|metrics| metrics.get("log_lines_dropped_total").is_ok()))
    }

    /// Fails if it has lost lines of its log, or does not tell although it must.
    fn check_its_log(&self) -> Outcome<()> {
        let metrics = match self.counts {
            Counts::Never => return Ok(()),
            Counts::Perhaps => self.metrics().unwrap_or_default(),
            Counts::Always => {
                let metrics = self.metrics()?;
                Some(metrics.ok_or("the server does not tell at /metrics how many lines of its log it has lost")?)
            }
        };
        let Some(metrics) = metrics else {
            not_told();
            return Ok(());
        };
        match metrics.get("log_lines_dropped_total")? {
            0 => Ok(()),
            dropped => Err(format!("the server lost {dropped} lines of its log").into()),
        }
    }

    /// How many lines of its log hold these words; `None` when it has no log here.
    pub(crate) fn log_lines(&self, words: &str) -> Outcome<Option<u64>> {
        let Some(folder) = &self.log else { return Ok(None) };
        let mut count = 0;
        for line in BufReader::new(File::open(folder.path().join("log"))?).lines() {
            count += u64::from(line?.contains(words));
        }
        Ok(Some(count))
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
        self.check_its_log()?;
        // Before its log is taken away.
        drop(self.process);
        drop(self.log);
        Ok(())
    }
}

/// Tells once that lost lines of a log are not counted.
fn not_told() {
    static TOLD: Once = Once::new();
    TOLD.call_once(|| eprint!(" (dropped log lines: not told) …"));
}

/// What a path is answered with 200; `None` when it is answered otherwise.
pub(crate) fn get(address: SocketAddr, path: &str) -> Outcome<Option<Vec<u8>>> {
    let mut stream = connect(address)?;
    stream.write_all(&[b"GET ", path.as_bytes(), NO_BODY].concat())?;
    let mut bytes = Vec::new();
    let head = read_until(&mut stream, &mut bytes, |bytes| {
        let head = Head::parse(bytes)?;
        Ok(head.filter(|head| bytes.len() >= head.size + head.length))
    })?;
    Ok((head.status == 200).then(|| bytes.split_off(head.size)))
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

    #[test]
    fn a_flag_that_was_given_counts_instead_of_the_measurement_s_own() {
        let own = ["--max-waiting", "7", "--log-level=warn"].map(ToOwned::to_owned).to_vec();
        let subject = Subject { name: "server".to_owned(), origin: Origin::Server("matchmaker".into(), own) };
        let flags = subject.flags(&["--max-waiting=10", "--max-matches=10"]);
        assert_eq!(flags, ["--max-matches=10", "--max-waiting", "7", "--log-level=warn"]);
        assert_eq!(subject.value_of("--max-waiting"), Some("7"));
        assert_eq!(subject.value_of("--log-level"), Some("warn"));
        assert_eq!(subject.value_of("--max-matches"), None);
    }
}
