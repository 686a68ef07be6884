use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use hyper::{Request, body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use warp::http::{HeaderValue, header::CONNECTION};

use super::wire::http;
use crate::{
    adapters::{
        connection::{AnswerTimeout, ConnectionSlot},
        http::Front,
        metrics::Limit,
        shutdown::Shutdown,
    },
    domain::Timestamp,
    ports::Clock,
};

/// How long the first request's head may take, from the connection on.
pub(super) const FIRST_HEAD_TIME: Duration = Duration::from_secs(10);

/// One connection on which HTTP is spoken, until it ends or becomes a WebSocket.
pub(super) struct HttpConnection {
    pub(super) stream: TcpStream,
    pub(super) peer: SocketAddr,
    pub(super) front: Arc<Front>,
    pub(super) slot: ConnectionSlot,
    pub(super) shutdown: Shutdown,
    /// How long the head of a further request may take, from the last answer on.
    pub(super) keep_alive: Duration,
    pub(super) clock: Arc<dyn Clock>,
}

impl HttpConnection {
    /// Serves it until it ends. Until its client speaks it costs no more than its place, so that a crowd that connects at
    /// once takes no more memory for its requests than those in work at the same time.
    pub(super) async fn serve(self) {
        let head_is_due = self.clock.now().after(FIRST_HEAD_TIME);
        if self.is_spoken_to(head_is_due).await {
            Box::pin(self.converse(head_is_due)).await;
        }
    }

    /// Returns whether the client has said anything, once it has or it is too late.
    async fn is_spoken_to(&self, too_late: Timestamp) -> bool {
        let mut first = [0];
        tokio::select! {
            biased;
            // A look, since the system's word that there is something to read is at times not true.
            seen = self.stream.peek(&mut first) => seen.is_ok_and(|bytes| bytes > 0),
            () = self.clock.sleep_until(too_late) => {
                self.front.metrics().limit_hit(Limit::FirstHead);
                false
            }
            () = self.shutdown.connections_close() => false,
        }
    }

    async fn converse(self, head_is_due: Timestamp) {
        let Self { stream, peer, front, slot, shutdown, keep_alive, clock } = self;
        let metrics = Arc::clone(front.metrics());
        let asked = Arc::new(AtomicBool::new(false));
        let nothing_asked = until_nothing_was_asked(Arc::clone(&asked), head_is_due, Arc::clone(&clock));
        // One count of the connection's own for each request, instead of several that all threads share.
        let surroundings = Arc::new((front, slot, shutdown.clone()));
        let service = service_fn(move |request: Request<Incoming>| {
            asked.store(true, Ordering::Relaxed);
            let surroundings = Arc::clone(&surroundings);
            async move {
                let (front, slot, going_away) = &*surroundings;
                let mut response = front.answer(peer, slot, request).await;
                if going_away.has_begun() {
                    response.headers_mut().entry(CONNECTION).or_insert(HeaderValue::from_static("close"));
                }
                Ok::<_, Infallible>(response)
            }
        });
        let connection = http(keep_alive)
            .serve_connection(TokioIo::new(AnswerTimeout::new(stream, clock, Arc::clone(&metrics))), service)
            .with_upgrades();
        let mut connection = pin!(connection);
        let result = tokio::select! {
            result = &mut connection => result,
            () = nothing_asked => {
                metrics.limit_hit(Limit::FirstHead);
                Ok(())
            }
            () = shutdown.connections_close() => {
                connection.as_mut().graceful_shutdown();
                tokio::select! {
                    result = connection => result,
                    () = shutdown.completed() => Ok(()),
                }
            }
        };
        if let Err(error) = result {
            if error.is_parse() {
                metrics.limit_hit(Limit::Parser);
            }
            tracing::debug!(%error, "a connection broke");
        }
    }
}

/// Returns if the time of the first request's head is over and no request has come; else never.
async fn until_nothing_was_asked(asked: Arc<AtomicBool>, head_is_due: Timestamp, clock: Arc<dyn Clock>) {
    clock.sleep_until(head_is_due).await;
    if asked.load(Ordering::Relaxed) {
        std::future::pending::<()>().await;
    }
}
