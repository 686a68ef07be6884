//! `matchmaker check`: asks a running server over its own API whether it is ready.

use std::{io, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{Request, StatusCode, client::conn::http1, header::HOST};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::TcpStream;

/// As much of an answer as is read; what is longer does not come from this server.
const MAX_ANSWER: usize = 64 * 1024;

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
    NoAnswer(#[from] hyper::Error),
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
    let stream = TcpStream::connect((host.as_str(), *port)).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // It ends with this call's runtime, if not before.
    tokio::spawn(connection);
    let request = Request::get("/readyz").header(HOST, "localhost").body(Empty::<Bytes>::new());
    let response = sender.send_request(request.expect("every part of it is valid")).await?;
    let status = response.status();
    if status == StatusCode::OK {
        return Ok(());
    }
    let body = Limited::new(response.into_body(), MAX_ANSWER).collect().await;
    let problem = body.ok().and_then(|body| serde_json::from_slice::<Problem>(&body.to_bytes()).ok());
    let detail = problem.map_or_else(|| "it gives no reason".to_owned(), |problem| one_line(&problem.detail));
    Err(NotReady::Refused { status, detail })
}

/// Whoever answers may be anybody, and its words go to a terminal.
fn one_line(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}
