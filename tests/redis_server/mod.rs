//! A real Redis for tests: a process of its own on a free port of this machine, with its data in a folder that goes with it.
//!
//! It speaks blocking Rust alone, so that it can be used from any test. Its own tests use all of it, so that whoever includes
//! it may use a part.

mod options;
pub(crate) mod port;
mod program;
pub(crate) mod reply;
#[cfg(test)]
mod tests;

use std::{
    fs::File,
    io,
    net::{Ipv4Addr, SocketAddr},
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use options::Login;
pub(crate) use options::Options;
use program::Program;
use reply::{Connection, Reply};

/// How long anything that must happen may take; only a failing test ever waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

/// How many ports are tried, each of which somebody else may take first.
const MOST_TRIES: usize = 5;

/// A running Redis, which is killed when this is dropped.
pub(crate) struct RedisServer {
    program: Program,
    options: Options,
    folder: TempDir,
    address: SocketAddr,
    child: Child,
}

impl RedisServer {
    /// Starts one and waits until it answers.
    ///
    /// `None` where no program is installed that could be started, which one line on standard error has told then: the test
    /// is left out.
    pub(crate) fn start(options: Options) -> Option<Self> {
        let program = Program::find()?;
        let folder = tempfile::tempdir().expect("a temporary folder");
        for _ in 0..MOST_TRIES {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port::free()));
            let mut child = spawn(&program, &options, &folder, address);
            if ready(&mut child, address, &options) {
                return Some(Self { program, options, folder, address, child });
            }
        }
        panic!("Redis ends as soon as it is started, and says: {}", log(&folder));
    }

    /// Whether there is a program that could be started; says nothing where there is none.
    pub(crate) fn is_installed() -> bool {
        Program::look().is_some()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address as the server takes it, with the password where there is one.
    pub(crate) fn url(&self) -> String {
        self.url_at(self.address)
    }

    /// The same, where something else stands before this Redis.
    pub(crate) fn url_at(&self, address: SocketAddr) -> String {
        let user = self.options.login().map(Login::in_url).unwrap_or_default();
        format!("redis://{user}{address}/0")
    }

    /// Ends it on the spot, as a machine that loses its power does; nothing is written any more.
    pub(crate) fn kill(&mut self) {
        kill(&mut self.child);
    }

    /// Starts it again after it was killed, on the same port, with what it has on disk.
    pub(crate) fn restart(&mut self) {
        assert!(matches!(self.child.try_wait(), Ok(Some(_))), "only a Redis that was killed is started again");
        self.child = spawn(&self.program, &self.options, &self.folder, self.address);
        let ready = ready(&mut self.child, self.address, &self.options);
        assert!(ready, "Redis does not start again, and says: {}", log(&self.folder));
    }

    /// Stops it where it stands: connections stay, and nothing is answered.
    pub(crate) fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on after a pause.
    pub(crate) fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// What it answers to a command, each line of a longer answer on a line of its own.
    pub(crate) fn command(&self, words: &[&str]) -> String {
        self.attempt(words).unwrap_or_else(|error| panic!("{words:?} was refused: {error}"))
    }

    /// The same; what it refuses is its error.
    pub(crate) fn attempt(&self, words: &[&str]) -> Result<String, String> {
        let asked = Connection::open(self.address, self.options.login(), PATIENCE)
            .and_then(|mut connection| connection.ask(words))
            .unwrap_or_else(|error| panic!("{words:?} was not answered: {error}"));
        match asked {
            Reply::Error(error) => Err(error),
            reply => Ok(reply.to_string()),
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("the process lives");
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        kill(&mut self.child);
    }
}

fn spawn(program: &Program, options: &Options, folder: &TempDir, address: SocketAddr) -> Child {
    let log = File::options().create(true).append(true).open(folder.path().join("log")).expect("a file for the log");
    program
        .command()
        .args(["--bind", &address.ip().to_string(), "--port", &address.port().to_string()])
        .args(options.arguments())
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stderr(log.try_clone().expect("a file for the log"))
        .stdout(log)
        .spawn()
        .expect("the program starts")
}

/// Waits until it answers; `false` when it has ended instead.
fn ready(child: &mut Child, address: SocketAddr, options: &Options) -> bool {
    let begun = Instant::now();
    while child.try_wait().expect("a child can be asked").is_none() {
        if serves(child, address, options.login()).is_ok_and(|serves| serves) {
            return true;
        }
        assert!(begun.elapsed() < PATIENCE, "Redis does not answer at {address}");
        // A process tells nobody when it begins to listen.
        thread::sleep(Duration::from_millis(5));
    }
    false
}

/// Whether it is this process that answers, and not another that took the port first; not while it still loads its data.
fn serves(child: &Child, address: SocketAddr, login: Option<&Login>) -> io::Result<bool> {
    let mut connection = Connection::open(address, login, PATIENCE)?;
    let told = connection.ask(&["INFO", "server"])?.to_string();
    let ours = told.lines().any(|line| line == format!("process_id:{}", child.id()));
    Ok(ours && connection.ask(&["PING"])? == Reply::Text("PONG".to_owned()))
}

fn kill(child: &mut Child) {
    // A process that has ended cannot be killed, and need not be.
    child.kill().unwrap_or_default();
    child.wait().expect("a killed process ends");
}

fn log(folder: &TempDir) -> String {
    std::fs::read_to_string(folder.path().join("log")).unwrap_or_else(|error| error.to_string())
}
