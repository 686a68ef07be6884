use std::{net::IpAddr, sync::Arc, time::Duration};

use futures_util::FutureExt;
use hyper::{Request, body::Incoming};
use warp::{
    http::{HeaderValue, Method, StatusCode, Uri},
    reply::Response,
};

use crate::{
    adapters::{
        call::{self, Call, REQUEST_ID},
        metrics::Metrics,
    },
    ports::Clock,
};

/// How much of a path is logged: what a client sends should not be what fills the log.
const MAX_LOGGED_PATH: usize = 256;

/// The account that is kept of every request: its id, its metrics and, where it is wanted, its line in the access log.
#[derive(Clone)]
pub struct Account {
    /// Where requests are counted.
    pub metrics: Arc<Metrics>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Whether every request is logged.
    pub access_log: bool,
}

impl Account {
    /// Answers a request, and keeps account of it. What is mapped is kept once, what is awaited twice: as what an async
    /// block was given, and as what it waits for.
    pub(super) fn of<A>(
        &self,
        client: IpAddr,
        request: Request<Incoming>,
        answer: impl FnOnce(Request<Incoming>) -> A,
    ) -> impl Future<Output = Response>
    where
        A: Future<Output = Response>,
    {
        let begun = self.clock.now();
        let call = Call::new(request.headers());
        let line = self.access_log.then(|| AccessLine::of(client, request.method(), request.uri()));
        call.encompass(answer(request).map(move |mut response| {
            let time = self.clock.now().since(begun);
            self.metrics.answered(call::route(), response.status(), time);
            if let Some(line) = line {
                line.write(response.status(), time);
            }
            if let Some(id) = call::with_request_id(|id| HeaderValue::from_str(id?).ok()) {
                response.headers_mut().insert(REQUEST_ID, id);
            }
            response
        }))
    }
}

/// What is kept of a request for its line in the access log.
struct AccessLine {
    client: IpAddr,
    method: Method,
    path: String,
}

impl AccessLine {
    fn of(client: IpAddr, method: &Method, target: &Uri) -> Self {
        Self { client, method: method.clone(), path: logged_path(target) }
    }

    fn write(self, status: StatusCode, time: Duration) {
        let Self { client, method, path } = self;
        let status = status.as_u16();
        // Of a fixed form: as a number it would be written 5.5e-5.
        let duration_microseconds = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        tracing::info!(%method, %path, status, duration_microseconds, %client, "request answered");
    }
}

/// The target's path without its query, in which somebody may have put a secret against all advice.
pub(super) fn logged_path(target: &Uri) -> String {
    let path = target.path();
    match path.char_indices().nth(MAX_LOGGED_PATH) {
        Some((end, _)) => format!("{}…", &path[..end]),
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logged(target: &str) -> String {
        logged_path(&target.parse().expect("a request target"))
    }

    #[test]
    fn a_path_is_logged_without_its_query() {
        assert_eq!(logged("/api/find-match?token=secret"), "/api/find-match");
        assert_eq!(logged("http://host/ws?token=secret#fragment"), "/ws");
        assert_eq!(logged("host:443"), "");
    }

    #[test]
    fn a_long_path_is_cut() {
        let longest = format!("/{}", "x".repeat(255));
        assert_eq!(logged(&longest), longest);
        assert_eq!(logged(&format!("{longest}y")), format!("{longest}…"));
    }
}
