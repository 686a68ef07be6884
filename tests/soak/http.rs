//! A lean HTTP client: requests on connections that are kept alive, a lane each.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    client::{head::Head, metrics::ServerMetrics},
    metrics::Metrics,
};

/// How long an answer may take.
const ANSWER_TIME: Duration = Duration::from_secs(10);

/// A lane that was idle for so long is not used again: the server might close it just then.
const IDLE_TIME: Duration = Duration::from_secs(20);

/// What the server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    closes: bool,
}

/// One connection that carries a request at a time.
#[derive(Debug)]
pub(crate) struct Lane {
    stream: TcpStream,
    buffer: Vec<u8>,
    used: Instant,
}

impl Lane {
    pub(crate) async fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(1024), used: Instant::now() })
    }

    /// Sends a request and waits for its answer; no longer than an answer may take.
    pub(crate) async fn call(&mut self, request: &[u8]) -> io::Result<Answer> {
        let exchange = async {
            self.stream.write_all(request).await?;
            self.read_answer().await
        };
        let answer = tokio::time::timeout(ANSWER_TIME, exchange).await;
        answer.unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "no answer in ten seconds")))
    }

    /// Reads one answer.
    pub(crate) async fn read_answer(&mut self) -> io::Result<Answer> {
        self.buffer.clear();
        let Head { size, status, length, closes } = loop {
            if let Some(head) = Head::parse(&self.buffer)? {
                break head;
            }
            self.read_more().await?;
        };
        while self.buffer.len() < size + length {
            self.read_more().await?;
        }
        if self.buffer.len() > size + length {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "more than the answer came"));
        }
        self.used = Instant::now();
        Ok(Answer { status, body: self.buffer[size..].to_vec(), closes })
    }

    /// Ends the connection with a reset, as a host that is gone does.
    pub(crate) fn reset(self) {
        // Without this it ends in an orderly way, which is as good.
        self.stream.set_zero_linger().unwrap_or_default();
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// An answer that breaks off is told apart from one that never began, however the connection ended.
    async fn read_more(&mut self) -> io::Result<()> {
        let begun = !self.buffer.is_empty();
        match self.stream.read_buf(&mut self.buffer).await {
            Ok(read) if read > 0 => Ok(()),
            Ok(_) | Err(_) if begun => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "half an answer")),
            Ok(_) => Err(io::Error::new(io::ErrorKind::ConnectionAborted, "closed unanswered")),
            Err(error) => Err(error),
        }
    }
}

/// A request of the API that says nothing of who makes it.
pub(crate) fn request(method: &str, target: &str, body: &str) -> Vec<u8> {
    request_by(None, method, target, body)
}

/// A request of the API by whom this token names.
pub(crate) fn request_by(token: Option<&str>, method: &str, target: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let kind = if body.is_empty() { "" } else { "content-type: application/json\r\n" };
    let by = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
    format!("{method} {target} HTTP/1.1\r\nhost: soak\r\n{by}{kind}content-length: {length}\r\n\r\n{body}").into_bytes()
}

/// The ways to the servers, which are called by turns.
pub(crate) struct Lanes {
    nodes: Vec<Node>,
    /// Whose turn it is, where callers have no turns of their own.
    turn: AtomicU32,
}

/// One server, and the lanes to it that are free, the one used last first.
struct Node {
    address: SocketAddr,
    free: Mutex<Vec<Lane>>,
}

impl Lanes {
    pub(crate) fn new(addresses: &[SocketAddr]) -> Self {
        let nodes = addresses.iter().map(|&address| Node { address, free: Mutex::default() }).collect();
        Self { nodes, turn: AtomicU32::new(0) }
    }

    /// The server whose turn it is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address_at(self.next_turn())
    }

    /// The server that a caller with turns of his own has come to.
    pub(crate) fn address_at(&self, turn: u32) -> SocketAddr {
        self.node(turn).address
    }

    /// A lane for one caller, who has come to this turn.
    pub(crate) async fn take_at(&self, turn: u32) -> io::Result<Lane> {
        self.node(turn).take().await
    }

    /// Sends a request on some lane to the server whose turn it is.
    pub(crate) async fn call(&self, request: &[u8]) -> io::Result<Answer> {
        self.call_at(self.next_turn(), request).await
    }

    /// Sends a request on some lane to the server that a caller with turns of his own has come to.
    pub(crate) async fn call_at(&self, turn: u32, request: &[u8]) -> io::Result<Answer> {
        self.node(turn).call(request).await
    }

    /// What the servers count.
    pub(crate) async fn metrics(&self) -> io::Result<Metrics> {
        let mut all = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            all.push(ServerMetrics::of(node.call(&request("GET", "/metrics", "")).await?.body)?);
        }
        Ok(Metrics::of(all))
    }

    /// Closes every lane that is free.
    pub(crate) fn close(&self) {
        for node in &self.nodes {
            node.free.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }

    fn node(&self, turn: u32) -> &Node {
        &self.nodes[turn as usize % self.nodes.len()]
    }

    fn next_turn(&self) -> u32 {
        self.turn.fetch_add(1, Ordering::Relaxed)
    }
}

impl Node {
    async fn take(&self) -> io::Result<Lane> {
        let free = {
            let mut lanes = self.free.lock().unwrap_or_else(PoisonError::into_inner);
            lanes.pop().filter(|lane| lane.used.elapsed() < IDLE_TIME)
        };
        match free {
            Some(lane) => Ok(lane),
            None => Lane::connect(self.address).await,
        }
    }

    async fn call(&self, request: &[u8]) -> io::Result<Answer> {
        let mut lane = self.take().await?;
        let answer = lane.call(request).await?;
        if !answer.closes {
            self.free.lock().unwrap_or_else(PoisonError::into_inner).push(lane);
        }
        Ok(answer)
    }
}
