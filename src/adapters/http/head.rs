//! What a request's head must be like, beyond what the parser sees to.

use hyper::Request;
use warp::{
    http::{
        HeaderMap, HeaderValue, StatusCode, Uri, Version,
        header::{CONNECTION, HOST, TRANSFER_ENCODING},
        uri::Authority,
    },
    reply::Response,
};

use crate::adapters::problem::Problem;

/// Refuses a request that two readers could take for two different ones, so that neither can be deceived. It is answered as
/// the parser answers what is no HTTP.
pub(super) fn check<B>(request: &Request<B>) -> Result<(), Box<Response>> {
    let refusal = if !has_one_host(request) {
        StatusCode::BAD_REQUEST
    } else if !is_chunked_at_most(request.headers()) {
        StatusCode::NOT_IMPLEMENTED
    } else {
        return Ok(());
    };
    let mut response = Response::default();
    *response.status_mut() = refusal;
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    Err(Box::new(response))
}

/// Whether it says once for which host it is (RFC 9112, section 3.2).
fn has_one_host<B>(request: &Request<B>) -> bool {
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => request.version() < Version::HTTP_11,
        (Some(host), None) => is_host(host),
        (Some(_), Some(_)) => false,
    }
}

/// Whether its body has no transfer coding but chunked; the parser takes any that ends in it.
fn is_chunked_at_most(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    let first = codings.next();
    first.is_none_or(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked")) && codings.next().is_none()
}

/// A host may be empty, where a target has none.
fn is_host(host: &HeaderValue) -> bool {
    let Ok(authority) = Authority::try_from(host.as_bytes()) else { return host.is_empty() };
    let port = authority.as_str().strip_prefix(authority.host());
    let port = port.map(|port| port.strip_prefix(':').unwrap_or(port));
    port.is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Refuses a request target that no route can stand for. Routes would take a trailing slash for none, and panic where
/// there is no path at all, as in `CONNECT host:443`.
pub(super) fn check_target(target: &Uri) -> Result<(), Problem> {
    match target.path_and_query().map(|_| target.path()) {
        Some("/") => Ok(()),
        Some(path) if !path.ends_with('/') => Ok(()),
        Some(_) | None => Err(super::no_such_path()),
    }
}
