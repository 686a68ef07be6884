//! `matchmaker check`: asks a running server over its own API whether it is ready.

use std::{
    io::{self, ErrorKind},
    time::Duration,
};

use serde::Deserialize;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use warp::http::StatusCode;

const REQUEST: &[u8] = b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

/// What stands between the head of an answer and its body.
const HEAD_END: &[u8] = b"\r\n\r\n";

/// As much of an answer as is read; what is longer does not come from this server.
const MAX_ANSWER: u64 = 64 * 1024;

/// Whom to ask, and how long to wait for the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckSettings {
    /// A name, or an IP address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// How long the whole may take.
    pub timeout: Duration,
}

/// Why a server is not ready to serve.
#[derive(Debug, thiserror::Error)]
enum NotReady {
    #[error("cannot connect: {0}")]
    Unreachable(#[from] io::Error),
    #[error("no HTTP answer: {0}")]
    NoAnswer(io::Error),
    #[error("no answer within {}", humantime::format_duration(*.0))]
    TimedOut(Duration),
    #[error("/readyz answered {status}: {detail}")]
    Refused { status: StatusCode, detail: String },
}

/// The part of a problem document that is for people.
#[derive(Deserialize)]
struct Problem {
    detail: String,
}

/// Asks once. Gives the code to exit with: 0 for a server that is ready, and 1, with one line on standard error, for any
/// other.
pub async fn check(settings: &CheckSettings) -> i32 {
    let answer = tokio::time::timeout(settings.timeout, ask(settings)).await;
    match answer.unwrap_or(Err(NotReady::TimedOut(settings.timeout))) {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("error: {} port {} is not ready: {error}", settings.host, settings.port);
            1
        }
    }
}

async fn ask(CheckSettings { host, port, .. }: &CheckSettings) -> Result<(), NotReady> {
    let mut stream = TcpStream::connect((host.as_str(), *port)).await?;
    // A server that is full answers before it is asked, and may have closed by now: what it said is there to be read.
    let sent = stream.write_all(REQUEST).await;
    let (answer, end) = read(stream).await;
    let Some(Answer { status, body, .. }) = Answer::parse(&answer) else {
        let nothing = if answer.is_empty() { ErrorKind::UnexpectedEof } else { ErrorKind::InvalidData };
        return Err(NotReady::NoAnswer(sent.and(end).err().unwrap_or_else(|| nothing.into())));
    };
    if status == StatusCode::OK {
        return Ok(());
    }
    let problem = serde_json::from_slice::<Problem>(body).ok();
    let detail = problem.map_or_else(|| "it gives no reason".to_owned(), |problem| one_line(&problem.detail));
    Err(NotReady::Refused { status, detail })
}

/// Reads an answer up to its end, or what there is of it, and how that ended.
async fn read(stream: TcpStream) -> (Vec<u8>, io::Result<()>) {
    let mut stream = stream.take(MAX_ANSWER);
    let mut answer = Vec::new();
    loop {
        match stream.read_buf(&mut answer).await {
            Ok(0) => return (answer, Ok(())),
            Ok(_) if Answer::parse(&answer).is_some_and(|answer| answer.is_whole()) => return (answer, Ok(())),
            Ok(_) => {}
            Err(error) => return (answer, Err(error)),
        }
    }
}

/// As much of an answer as matters here.
struct Answer<'a> {
    status: StatusCode,
    length: Option<usize>,
    body: &'a [u8],
}

impl<'a> Answer<'a> {
    /// What begins with a whole head, which has to be text; else nothing.
    fn parse(answer: &'a [u8]) -> Option<Self> {
        let end = answer.windows(HEAD_END.len()).position(|bytes| bytes == HEAD_END)?;
        let mut lines = str::from_utf8(&answer[..end]).ok()?.split("\r\n");
        let mut status_line = lines.next()?.splitn(3, ' ');
        status_line.next().filter(|version| version.starts_with("HTTP/1."))?;
        let status = status_line.next()?.parse().ok()?;
        let mut headers = lines.filter_map(|line| line.split_once(':'));
        let length = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let length = length.and_then(|(_, length)| length.trim().parse().ok());
        Some(Self { status, length, body: &answer[end + HEAD_END.len()..] })
    }

    fn is_whole(&self) -> bool {
        self.status == StatusCode::OK || self.length.is_some_and(|length| self.body.len() >= length)
    }
}

/// Whoever answers may be anybody, and its words go to a terminal.
fn one_line(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}
