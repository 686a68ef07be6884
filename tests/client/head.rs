//! The head of an HTTP answer.

use std::io;

/// The most headers that an answer may have.
const MAX_HEADERS: usize = 32;

/// What of a head matters to a client that keeps its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// How many bytes the head itself has.
    pub(crate) size: usize,
    pub(crate) status: u16,
    /// How many bytes of body follow.
    pub(crate) length: usize,
    /// Whether the server closes the connection after it.
    pub(crate) closes: bool,
}

impl Head {
    /// The head that these bytes begin with; `None` while it is not complete.
    pub(crate) fn parse(bytes: &[u8]) -> io::Result<Option<Self>> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut answer = httparse::Response::new(&mut headers);
        let httparse::Status::Complete(size) = answer.parse(bytes).map_err(|error| invalid(&error.to_string()))? else {
            return Ok(None);
        };
        let status = answer.code.ok_or_else(|| invalid("no status"))?;
        let mut head = Self { size, status, length: 0, closes: false };
        for header in answer.headers {
            let value = std::str::from_utf8(header.value).map_err(|_| invalid("a header that is no text"))?;
            if header.name.eq_ignore_ascii_case("content-length") {
                head.length = value.parse().map_err(|_| invalid("no length"))?;
            } else if header.name.eq_ignore_ascii_case("connection") {
                head.closes = value.eq_ignore_ascii_case("close");
            } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
                return Err(invalid("a body without a length"));
            }
        }
        Ok(Some(head))
    }
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\nconnection: Close\r\n\r\n{\"status\":";

    #[test]
    fn a_head_tells_its_status_and_what_follows() {
        let head = Head::parse(ANSWER).expect("a head").expect("a whole one");
        assert_eq!(head, Head { size: ANSWER.len() - 10, status: 200, length: 20, closes: true });
    }

    #[test]
    fn half_a_head_is_none_yet() {
        for length in 0..ANSWER.len() - 10 {
            assert_eq!(Head::parse(&ANSWER[..length]).expect("the beginning of one"), None, "{length}");
        }
    }

    #[test]
    fn what_is_no_head_is_refused() {
        for bytes in ["GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n"] {
            Head::parse(bytes.as_bytes()).expect_err(bytes);
        }
        Head::parse(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").expect_err("its length is not known");
    }
}
