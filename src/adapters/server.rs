//! The listener: connections in, warp's routes behind them, and an orderly end.

use std::{convert::Infallible, io, net::SocketAddr, panic::AssertUnwindSafe, pin::pin, sync::Arc, time::Duration};

use futures_util::{FutureExt, future::select};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
};
use tower_service::Service;
use warp::{filters::BoxedFilter, reply::Response};

use super::{
    http::{Problem, check_target},
    metrics::{Metrics, Open},
    shutdown::Shutdown,
    websocket::SocketHub,
};
use crate::ports::Clock;

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 4096;

/// How long the next request's headers may take, on a new connection and on one that is kept alive.
const HEADER_TIME: Duration = Duration::from_secs(75);

/// How large a connection's read buffer may grow, and so a request's head.
const MAX_HEAD: usize = 16 * 1024;

/// How many connections past the bound are answered at the same time; more are closed without an answer.
const MAX_REFUSALS: usize = 64;

/// How long a refused connection is read on, so that the refusal arrives.
const REFUSAL_TIME: Duration = Duration::from_secs(2);

/// How long accepting rests after it failed, as it does while descriptors are short.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long requests in flight may take once the server is going away.
const REQUESTS_TIME: Duration = Duration::from_secs(5);

/// How long the sockets may take to close after that.
const SOCKETS_TIME: Duration = Duration::from_secs(3);

/// A place among the connections that may be open at once, kept until the last clone is gone.
#[derive(Clone)]
pub(crate) struct ConnectionSlot {
    _place: Arc<(OwnedSemaphorePermit, mpsc::Sender<()>, Open)>,
}

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
    pub routes: BoxedFilter<(Response,)>,
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
    /// eight seconds, whatever clients do.
    pub async fn run(self) {
        let Self { listener, routes, hub, metrics, max_connections, clock, shutdown } = self;
        let (requests, mut requests_done) = mpsc::channel(1);
        let (connections, mut connections_done) = mpsc::channel(1);
        let connection = Connection {
            routes,
            metrics,
            clock: Arc::clone(&clock),
            shutdown: shutdown.clone(),
            slots: Arc::new(Semaphore::new(max_connections.min(Semaphore::MAX_PERMITS))),
            refusals: Arc::new(Semaphore::new(MAX_REFUSALS)),
            requests,
            connections,
        };
        accept(&listener, &connection).await;
        drop((listener, connection));
        wait(requests_done.recv(), REQUESTS_TIME, &*clock).await;
        hub.close_all();
        wait(connections_done.recv(), SOCKETS_TIME, &*clock).await;
        shutdown.complete();
    }
}

async fn wait<T>(done: impl Future<Output = T>, time: Duration, clock: &dyn Clock) {
    select(pin!(done), clock.sleep_until(clock.now().after(time))).await;
}

/// What serving a connection takes.
struct Connection {
    routes: BoxedFilter<(Response,)>,
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

async fn accept(listener: &TcpListener, connection: &Connection) {
    let mut shutdown = pin!(connection.shutdown.begun());
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut shutdown => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => connection.open(stream),
            Err(error) => {
                tracing::error!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

impl Connection {
    fn open(&self, stream: TcpStream) {
        // Small answers must not wait for the acknowledgement of earlier ones.
        if let Err(error) = stream.set_nodelay(true) {
            return tracing::debug!(%error, "a connection broke as it was accepted");
        }
        if let Ok(permit) = Arc::clone(&self.slots).try_acquire_owned() {
            let slot =
                ConnectionSlot { _place: Arc::new((permit, self.connections.clone(), self.metrics.open_connection())) };
            tokio::spawn(serve(stream, self.routes.clone(), slot, self.shutdown.clone(), self.requests.clone()));
        } else if let Ok(permit) = Arc::clone(&self.refusals).try_acquire_owned() {
            tokio::spawn(refuse(stream, permit, Arc::clone(&self.clock)));
        }
    }
}

async fn serve(
    stream: TcpStream,
    routes: BoxedFilter<(Response,)>,
    slot: ConnectionSlot,
    shutdown: Shutdown,
    _request: mpsc::Sender<()>,
) {
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(slot.clone());
        answer(routes.clone(), request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let result = tokio::select! {
        result = &mut connection => result,
        () = shutdown.begun() => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                result = connection => result,
                () = shutdown.completed() => Ok(()),
            }
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, "a connection broke");
    }
}

/// Answers a request, whatever becomes of it.
async fn answer(routes: BoxedFilter<(Response,)>, request: Request<Incoming>) -> Result<Response, Infallible> {
    if let Err(problem) = check_target(request.uri()) {
        return Ok(problem.into_response());
    }
    let (method, target) = (request.method().clone(), request.uri().clone());
    AssertUnwindSafe(warp::service(routes).call(request)).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!(%method, %target, "a request ended in a panic");
        Ok(Problem::internal().into_response())
    })
}

/// Answers a connection past the bound, and closes it.
async fn refuse(mut stream: TcpStream, _permit: OwnedSemaphorePermit, clock: Arc<dyn Clock>) {
    let refusal = async {
        let answer = Problem::at_capacity("as many connections are open as may be: try again later").into_bytes();
        if stream.write_all(&answer).await.is_ok() && stream.shutdown().await.is_ok() {
            let mut discarded = [0; 1024];
            while stream.read(&mut discarded).await.is_ok_and(|read| read > 0) {}
        }
    };
    wait(refusal, REFUSAL_TIME, &*clock).await;
}
