//! One of the connections that the engine waits for.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use socket2::SockRef;

use crate::{blocking::LONGEST, engine::Outcome};

/// A connection, and what came that is not complete yet.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    pub(crate) begun: Vec<u8>,
    /// For a lane: since when an answer is owed, if one is.
    pub(crate) owes: Option<Instant>,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream) -> Outcome<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self { stream, begun: Vec::new(), owes: None })
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> Outcome<()> {
        // What is sent is short, and one thing at a time, so that there is always room.
        let sent = self.stream.write(bytes)?;
        if sent < bytes.len() { Err("a connection took half a message".into()) } else { Ok(()) }
    }

    /// Keeps what came and is not complete.
    pub(crate) fn keep(&mut self, begun: Vec<u8>) -> Outcome<()> {
        if begun.len() > LONGEST {
            return Err(format!("more than {LONGEST} bytes came that make no answer").into());
        }
        self.begun = begun;
        Ok(())
    }

    /// Ends it with a reset.
    pub(crate) fn reset(self) {
        // Without this it ends in an orderly way, which is as good but for the port.
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)).unwrap_or_default();
    }

    /// Whatever has come, or `None` when nothing has after all.
    pub(crate) fn receive<'a>(&mut self, buffer: &'a mut [u8]) -> Outcome<Option<&'a [u8]>> {
        match self.stream.read(buffer) {
            Ok(0) => Err("the server closed a connection".into()),
            Ok(read) => Ok(Some(&buffer[..read])),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
