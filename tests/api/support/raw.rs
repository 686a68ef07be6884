//! Bytes on a TCP connection, for what no library would send.

use std::{io, net::SocketAddr};

use hyper::{HeaderMap, StatusCode, header::HeaderName};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

use super::{Answer, soon};

/// A connection without any manners of its own.
pub(crate) struct Raw {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Raw {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        Self::open_on(TcpSocket::new_v4().expect("a socket"), address).await
    }

    pub(crate) async fn open_on(socket: TcpSocket, address: SocketAddr) -> Self {
        let stream = soon("a connection opens", socket.connect(address)).await.expect("the server listens");
        Self { stream, read: Vec::new() }
    }

    pub(crate) fn into_stream(self) -> TcpStream {
        self.stream
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.try_send(bytes).await.expect("the connection takes what is sent");
    }

    /// The server may have closed the connection already.
    pub(crate) async fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        soon("the connection takes what is sent", self.stream.write_all(bytes.as_ref())).await
    }

    /// Nothing more will be sent, and all that comes is read.
    pub(crate) async fn finish(&mut self) {
        soon("the connection is half closed", self.stream.shutdown()).await.expect("a half-closed connection");
    }

    /// The next answer, whose length its head tells; `method` is what was asked with, since HEAD has no body.
    pub(crate) async fn answer_to(&mut self, method: &str) -> Answer {
        let head = soon("an answer's head", self.read_to(b"\r\n\r\n")).await;
        let (status, headers) = parse_head(&head);
        let length = headers
            .get("content-length")
            .map_or(0, |length| length.to_str().expect("text").parse::<usize>().expect("a length"));
        let length = if method == "HEAD" { 0 } else { length };
        soon("an answer's body", async {
            while self.read.len() < length {
                self.fill().await;
            }
        })
        .await;
        let text = String::from_utf8(self.read.drain(..length).collect()).expect("every body is text");
        Answer { status, headers, text }
    }

    pub(crate) async fn answer(&mut self) -> Answer {
        self.answer_to("GET").await
    }

    /// Exactly so many of the bytes that come next.
    pub(crate) async fn bytes(&mut self, count: usize) -> Vec<u8> {
        soon("more bytes", async {
            while self.read.len() < count {
                self.fill().await;
            }
        })
        .await;
        self.read.drain(..count).collect()
    }

    /// All that comes until the server closes the connection.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        let end = soon("the connection is closed", self.stream.read_to_end(&mut self.read)).await;
        end.expect("the connection is closed in good order");
        std::mem::take(&mut self.read)
    }

    /// The server closes the connection, in whatever manner, without another byte.
    pub(crate) async fn assert_closed(&mut self) {
        let end = soon("the connection is closed", self.stream.read_to_end(&mut self.read)).await;
        assert!(self.read.is_empty(), "{:?} came", String::from_utf8_lossy(&self.read));
        // A reset is a close, too.
        assert!(end.is_ok() || end.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionReset));
    }

    async fn read_to(&mut self, end: &[u8]) -> String {
        loop {
            if let Some(at) = self.read.windows(end.len()).position(|window| window == end) {
                let head = self.read.drain(..at + end.len()).collect();
                return String::from_utf8(head).expect("a head is text");
            }
            self.fill().await;
        }
    }

    async fn fill(&mut self) {
        let count = self.stream.read_buf(&mut self.read).await.expect("the connection lives");
        assert_ne!(count, 0, "the server closed the connection after {:?}", String::from_utf8_lossy(&self.read));
    }
}

fn parse_head(head: &str) -> (StatusCode, HeaderMap) {
    let mut lines = head.split("\r\n").filter(|line| !line.is_empty());
    let status_line = lines.next().expect("a status line");
    let status = status_line.split(' ').nth(1).expect("a status").parse().expect("a status");
    let header = |line: &str| {
        let (name, value) = line.split_once(": ").expect("a header has a name");
        (name.parse::<HeaderName>().expect("a header's name"), value.parse().expect("a header's value"))
    };
    (status, lines.map(header).collect())
}
