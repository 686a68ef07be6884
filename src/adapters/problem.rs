//! Refusals: one stable code each, on both transports.

use std::{borrow::Cow, time::Duration};

use serde::Serialize;
use serde_json::value::RawValue;
use warp::{
    http::{HeaderValue, StatusCode, header::CONTENT_TYPE},
    reply::Response,
};

use crate::{
    adapters::json,
    domain::{MatchId, QueueKey},
    matchmaking::Unavailable,
};

const MEDIA_TYPE: &str = "application/problem+json";

/// What a client can tell one refusal from another by: never changes its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    MalformedJson,
    BadHandshake,
    Unauthenticated,
    Forbidden,
    ForbiddenOrigin,
    NotFound,
    MethodNotAllowed,
    AlreadyWaiting,
    AlreadyMatched,
    BodyTooSlow,
    BodyTooLarge,
    UnsupportedMediaType,
    InvalidField,
    UpgradeRequired,
    RateLimited,
    TooManyConnections,
    Internal,
    AtCapacity,
    StoreUnavailable,
    ShuttingDown,
}

impl Code {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::MalformedJson => "malformed_json",
            Self::BadHandshake => "bad_handshake",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::ForbiddenOrigin => "forbidden_origin",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::AlreadyWaiting => "already_waiting",
            Self::AlreadyMatched => "already_matched",
            Self::BodyTooSlow => "body_too_slow",
            Self::BodyTooLarge => "body_too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::InvalidField => "invalid_field",
            Self::UpgradeRequired => "upgrade_required",
            Self::RateLimited => "rate_limited",
            Self::TooManyConnections => "too_many_connections",
            Self::Internal => "internal",
            Self::AtCapacity => "at_capacity",
            Self::StoreUnavailable => "store_unavailable",
            Self::ShuttingDown => "shutting_down",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::MalformedJson => "The body is not JSON",
            Self::BadHandshake => "The WebSocket handshake is broken",
            Self::Unauthenticated => "Nobody knows who makes the call",
            Self::Forbidden => "The call is not the caller's to make",
            Self::ForbiddenOrigin => "Pages of this origin may not call here",
            Self::NotFound => "There is nothing here",
            Self::MethodNotAllowed => "The method is not allowed here",
            Self::AlreadyWaiting => "The player waits under another key",
            Self::AlreadyMatched => "The player is in a match",
            Self::BodyTooSlow => "The body took too long",
            Self::BodyTooLarge => "The body is too large",
            Self::UnsupportedMediaType => "The body's media type is not supported",
            Self::InvalidField => "A field is not valid",
            Self::UpgradeRequired => "A WebSocket handshake is required",
            Self::RateLimited => "There were too many calls",
            Self::TooManyConnections => "The address has too many connections",
            Self::Internal => "The server made a mistake",
            Self::AtCapacity => "The server is full",
            Self::StoreUnavailable => "A store is unavailable",
            Self::ShuttingDown => "The server is shutting down",
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::MalformedJson | Self::BadHandshake => StatusCode::BAD_REQUEST,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::ForbiddenOrigin => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::AlreadyWaiting | Self::AlreadyMatched => StatusCode::CONFLICT,
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::InvalidField => StatusCode::UNPROCESSABLE_ENTITY,
            Self::UpgradeRequired => StatusCode::UPGRADE_REQUIRED,
            Self::RateLimited | Self::TooManyConnections => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::AtCapacity | Self::StoreUnavailable | Self::ShuttingDown => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// A refusal, as RFC 9457 writes it.
#[derive(Debug)]
pub(crate) struct Problem {
    code: Code,
    detail: Cow<'static, str>,
    field: Option<&'static str>,
    key: Option<Box<QueueKey>>,
    match_id: Option<MatchId>,
    /// Headers' names, in lower case, and their values.
    headers: Vec<(&'static str, Cow<'static, str>)>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    game: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    asset: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    match_id: Option<String>,
}

impl Problem {
    pub(crate) fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, detail: detail.into(), field: None, key: None, match_id: None, headers: Vec::new() }
    }

    /// What is still to come of the body cannot be told from a next request, so the connection ends.
    pub(crate) fn body_too_slow() -> Self {
        Self::new(Code::BodyTooSlow, "the body did not arrive within 10 seconds: repeat the call")
            .with("connection", "close")
    }

    /// `challenge` says what kind of token would do.
    pub(crate) fn unauthenticated(detail: impl Into<Cow<'static, str>>, challenge: &'static str) -> Self {
        Self::new(Code::Unauthenticated, detail).with("www-authenticate", challenge)
    }

    pub(crate) fn forbidden(detail: &'static str) -> Self {
        Self::new(Code::Forbidden, detail)
    }

    pub(crate) fn not_found(detail: &'static str) -> Self {
        Self::new(Code::NotFound, detail)
    }

    pub(crate) fn invalid_field(field: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { field: Some(field), ..Self::new(Code::InvalidField, detail) }
    }

    pub(crate) fn method_not_allowed(allow: &'static str) -> Self {
        let detail = format!("this path answers {allow}");
        Self::new(Code::MethodNotAllowed, detail).with("allow", allow)
    }

    pub(crate) fn upgrade_required() -> Self {
        let detail = "this path opens a WebSocket: send a GET with Connection: Upgrade and Upgrade: websocket";
        Self::new(Code::UpgradeRequired, detail).with("upgrade", "websocket")
    }

    pub(crate) fn version_required() -> Self {
        Self::new(Code::UpgradeRequired, "this server speaks WebSocket version 13")
            .with("sec-websocket-version", "13")
            .with("upgrade", "websocket")
    }

    pub(crate) fn already_waiting(key: &QueueKey) -> Self {
        let detail = format!("the player waits under {key}; leave that queue first, or ask for the same");
        Self { key: Some(Box::new(key.clone())), ..Self::new(Code::AlreadyWaiting, detail) }
    }

    pub(crate) fn already_matched(id: MatchId) -> Self {
        let detail = format!("the player is in match {id}; it must be finished first");
        Self { match_id: Some(id), ..Self::new(Code::AlreadyMatched, detail) }
    }

    pub(crate) fn at_capacity(detail: &'static str) -> Self {
        Self::new(Code::AtCapacity, detail).with("retry-after", "5")
    }

    /// `wait` is how long it takes until a call is let pass again.
    pub(crate) fn rate_limited(whose: &str, wait: Duration) -> Self {
        // Rounded up, so that who comes back then is let pass.
        let seconds = wait.as_nanos().div_ceil(1_000_000_000).max(1);
        let detail = format!("{whose} called too often: nothing changed, call again after {seconds} s");
        Self::new(Code::RateLimited, detail).with("retry-after", seconds.to_string())
    }

    pub(crate) fn too_many_connections() -> Self {
        let detail =
            "this address has as many connections open as it may: close those that are not needed, then connect anew";
        Self::new(Code::TooManyConnections, detail).with("retry-after", "5")
    }

    pub(crate) fn shutting_down() -> Self {
        Self::new(Code::ShuttingDown, "this server is going away: connect anew and repeat the call")
            .with("retry-after", "1")
    }

    pub(crate) fn internal() -> Self {
        Self::new(Code::Internal, "the call can be repeated; if it fails again, tell the operator")
    }

    pub(crate) fn with(mut self, header: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((header, value.into()));
        self
    }

    pub(crate) const fn code(&self) -> Code {
        self.code
    }

    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    pub(crate) fn into_response(self) -> Response {
        let mut response = Response::new(self.document().into());
        *response.status_mut() = self.code.status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        for (name, value) in self.headers {
            headers.insert(name, HeaderValue::try_from(&*value).expect("our headers are printable"));
        }
        response
    }

    /// The whole answer as bytes, for a connection on which no HTTP is spoken; it says that it is the last.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        let (status, body) = (self.code.status(), self.document());
        let headers: Vec<_> = self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let headers = headers.concat();
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: {MEDIA_TYPE}\r\ncontent-length: {length}\r\n{headers}connection: close\r\n\r\n"
        );
        [head.into_bytes(), body].concat()
    }

    fn document(&self) -> Vec<u8> {
        let status = self.code.status();
        let document = Document {
            r#type: format!("urn:matchmaker:problem:{}", self.code.as_str()),
            title: self.code.title(),
            status: status.as_u16(),
            detail: &self.detail,
            code: self.code.as_str(),
            field: self.field,
            game: self.key.as_ref().map(|key| key.game().as_str()),
            asset: self.key.as_ref().map(|key| key.stake().asset().as_str()),
            amount: self.key.as_ref().map(|key| json::number(key.stake().amount())),
            match_id: self.match_id.map(|id| id.to_string()),
        };
        serde_json::to_vec(&document).expect("a problem document has string keys only")
    }
}

impl From<Unavailable> for Problem {
    fn from(error: Unavailable) -> Self {
        tracing::warn!(%error, "a call could not be completed");
        match error {
            Unavailable::Port(_) | Unavailable::Busy => {
                let detail = "what was decided stands and nothing is lost: repeat the call to learn how it stands";
                Self::new(Code::StoreUnavailable, detail).with("retry-after", "1")
            }
            Unavailable::RepositoryFull => {
                Self::at_capacity("the match is decided and will be told as soon as there is room to store it")
            }
        }
    }
}
