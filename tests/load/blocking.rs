//! Connections that are read one after the other, before or beside those that the engine waits for.

use std::{
    io::{ErrorKind, Read},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use crate::engine::{Outcome, PATIENCE};

/// The most that one connection may send before it makes sense.
pub(crate) const LONGEST: usize = 1024 * 1024;

/// A connection that sends at once, and that waits no longer than anything may take.
pub(crate) fn connect(address: SocketAddr) -> Outcome<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Reads until this makes something of what has been read, within the time that an answer may take, whole.
pub(crate) fn read_until<T>(
    stream: &mut TcpStream,
    bytes: &mut Vec<u8>,
    parse: impl Fn(&[u8]) -> Outcome<Option<T>>,
) -> Outcome<T> {
    let until = Instant::now() + PATIENCE;
    let mut part = [0; 16 * 1024];
    loop {
        let read = read_by(stream, &mut part, until)?;
        bytes.extend_from_slice(&part[..read]);
        if let Some(parsed) = parse(bytes)? {
            return Ok(parsed);
        }
        if read == 0 {
            return Err(format!("the server closed a connection after: {}", beginning(bytes)).into());
        }
        if bytes.len() > LONGEST {
            return Err(format!("an answer is longer than {LONGEST} bytes: {}", beginning(bytes)).into());
        }
    }
}

fn read_by(stream: &mut TcpStream, part: &mut [u8], until: Instant) -> Outcome<usize> {
    let left = until.saturating_duration_since(Instant::now());
    // A time of zero would be none.
    stream.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
    match stream.read(part) {
        Ok(_) if left.is_zero() => Err(late()),
        Ok(read) => Ok(read),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Err(late()),
        Err(error) => Err(error.into()),
    }
}

fn late() -> crate::engine::Wrong {
    format!("no whole answer came within {} s", PATIENCE.as_secs()).into()
}

/// As much as a person reads.
fn beginning(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(500)]).into_owned()
}

#[cfg(test)]
mod tests {
    use std::{io::Write, net::TcpListener, thread};

    use super::*;

    #[test]
    fn an_answer_without_an_end_is_given_up() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let mut stream = connect(listener.local_addr().expect("an address")).expect("a connection");
        let (mut other, _) = listener.accept().expect("the same connection");
        thread::spawn(move || {
            // Until the other side has had enough.
            while other.write_all(&[b'x'; 4096]).is_ok() {}
        });
        let error = read_until(&mut stream, &mut Vec::new(), |_| Ok(None::<()>)).expect_err("it has no end");
        assert!(error.to_string().contains("longer than"), "{error}");
    }
}
