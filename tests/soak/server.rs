//! The server that is played against: a process, and what the system knows of it.

use std::{
    env, fs, io,
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::options::Options;

/// How long the server may take to start, and to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server to play against.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// The process, if it was started here.
    child: Option<Child>,
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
        Self { address, child: None, pid }
    }

    /// Starts the program on a free port of this machine, with these flags and those it is told besides, and with its log
    /// where it is wanted.
    pub(crate) fn start(options: &Options, flags: &[&str], log: Stdio) -> io::Result<Self> {
        let program = options.server.clone().map_or_else(beside_this_program, Ok)?;
        // Found by binding it: whatever else wants one takes another port in the moment until the server has it.
        let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let child = Command::new(&program)
            .env_clear()
            .arg(format!("--port={}", address.port()))
            .args(flags)
            .args(&options.server_flags)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", program.display())))?;
        let pid = child.id();
        let mut server = Self { address, child: Some(child), pid: Some(pid) };
        server.wait_until_it_listens()?;
        Ok(server)
    }

    fn wait_until_it_listens(&mut self) -> io::Result<()> {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.as_mut().and_then(|child| child.try_wait().transpose()).transpose()? {
                return Err(io::Error::other(format!("the server ended at once with {status}")));
            }
            match std::net::TcpStream::connect(self.address) {
                Ok(_) => return Ok(()),
                Err(error) if begun.elapsed() > PATIENCE => return Err(error),
                Err(_) => std::thread::sleep(Duration::from_millis(10)),
            }
        }
    }

    /// What it uses now; `None` when its process is not known.
    pub(crate) fn usage(&self) -> Option<Usage> {
        usage(self.pid?)
    }

    pub(crate) fn terminate(&self) -> io::Result<()> {
        let child = self.child.as_ref().ok_or_else(|| io::Error::other("the server was not started here"))?;
        Ok(kill_process(Pid::from_child(child), Signal::TERM)?)
    }

    /// Tells the server to end, if it was started here, and waits until it has; how long that took.
    pub(crate) fn end(mut self) -> io::Result<Duration> {
        if self.child.is_some() {
            self.terminate()?;
        }
        self.wait()
    }

    /// Waits until the process has ended well; how long that took.
    pub(crate) fn wait(&mut self) -> io::Result<Duration> {
        let begun = Instant::now();
        let Some(child) = self.child.as_mut() else { return Ok(Duration::ZERO) };
        while begun.elapsed() < PATIENCE {
            if let Some(status) = child.try_wait()? {
                self.child = None;
                let well = status.success().then(|| begun.elapsed());
                return well.ok_or_else(|| io::Error::other(format!("the server ended with {status}")));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "the server did not end within ten seconds"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = self.child.as_mut() {
            // After something went wrong; a process that has ended cannot be killed, and need not be.
            if child.kill().is_ok() {
                child.wait().map(drop).unwrap_or_default();
            }
        }
    }
}

/// The server that was built with this program: a folder above it.
fn beside_this_program() -> io::Result<PathBuf> {
    let mut path = env::current_exe()?;
    path.pop();
    path.set_file_name("matchmaker");
    Ok(path)
}

/// What this process uses.
pub(crate) fn own_usage() -> Option<Usage> {
    usage(std::process::id())
}

fn usage(pid: u32) -> Option<Usage> {
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
