//! A server's process.

use std::{
    env,
    ffi::OsStr,
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(10);

/// A process that is killed, at the latest, when this is dropped.
#[derive(Debug)]
pub(crate) struct Process(pub(crate) Child);

impl Process {
    /// Starts a program without environment or input, and waits until it listens.
    pub(crate) fn start<A: AsRef<OsStr>>(
        program: &Path,
        arguments: impl IntoIterator<Item = A>,
        log: Stdio,
        address: SocketAddr,
    ) -> io::Result<Self> {
        let mut process = Self::spawn(program, arguments, log)?;
        let begun = Instant::now();
        loop {
            process.check()?;
            match TcpStream::connect(address) {
                Ok(_) => return Ok(process),
                Err(error) if begun.elapsed() > PATIENCE => return Err(error),
                Err(_) => thread::sleep(Duration::from_millis(10)),
            }
        }
    }

    /// Starts a program without environment or input.
    pub(crate) fn spawn<A: AsRef<OsStr>>(
        program: &Path,
        arguments: impl IntoIterator<Item = A>,
        log: Stdio,
    ) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.env_clear().args(arguments).stdin(Stdio::null()).stdout(log).stderr(Stdio::inherit());
        let child = command.spawn();
        child.map(Self).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", program.display())))
    }

    /// Fails if it has ended by itself.
    pub(crate) fn check(&mut self) -> io::Result<()> {
        match self.0.try_wait()? {
            Some(status) => Err(io::Error::other(format!("the server ended with {status}"))),
            None => Ok(()),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A process that has ended cannot be killed, and need not be.
        if self.0.kill().is_ok() {
            self.0.wait().map(drop).unwrap_or_default();
        }
    }
}

/// An address of this machine that nobody listens on.
///
/// It is found by binding it: whatever else wants one takes another port in the moment until the server has it.
pub(crate) fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

/// The server that was built with this program: a folder above it.
pub(crate) fn server_beside_this_program() -> io::Result<PathBuf> {
    let mut path = env::current_exe()?;
    path.pop();
    path.set_file_name("matchmaker");
    Ok(path)
}
