//! What browsers need to be told before a page of another origin may call (the Fetch standard's CORS protocol).
//!
//! tower-http's layer would answer every OPTIONS as a preflight, and name methods and headers to origins that are not
//! listed; what would be left of it are the names below.

use hyper::Request;
use warp::{
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{
            ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
            ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, VARY,
        },
    },
    reply::Response,
};

/// What a page may send and read beyond what every page may; ten minutes long it need not ask again.
const PREFLIGHT: [(HeaderName, HeaderValue); 3] = [
    (ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, POST, DELETE")),
    (ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type, authorization, x-request-id")),
    (ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600")),
];

const EXPOSED: HeaderValue = HeaderValue::from_static("retry-after, x-request-id, www-authenticate");

/// Whether a browser asks by this if it may make a call.
pub(super) fn is_preflight<B>(request: &Request<B>) -> bool {
    *request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// It may.
pub(super) fn preflight() -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().extend(PREFLIGHT);
    response
}

/// Lets a page of this origin read an answer.
pub(super) fn open(answer: &mut HeaderMap, origin: HeaderValue) {
    answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    answer.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
}

/// Tells caches that an answer to one page is none to another.
pub(super) fn vary(answer: &mut HeaderMap) {
    answer.append(VARY, HeaderValue::from_static("Origin"));
}
