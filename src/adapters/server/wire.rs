//! What a connection is like, below the requests: what the benchmark's bare route has to have in common with the product.

use std::{io, time::Duration};

use hyper::server::conn::http1;
use hyper_util::rt::TokioTimer;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;

/// How large a connection's read buffer may grow, and so a request's head.
const MAX_HEAD: usize = 16 * 1024;

/// How long a connection is silent before the system asks whether the other side is still there.
const PROBE_AFTER: Duration = Duration::from_mins(1);

/// How long the system waits for an answer before it asks again.
const PROBE_INTERVAL: Duration = Duration::from_secs(15);

/// How often it asks in vain before it gives the connection up.
const PROBES: u32 = 4;

/// Small answers must not wait for the acknowledgement of earlier ones, and a client that vanished without a word must not
/// keep its place.
///
/// # Errors
///
/// When the connection has broken already.
pub fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let probes = TcpKeepalive::new().with_time(PROBE_AFTER).with_interval(PROBE_INTERVAL).with_retries(PROBES);
    SockRef::from(stream).set_tcp_keepalive(&probes)
}

/// How HTTP is spoken on a connection that may wait for so long for its next request.
#[must_use]
pub fn http(keep_alive: Duration) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(keep_alive)
        .max_buf_size(MAX_HEAD)
        // A client may say that it has nothing more to ask, and still wait for its answer.
        .half_close(true);
    http
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn an_accepted_connection_is_probed_and_waits_for_no_acknowledgement() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let connecting = TcpStream::connect(listener.local_addr().expect("an address"));
        let (_client, accepted) = tokio::join!(connecting, listener.accept());
        let (stream, _) = accepted.expect("a connection");

        prepare(&stream).expect("a connection takes its options");

        assert!(stream.nodelay().expect("an option"));
        let socket = SockRef::from(&stream);
        assert!(socket.keepalive().expect("an option"));
        assert_eq!(socket.tcp_keepalive_time().expect("an option"), Duration::from_mins(1));
        assert_eq!(socket.tcp_keepalive_interval().expect("an option"), Duration::from_secs(15));
        assert_eq!(socket.tcp_keepalive_retries().expect("an option"), 4);
    }
}
