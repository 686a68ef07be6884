use std::sync::Arc;

use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tungstenite::handshake::derive_accept_key;
use warp::{
    Filter, Rejection,
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{
            CONNECTION, CONTENT_LENGTH, HeaderName, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION,
            TRANSFER_ENCODING, UPGRADE,
        },
    },
    reply::Response,
};

use super::{
    codec::Codec,
    session::{Session, Surroundings},
};
use crate::adapters::{
    connection::{AnswerTimeout, ConnectionSlot, Guest},
    edge::AddressPlace,
    problem::{Code, Problem},
};

/// The paths `/` and `/ws`: a WebSocket handshake, and then a session.
pub(crate) fn route(surroundings: Arc<Surroundings>) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone {
    let path = warp::path::end().or(warp::path!("ws")).unify();
    path.and(warp::method())
        .and(warp::header::headers_cloned())
        .and(warp::ext::optional::<OnUpgrade>())
        .and(warp::ext::optional::<Guest>())
        .map(move |method: Method, headers: HeaderMap, upgrade: Option<OnUpgrade>, guest: Option<Guest>| {
            if surroundings.shutdown.has_begun() {
                return Problem::shutting_down().into_response();
            }
            let accepted = accept(&method, &headers, upgrade.zip(guest)).and_then(|(response, (upgrade, guest))| {
                let place = surroundings.edge.admit_socket(guest.client, &headers)?;
                tokio::spawn(serve(upgrade, (guest.slot, place), Arc::clone(&surroundings)));
                Ok(response)
            });
            accepted.unwrap_or_else(Problem::into_response)
        })
}

/// Checks the client's side of the handshake as RFC 6455, section 4.2.1, asks, and answers it.
fn accept<U>(method: &Method, headers: &HeaderMap, upgrade: Option<U>) -> Result<(Response, U), Problem> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Err(Problem::method_not_allowed("GET, HEAD"));
    }
    if *method == Method::HEAD || !has_token(headers, &UPGRADE, "websocket") {
        return Err(Problem::upgrade_required());
    }
    if headers.contains_key(TRANSFER_ENCODING) || headers.get(CONTENT_LENGTH).is_some_and(|length| length != "0") {
        // Its bytes would be read as frames.
        return Err(Problem::new(Code::BadHandshake, "a WebSocket handshake has no body"));
    }
    if !has_token(headers, &CONNECTION, "upgrade") {
        return Err(Problem::new(Code::BadHandshake, "the Connection header must name Upgrade"));
    }
    match single(headers, &SEC_WEBSOCKET_VERSION)? {
        version if version == "13" => {}
        _ => return Err(Problem::version_required()),
    }
    let key = single(headers, &SEC_WEBSOCKET_KEY)?.as_bytes();
    if !is_nonce(key) {
        return Err(Problem::new(Code::BadHandshake, "Sec-WebSocket-Key is 16 bytes in base64"));
    }
    let upgrade = upgrade.ok_or_else(|| Problem::new(Code::BadHandshake, "a WebSocket needs HTTP/1.1"))?;
    let accept = HeaderValue::try_from(derive_accept_key(key)).map_err(|_| Problem::internal())?;
    let mut response = Response::default();
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    Ok((response, upgrade))
}

/// Whether one of the header's comma-separated values is this token, in any case.
fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(token))
}

fn single<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<&'h HeaderValue, Problem> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(value),
        _ => Err(Problem::new(Code::BadHandshake, format!("the handshake needs one {name} header"))),
    }
}

/// Sixteen bytes in base64 are twenty-two characters and two signs that fill up.
fn is_nonce(key: &[u8]) -> bool {
    let alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/".contains(byte);
    key.len() == 24 && key.ends_with(b"==") && key[..22].iter().all(alphabet)
}

/// Serves the socket; its places among all are kept until it has ended.
async fn serve(upgrade: OnUpgrade, places: (ConnectionSlot, Option<AddressPlace>), surroundings: Arc<Surroundings>) {
    let parts = match upgrade.await.map(Upgraded::downcast::<TokioIo<AnswerTimeout>>) {
        Ok(Ok(parts)) => parts,
        Ok(Err(_)) => return tracing::error!("a connection was upgraded by another server than ours"),
        Err(error) => return tracing::debug!(%error, "a connection broke before its upgrade"),
    };
    // Copied, since what was read already would keep the HTTP connection's whole buffer alive.
    let codec = Codec::new(parts.io.into_inner().into_inner(), parts.read_buf.to_vec());
    drop(parts.read_buf);
    Session::new(surroundings, codec).run().await;
    drop(places);
}
