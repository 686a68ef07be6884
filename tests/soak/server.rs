//! The server that is played against: a process, and what the system knows of it.

use std::{
    fs, io,
    net::SocketAddr,
    ops::Add,
    path::PathBuf,
    process::Stdio,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{
    client::process::{Process, free_address, server_beside_this_program},
    options::Options,
};

/// How long the server may take to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server to play against.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// The process, if it was started here.
    process: Option<Process>,
    pid: Option<u32>,
}

/// What the system says of a process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// Resident memory in KiB.
    pub(crate) memory: u64,
    pub(crate) descriptors: usize,
    /// Processor time since the start, in hundredths of a second.
    pub(crate) processor: u64,
}

impl Server {
    /// One that runs already.
    pub(crate) const fn running(address: SocketAddr, pid: Option<u32>) -> Self {
        Self { address, process: None, pid }
    }

    /// Starts the program on a free port of this machine, with these flags and those it is told besides, and with its log
    /// where it is wanted.
    pub(crate) fn start(options: &Options, flags: &[&str], log: Stdio) -> io::Result<Self> {
        let program = program(options)?;
        let address = free_address()?;
        let port = format!("--port={}", address.port());
        let arguments = [port.as_str()].into_iter().chain(flags.iter().copied());
        let arguments = arguments.chain(options.server_flags.iter().map(String::as_str));
        let process = Process::start(&program, arguments, log, address)?;
        let pid = process.0.id();
        Ok(Self { address, process: Some(process), pid: Some(pid) })
    }

    /// What it uses now; `None` when its process is not known.
    pub(crate) fn usage(&self) -> Option<Usage> {
        usage(self.pid?)
    }

    pub(crate) fn terminate(&self) -> io::Result<()> {
        let process = self.process.as_ref().ok_or_else(|| io::Error::other("the server was not started here"))?;
        Ok(kill_process(Pid::from_child(&process.0), Signal::TERM)?)
    }

    /// Tells the server to end, if it was started here, and waits until it has; how long that took.
    pub(crate) fn end(mut self) -> io::Result<Duration> {
        if self.process.is_some() {
            self.terminate()?;
        }
        self.wait()
    }

    /// Waits until the process has ended well; how long that took.
    pub(crate) fn wait(&mut self) -> io::Result<Duration> {
        let begun = Instant::now();
        let Some(Process(child)) = self.process.as_mut() else { return Ok(Duration::ZERO) };
        while begun.elapsed() < PATIENCE {
            if let Some(status) = child.try_wait()? {
                self.process = None;
                let well = status.success().then(|| begun.elapsed());
                return well.ok_or_else(|| io::Error::other(format!("the server ended with {status}")));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "the server did not end within ten seconds"))
    }
}

impl Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            memory: self.memory + other.memory,
            descriptors: self.descriptors + other.descriptors,
            processor: self.processor + other.processor,
        }
    }
}

/// The program of the server.
pub(crate) fn program(options: &Options) -> io::Result<PathBuf> {
    options.server.clone().map_or_else(server_beside_this_program, Ok)
}

/// What the soak uses.
pub(crate) fn own_usage() -> Option<Usage> {
    usage(std::process::id())
}

/// What this process uses; `None` when there is none.
pub(crate) fn usage(pid: u32) -> Option<Usage> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let memory = memory.trim().strip_suffix(" kB")?.parse().ok()?;
    let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count();
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name before may hold spaces; after it come the state and ten numbers, then the times in user and kernel mode.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let (user, kernel): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(Usage { memory, descriptors, processor: user + kernel })
}
