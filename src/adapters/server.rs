//! The listener: connections in, warp's routes behind them, and an orderly end.

mod connection;

use std::{io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use connection::HttpConnection;
use futures_util::{FutureExt, future::select};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
};

use super::{
    connection::ConnectionSlot,
    http::Front,
    metrics::{Limit, Metrics},
    problem::Problem,
    shutdown::Shutdown,
    websocket::SocketHub,
};
use crate::ports::Clock;

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 4096;

/// How many connections past the bound are read on at the same time after their answer; more are closed at once.
const MAX_REFUSALS: usize = 128;

/// How long a refused connection is read on, so that the refusal arrives.
const REFUSAL_TIME: Duration = Duration::from_secs(2);

/// How long accepting rests after it failed, as it does while descriptors are short.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long connections are kept once the server is going away, so that what was sent before is read and answered.
const LAST_CALL: Duration = Duration::from_millis(500);

/// How long requests in flight may take after that.
const REQUESTS_TIME: Duration = Duration::from_secs(4);

/// How long the sockets may take to close after that; each has two seconds from its close frame on.
const SOCKETS_TIME: Duration = Duration::from_millis(2500);

/// The port could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {cause}; choose another address with --host and --port")]
pub struct ListenError {
    address: SocketAddr,
    #[source]
    cause: io::Error,
}

/// Opens the port.
///
/// # Errors
///
/// When the address cannot be bound: it is in use, not this machine's, or not permitted.
pub fn listen(address: SocketAddr) -> Result<TcpListener, ListenError> {
    let listen = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listen().map_err(|cause| ListenError { address, cause })
}

/// Serves routes on a listener until the server is to go away.
pub struct Server {
    /// Where connections come in.
    pub listener: TcpListener,
    /// What answers them.
    pub front: Arc<Front>,
    /// The sockets that are closed at the end.
    pub hub: Arc<SocketHub>,
    /// Where open connections are counted.
    pub metrics: Arc<Metrics>,
    /// The most connections that may be open at once, sockets included.
    pub max_connections: usize,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// When to go away.
    pub shutdown: Shutdown,
}

impl Server {
    /// Serves until the shutdown begins, then answers the requests in flight, closes the sockets and returns: within
    /// seven seconds, whatever clients do.
    pub async fn run(self) {
        let Self { listener, front, hub, metrics, max_connections, clock, shutdown } = self;
        let (requests, mut requests_done) = mpsc::channel(1);
        let (connections, mut connections_done) = mpsc::channel(1);
        let acceptor = Acceptor {
            listener,
            front,
            metrics,
            clock: Arc::clone(&clock),
            shutdown: shutdown.clone(),
            slots: Arc::new(Semaphore::new(max_connections.min(Semaphore::MAX_PERMITS))),
            refusals: Arc::new(Semaphore::new(MAX_REFUSALS)),
            requests,
            connections,
        };
        acceptor.accept().await;
        drop(acceptor);
        wait(requests_done.recv(), LAST_CALL, &*clock).await;
        shutdown.close_connections();
        wait(requests_done.recv(), REQUESTS_TIME, &*clock).await;
        hub.close_all();
        wait(connections_done.recv(), SOCKETS_TIME, &*clock).await;
        shutdown.complete();
    }
}

async fn wait<T>(done: impl Future<Output = T>, time: Duration, clock: &dyn Clock) {
    select(pin!(done), clock.sleep_until(clock.now().after(time))).await;
}

/// Takes connections in.
struct Acceptor {
    listener: TcpListener,
    front: Arc<Front>,
    metrics: Arc<Metrics>,
    clock: Arc<dyn Clock>,
    shutdown: Shutdown,
    slots: Arc<Semaphore>,
    refusals: Arc<Semaphore>,
    /// Clones of this are held while HTTP is spoken; when the last is gone the channel says so.
    requests: mpsc::Sender<()>,
    /// Likewise while a connection is open, upgraded or not.
    connections: mpsc::Sender<()>,
}

impl Acceptor {
    /// Goes on until the server is to go away.
    async fn accept(&self) {
        let mut shutdown = pin!(self.shutdown.begun());
        loop {
            let accepted = tokio::select! {
                biased;
                () = &mut shutdown => break,
                accepted = self.listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => self.open(stream, peer),
                Err(error) => {
                    tracing::error!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        // Clients whose connections stand open already, as far as they can tell, are answered too.
        while let Some(Ok((stream, peer))) = self.listener.accept().now_or_never() {
            self.open(stream, peer);
        }
    }

    fn open(&self, stream: TcpStream, peer: SocketAddr) {
        // Small answers must not wait for the acknowledgement of earlier ones.
        if let Err(error) = stream.set_nodelay(true) {
            return tracing::debug!(%error, "a connection broke as it was accepted");
        }
        if let Ok(permit) = Arc::clone(&self.slots).try_acquire_owned() {
            let slot = ConnectionSlot::new(permit, self.connections.clone(), self.metrics.open_connection());
            let (front, shutdown, clock) = (Arc::clone(&self.front), self.shutdown.clone(), Arc::clone(&self.clock));
            let connection = HttpConnection { stream, peer, front, slot, shutdown, clock };
            let request = self.requests.clone();
            tokio::spawn(async move {
                connection.serve().await;
                drop(request);
            });
        } else if let Ok(permit) = Arc::clone(&self.refusals).try_acquire_owned() {
            self.metrics.limit_hit(Limit::Connections);
            tokio::spawn(refuse(stream, permit, Arc::clone(&self.clock)));
        } else {
            self.metrics.limit_hit(Limit::Connections);
            if let Err(error) = stream.try_write(&too_many_connections()) {
                tracing::debug!(%error, "a connection past the bound could not be answered");
            }
        }
    }
}

fn too_many_connections() -> Vec<u8> {
    Problem::at_capacity("as many connections are open as may be: try again later").into_bytes()
}

/// Answers a connection past the bound, and closes it.
async fn refuse(mut stream: TcpStream, _permit: OwnedSemaphorePermit, clock: Arc<dyn Clock>) {
    let refusal = async {
        if stream.write_all(&too_many_connections()).await.is_ok() && stream.shutdown().await.is_ok() {
            let mut discarded = [0; 1024];
            while stream.read(&mut discarded).await.is_ok_and(|read| read > 0) {}
        }
    };
    wait(refusal, REFUSAL_TIME, &*clock).await;
}
