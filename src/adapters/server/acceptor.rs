use std::{
    io::{self, ErrorKind},
    net::SocketAddr,
    pin::pin,
    sync::Arc,
    time::Duration,
};

use futures_util::FutureExt;
use socket2::SockRef;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
};

use super::{connection::HttpConnection, wire::prepare, workers::Workers};
use crate::{
    adapters::{
        connection::ConnectionSlot,
        http::Front,
        metrics::{Limit, Metrics},
        problem::Problem,
        shutdown::Shutdown,
        within::within,
    },
    domain::Timestamp,
    ports::Clock,
};

/// How long a refused connection is read on, so that the refusal arrives.
const REFUSAL_TIME: Duration = Duration::from_secs(2);

/// How long accepting rests after it failed, as it does while descriptors are short.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How often failures of accepting are logged at most.
const FAILURE_INTERVAL: Duration = Duration::from_secs(1);

/// Takes connections in at one port.
pub(super) struct Acceptor {
    pub(super) listener: TcpListener,
    pub(super) front: Arc<Front>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) clock: Arc<dyn Clock>,
    /// When to take in no more.
    pub(super) shutdown: Shutdown,
    pub(super) keep_alive: Duration,
    /// One for each connection that may be open.
    pub(super) slots: Arc<Semaphore>,
    /// One for each refused connection that may be read on after its answer; more are closed at once.
    pub(super) refusals: Arc<Semaphore>,
    /// Clones of this are held while HTTP is spoken; when the last is gone the channel says so.
    pub(super) requests: mpsc::Sender<()>,
    /// Likewise while a connection is open, upgraded or not.
    pub(super) connections: mpsc::Sender<()>,
    /// What they are served on.
    pub(super) workers: Workers,
}

impl Acceptor {
    /// Goes on until the server is to go away.
    pub(super) async fn accept(self) {
        let mut shutdown = pin!(self.shutdown.begun());
        let mut failures = Failures::default();
        loop {
            let accepted = tokio::select! {
                biased;
                () = &mut shutdown => break,
                accepted = self.listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => self.open(stream, peer),
                Err(error) if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset) => {
                    tracing::debug!(%error, "a connection broke before it was accepted");
                }
                Err(error) => {
                    failures.count(&error, self.clock.now());
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
        tracing::trace!(%peer, "a connection came");
        if let Err(error) = prepare(&stream) {
            return tracing::debug!(%error, "a connection broke as it was accepted");
        }
        match self.admit(peer) {
            Ok(slot) => {
                let (front, shutdown, clock) =
                    (Arc::clone(&self.front), self.shutdown.clone(), Arc::clone(&self.clock));
                let keep_alive = self.keep_alive;
                let request = self.requests.clone();
                let given = self.workers.serve(stream, move |stream| async move {
                    HttpConnection { stream, peer, front, slot, shutdown, keep_alive, clock }.serve().await;
                    drop(request);
                });
                if let Err(error) = given {
                    tracing::error!(%error, "a connection could not be given to a thread");
                }
            }
            Err(problem) => self.refuse(stream, &problem.into_bytes()),
        }
    }

    /// Gives a connection its place, if there is one.
    fn admit(&self, peer: SocketAddr) -> Result<ConnectionSlot, Problem> {
        let of_address = self.front.edge().admit_connection(peer.ip())?;
        let permit = Arc::clone(&self.slots).try_acquire_owned();
        let permit = permit.map_err(|_| {
            self.metrics.limit_hit(Limit::Connections);
            Problem::at_capacity("as many connections are open as may be: try again later")
        })?;
        Ok(ConnectionSlot::new(permit, of_address, self.connections.clone(), self.metrics.open_connection()))
    }

    /// Answers a connection for which there is no place, and closes it.
    fn refuse(&self, stream: TcpStream, answer: &[u8]) {
        // It fits the empty buffer of a new connection. Not by way of the runtime, which has not heard yet that there is room.
        match SockRef::from(&stream).send(answer) {
            Err(error) => tracing::debug!(%error, "a connection past the bound could not be answered"),
            Ok(_) => {
                if let Ok(permit) = Arc::clone(&self.refusals).try_acquire_owned() {
                    tokio::spawn(linger(stream, permit, Arc::clone(&self.clock)));
                }
            }
        }
    }
}

/// Reads on, since a connection that is closed with unread input may take its last answer with it.
async fn linger(mut stream: TcpStream, _permit: OwnedSemaphorePermit, clock: Arc<dyn Clock>) {
    let discarding = async {
        if stream.shutdown().await.is_ok() {
            let mut discarded = [0; 1024];
            while stream.read(&mut discarded).await.is_ok_and(|read| read > 0) {}
        }
    };
    within(discarding, REFUSAL_TIME, &*clock).await;
}

/// Failures of accepting, so many of which can follow one another that not each has a line in the log.
#[derive(Default)]
struct Failures {
    since_the_last_line: u64,
    logged_at: Option<Timestamp>,
}

impl Failures {
    fn count(&mut self, error: &io::Error, now: Timestamp) {
        self.since_the_last_line += 1;
        if self.logged_at.is_none_or(|logged| now.since(logged) >= FAILURE_INTERVAL) {
            tracing::error!(%error, failures = self.since_the_last_line, "connections could not be accepted");
            *self = Self { since_the_last_line: 0, logged_at: Some(now) };
        }
    }
}
