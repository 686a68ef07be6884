use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Child, ChildStdout, Command, Output, Stdio},
    sync::{
        Mutex,
        mpsc::{self, Receiver},
    },
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tokio_tungstenite::tungstenite::{Message, WebSocket, client};

/// How long anything that must happen may take; only a failing test ever waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

/// The program, with nothing of this process's environment that could be a setting.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_matchmaker"));
    command.env_clear().stdin(Stdio::null());
    command
}

/// What the program says when it ends by itself.
pub(crate) fn ended(command: &mut Command) -> Output {
    command.output().expect("the program starts")
}

/// What it said on standard error, once it is ended.
fn complaint(child: &mut Child) -> String {
    let mut said = String::new();
    let ended = child.kill().and_then(|()| child.stderr.take().expect("a pipe").read_to_string(&mut said));
    ended.map_or_else(|error| error.to_string(), |_| said)
}

/// It ended with one line on standard error, nothing on standard output, and code 2; gives the line.
pub(crate) fn refusal(command: &mut Command) -> String {
    let output = ended(command);
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with("error: ") && said.ends_with('\n'), "{said}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    said
}

/// A running server.
pub(crate) struct Running {
    child: Child,
    /// Behind a lock, so that several threads can call one server.
    lines: Mutex<Receiver<String>>,
    pub(crate) address: SocketAddr,
    /// The lines that came before it.
    pub(crate) before: Vec<String>,
    /// The line that told the address.
    pub(crate) listening: String,
}

impl Running {
    /// Starts the program on a free port, which its log tells.
    pub(crate) fn start(flags: &[&str]) -> Self {
        let mut child = program()
            .arg("--port=0")
            .args(flags)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let lines = lines_of(child.stdout.take().expect("a pipe"));
        let mut before = Vec::new();
        let listening = loop {
            let Ok(line) = lines.recv_timeout(PATIENCE) else {
                panic!("it does not listen with {flags:?}, and says {before:?}, {:?}", complaint(&mut child))
            };
            if line.contains("listening") {
                break line;
            }
            before.push(line);
        };
        let words = listening.split([' ', '"']).map(|word| word.trim_start_matches("address="));
        let port = words.filter_map(|word| word.parse::<SocketAddr>().ok()).map(|address| address.port()).next();
        let address = SocketAddr::from(([127, 0, 0, 1], port.expect("an address")));
        Self { child, lines: Mutex::new(lines), address, before, listening }
    }

    /// The next line of the log.
    pub(crate) fn line(&self) -> String {
        self.lines.lock().expect("no panic").recv_timeout(PATIENCE).expect("a line of the log")
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("the server listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream
    }

    /// The status line and the body of the answer to a request.
    pub(crate) fn call(&self, method: &str, target: &str, body: &str) -> (u16, String) {
        self.call_with("", method, target, body)
    }

    /// The same, with a header more, if it is not empty.
    pub(crate) fn call_with(&self, header: &str, method: &str, target: &str, body: &str) -> (u16, String) {
        let mut stream = self.connect();
        let mut headers = "host: x\r\nconnection: close\r\ncontent-type: application/json".to_owned();
        if !header.is_empty() {
            headers = format!("{headers}\r\n{header}");
        }
        let length = body.len();
        write!(stream, "{method} {target} HTTP/1.1\r\n{headers}\r\ncontent-length: {length}\r\n\r\n{body}")
            .expect("a request is sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let status = answer.split(' ').nth(1).expect("a status").parse().expect("a status");
        let (_, body) = answer.split_once("\r\n\r\n").expect("a head");
        (status, body.to_owned())
    }

    pub(crate) fn find(&self, player: &str) -> String {
        let body = format!(r#"{{"game":"chess","asset":"ETH","amount":"0.000000000000000001","playerId":"{player}"}}"#);
        let (status, answer) = self.call("POST", "/api/find-match", &body);
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// A WebSocket that is registered for the player.
    pub(crate) fn register(&self, player: &str) -> WebSocket<TcpStream> {
        let (mut socket, _) = client("ws://matchmaker.test/ws", self.connect()).expect("a handshake");
        socket
            .send(Message::text(format!(r#"{{"type":"register","playerId":"{player}"}}"#)))
            .expect("a message is sent");
        let registered = socket.read().expect("an answer").into_text().expect("text");
        assert!(registered.contains("registered"), "{registered}");
        socket
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("the process lives");
    }

    /// Waits for the end, within so much time; it ends with code 0 and has said nothing on standard error. Gives the lines
    /// of the log that were not read.
    pub(crate) fn expect_end(mut self, within: Duration) -> Vec<String> {
        let begun = Instant::now();
        // The log ends when the process does.
        let mut rest = Vec::new();
        while let Ok(line) = self.lines.get_mut().expect("no panic").recv_timeout(PATIENCE) {
            rest.push(line);
        }
        let status = self.child.wait().expect("the process ends");
        assert!(begun.elapsed() < within, "it took {:?}", begun.elapsed());
        assert_eq!(status.code(), Some(0));
        let mut said = String::new();
        let stderr = self.child.stderr.as_mut().expect("a pipe");
        stderr.read_to_string(&mut said).expect("text");
        assert_eq!(said, "");
        rest
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // After a test that failed; a process that has ended cannot be killed, and need not be.
        if self.child.kill().is_ok() {
            self.child.wait().expect("a killed process ends");
        }
    }
}

/// Reads lines on a thread of its own, so that a line can be waited for no longer than one may.
fn lines_of(output: ChildStdout) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines() {
            if sender.send(line.expect("text")).is_err() {
                return;
            }
        }
    });
    receiver
}
