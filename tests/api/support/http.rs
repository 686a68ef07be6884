//! HTTP as well-behaved clients speak it.

use std::net::SocketAddr;

use http_body_util::{BodyExt, Full};
use hyper::{
    HeaderMap, Request, StatusCode,
    body::{Bytes, Incoming},
    client::conn::http1::{self, SendRequest},
};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use super::soon;

/// A request without a body; a header or two can be added.
pub(crate) fn request(method: &str, target: &str) -> hyper::http::request::Builder {
    Request::builder().method(method).uri(target).header("host", "matchmaker.test")
}

/// A connection that is kept alive from one request to the next.
pub(crate) struct Connection(SendRequest<Full<Bytes>>);

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let stream = soon("a connection opens", TcpStream::connect(address)).await.expect("the server listens");
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.expect("HTTP needs no handshake");
        tokio::spawn(connection);
        Self(sender)
    }

    pub(crate) async fn send(&mut self, request: Request<Full<Bytes>>) -> Answer {
        soon("the connection takes a request", self.0.ready()).await.expect("the connection lives");
        let response = soon("an answer", self.0.send_request(request)).await.expect("an answer");
        Answer::read(response).await
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    async fn read(response: hyper::Response<Incoming>) -> Self {
        let (parts, body) = response.into_parts();
        let body = soon("the answer's body", body.collect()).await.expect("a whole body").to_bytes();
        let text = String::from_utf8(body.into()).expect("every body is text");
        Self { status: parts.status, headers: parts.headers, text }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("every header is text"))
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// It is a 200 with exactly these members.
    #[track_caller]
    pub(crate) fn assert_ok(&self, members: &Value) {
        assert_eq!(self.status, 200, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/json"));
        assert_eq!(self.json(), *members);
    }

    /// It is a 200 that tells of a match, and nothing else; gives the match's id.
    #[track_caller]
    pub(crate) fn match_id(&self) -> String {
        let id = self.json()["matchId"].as_str().unwrap_or_else(|| panic!("no match in {self:?}")).to_owned();
        self.assert_ok(&json!({"status": "matched", "matchId": id}));
        id
    }

    #[track_caller]
    pub(crate) fn assert_waiting(&self) {
        self.assert_ok(&json!({"status": "waiting"}));
    }

    /// It is a problem document with this code, and beside the five members that all have, exactly `more`.
    #[track_caller]
    pub(crate) fn assert_problem_with(&self, status: u16, code: &str, more: &Value) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let Value::Object(mut document) = self.json() else { panic!("no object: {self:?}") };
        for member in ["type", "title", "detail"] {
            let value = document.remove(member);
            let text = value.as_ref().and_then(Value::as_str).unwrap_or_default();
            assert!(!text.is_empty(), "{member} is missing in {self:?}");
        }
        assert_eq!(document.remove("status"), Some(json!(status)), "{self:?}");
        assert_eq!(document.remove("code"), Some(json!(code)), "{self:?}");
        assert_eq!(Value::Object(document), *more, "{self:?}");
    }

    #[track_caller]
    pub(crate) fn assert_problem(&self, status: u16, code: &str) {
        self.assert_problem_with(status, code, &json!({}));
    }

    #[track_caller]
    pub(crate) fn assert_invalid(&self, field: &str) {
        self.assert_problem_with(422, "invalid_field", &json!({"field": field}));
    }

    #[track_caller]
    pub(crate) fn assert_header(&self, name: &str, value: &str) {
        assert_eq!(self.header(name), Some(value), "{self:?}");
    }

    /// It asks the client to come again in some seconds.
    #[track_caller]
    pub(crate) fn assert_retry_after(&self) {
        let seconds = self.header("retry-after").and_then(|value| value.parse::<u64>().ok());
        assert!(seconds.is_some_and(|seconds| seconds > 0), "{self:?}");
    }
}
