//! One server, as a process.

use std::{
    fs::{self, File},
    io::{self, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{PATIENCE, proxy::Proxy, redis_server::port};

/// How many ports are tried, each of which somebody else may take first.
const MOST_TRIES: usize = 5;

/// A server that keeps its port from one process to the next.
pub(crate) struct Node {
    pub(crate) address: SocketAddr,
    /// What lies between it and Redis.
    pub(crate) proxy: Option<Proxy>,
    arguments: Vec<String>,
    log: PathBuf,
    child: Mutex<Child>,
}

impl Node {
    /// Starts one and waits until it can serve; its log goes to this file.
    pub(crate) fn start(arguments: &[String], log: &Path, proxy: Option<Proxy>) -> Self {
        for _ in 0..MOST_TRIES {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port::free()));
            let mut child = spawn(address, arguments, log);
            if serves(&mut child, address) {
                let (arguments, log) = (arguments.to_vec(), log.to_owned());
                return Self { address, proxy, arguments, log, child: Mutex::new(child) };
            }
        }
        panic!("the server does not start with {arguments:?}, and says: {}", tail(log));
    }

    /// Ends it on the spot.
    pub(crate) fn kill(&self) {
        let mut child = self.child.lock().expect("no thread panicked");
        child.kill().expect("it lives");
        child.wait().expect("a killed process ends");
    }

    /// Asks it to end; nothing is waited for.
    pub(crate) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Stops it where it is, as a machine that is moved to another host.
    pub(crate) fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on.
    pub(crate) fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let child = self.child.lock().expect("no thread panicked");
        kill_process(Pid::from_child(&child), signal).expect("it lives");
    }

    /// Waits for its end, in good order, after it was asked.
    pub(crate) fn expect_end(&self) {
        let status = self.end();
        assert!(status.success(), "{status}: {}", tail(&self.log));
    }

    /// Waits for its end by itself, as one that cannot go on; gives what it said last.
    pub(crate) fn expect_refusal(&self) -> String {
        let status = self.end();
        assert_eq!(status.code(), Some(2), "{}", tail(&self.log));
        tail(&self.log)
    }

    /// Starts another server with more flags, which is to end by itself as one that cannot run so; gives what it says.
    pub(crate) fn refusal_of_another(&self, flags: &[&str]) -> String {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port::free()));
        let output = command(address, &self.arguments).args(flags).output().expect("the program starts");
        let said = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(2), "{said}");
        said
    }

    /// Starts another server with more flags, and waits until it can serve.
    pub(crate) fn another(&self, flags: &[&str]) -> Self {
        let arguments: Vec<String> =
            self.arguments.iter().cloned().chain(flags.iter().map(|&flag| flag.into())).collect();
        Self::start(&arguments, &self.log.with_extension("another"), None)
    }

    fn end(&self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            let ended = self.child.lock().expect("no thread panicked").try_wait().expect("a child can be asked");
            if let Some(status) = ended {
                return status;
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end: {}", tail(&self.log));
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Starts it again, on the same port, once it has ended.
    pub(crate) fn restart(&self) {
        let mut child = self.child.lock().expect("no thread panicked");
        assert!(matches!(child.try_wait(), Ok(Some(_))), "only a node that has ended is started again");
        *child = spawn(self.address, &self.arguments, &self.log);
        assert!(serves(&mut child, self.address), "it does not start again: {}", tail(&self.log));
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let child = self.child.get_mut().expect("no thread panicked");
        // A process that has ended cannot be killed, and need not be.
        if child.kill().is_ok() {
            child.wait().expect("a killed process ends");
        }
        if thread::panicking() {
            eprintln!("the log of {} ends so:\n{}", self.address, tail(&self.log));
        }
    }
}

fn spawn(address: SocketAddr, arguments: &[String], log: &Path) -> Child {
    let log = File::options().create(true).append(true).open(log).expect("a file for the log");
    command(address, arguments)
        .stderr(log.try_clone().expect("a file for the log"))
        .stdout(log)
        .spawn()
        .expect("the program starts")
}

fn command(address: SocketAddr, arguments: &[String]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_matchmaker"));
    command.env_clear().arg(format!("--port={}", address.port())).args(arguments).stdin(Stdio::null());
    command
}

/// Waits until it can serve; `false` when it has ended instead.
fn serves(child: &mut Child, address: SocketAddr) -> bool {
    let begun = Instant::now();
    while child.try_wait().expect("a child can be asked").is_none() {
        if is_ready(address).is_ok_and(|ready| ready) {
            return true;
        }
        assert!(begun.elapsed() < PATIENCE, "nobody serves at {address}");
        thread::sleep(Duration::from_millis(5));
    }
    false
}

/// It listens before it has found its Redis, and answers only then.
fn is_ready(address: SocketAddr) -> io::Result<bool> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: nodes\r\nconnection: close\r\n\r\n")?;
    Ok(io::read_to_string(stream)?.starts_with("HTTP/1.1 200 "))
}

fn tail(log: &Path) -> String {
    const LINES: usize = 60;
    let text = fs::read_to_string(log).unwrap_or_else(|error| error.to_string());
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}
