//! The call that is being answered: what its log lines, its metrics and its answer have in common.

use std::cell::Cell;

use uuid::Uuid;
use warp::http::{HeaderMap, HeaderName};

use super::metrics::Route;

/// Names a call, from whoever made it first to every log that tells of it.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken from a client.
const MAX_LENGTH: usize = 64;

tokio::task_local! {
    static CALL: Call;
}

/// One request, until it is answered.
pub(crate) struct Call {
    request_id: RequestId,
    route: Cell<Route>,
}

/// Kept in place, since every call has one.
#[derive(Clone, Copy)]
struct RequestId {
    bytes: [u8; MAX_LENGTH],
    length: usize,
}

impl Call {
    /// A call with the client's id for it, or else one of its own.
    pub(crate) fn new(headers: &HeaderMap) -> Self {
        let given = headers.get(REQUEST_ID).and_then(|id| RequestId::read(id.as_bytes()));
        Self { request_id: given.unwrap_or_else(RequestId::random), route: Cell::new(Route::Unknown) }
    }

    /// Everything that happens in there belongs to this call. A task that is spawned does not: it outlives the answer.
    pub(crate) fn encompass<T>(self, happening: impl Future<Output = T>) -> impl Future<Output = T> {
        CALL.scope(self, happening)
    }
}

/// The call asks for this.
pub(crate) fn is_for(route: Route) {
    // Outside a call, as in a test of a handler, nobody wants to know.
    CALL.try_with(|call| call.route.set(route)).unwrap_or_default();
}

/// What the call asks for, as far as is known.
pub(crate) fn route() -> Route {
    CALL.try_with(|call| call.route.get()).unwrap_or(Route::Unknown)
}

/// Gives the id of the call in which this is asked, if it is asked in one.
pub(crate) fn with_request_id<T>(mut read: impl FnMut(Option<&str>) -> T) -> T {
    CALL.try_with(|call| read(call.request_id.as_str())).unwrap_or_else(|_| read(None))
}

impl RequestId {
    /// Takes what a client calls its call. Nothing in such an id can forge a log line, or a field of one, in any format.
    fn read(id: &[u8]) -> Option<Self> {
        let sane = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=@".contains(byte);
        let mut bytes = [0; MAX_LENGTH];
        bytes.get_mut(..id.len())?.copy_from_slice(id);
        (!id.is_empty() && id.iter().all(sane)).then_some(Self { bytes, length: id.len() })
    }

    /// Sixty random bits: unique enough for the calls that anybody ever looks at side by side.
    fn random() -> Self {
        let mut bytes = [0; MAX_LENGTH];
        Uuid::new_v4().as_simple().encode_lower(&mut bytes);
        Self { bytes, length: 16 }
    }

    fn as_str(&self) -> Option<&str> {
        str::from_utf8(&self.bytes[..self.length]).ok()
    }
}

/// What happens meanwhile belongs to a call of this id.
#[cfg(test)]
pub(in crate::adapters) fn with_call_of<T>(id: &'static str, happening: impl FnOnce() -> T) -> T {
    let request_id = RequestId::read(id.as_bytes()).expect("an id that is taken");
    let call = Call { request_id, route: Cell::new(Route::Unknown) };
    CALL.sync_scope(call, happening)
}

#[cfg(test)]
mod tests {
    use warp::http::HeaderValue;

    use super::*;

    fn call(id: &[u8]) -> Call {
        let mut headers = HeaderMap::new();
        headers.insert(REQUEST_ID, HeaderValue::from_bytes(id).expect("a header's value"));
        Call::new(&headers)
    }

    fn taken(id: &[u8]) -> String {
        call(id).request_id.as_str().expect("a text").to_owned()
    }

    #[test]
    fn a_sane_id_is_taken() {
        for id in ["a", "0f8fad5b-d9cb-469f-a165-70867728950e", "Root=1-67891233/a_b.c:d+e=@", &"x".repeat(64)] {
            assert_eq!(taken(id.as_bytes()), id);
        }
    }

    #[test]
    fn for_any_other_one_is_made_that_would_be_taken_and_that_no_other_call_has() {
        let too_long = "x".repeat(65);
        let others: [&[u8]; 8] = [b"", b" ", b"a b", b"a\"b", b"a\tb", b"a\\n", "ü".as_bytes(), too_long.as_bytes()];
        let mut made: Vec<_> = others.iter().map(|id| taken(id)).collect();
        made.push(Call::new(&HeaderMap::new()).request_id.as_str().expect("a text").to_owned());
        for (place, id) in made.iter().enumerate() {
            assert_eq!(id.len(), 16);
            assert!(RequestId::read(id.as_bytes()).is_some(), "{id:?}");
            assert!(!made[..place].contains(id), "{id:?} was made twice");
        }
    }

    #[tokio::test]
    async fn the_id_is_known_inside_the_call_and_nowhere_else() {
        let known = || with_request_id(|id| id.map(ToOwned::to_owned));
        let inside = call(b"abc").encompass(async {
            let elsewhere = tokio::spawn(async move { known() }).await.expect("it does not panic");
            (known(), elsewhere)
        });
        assert_eq!(inside.await, (Some("abc".to_owned()), None));
        assert_eq!(known(), None);
    }

    #[tokio::test]
    async fn what_a_call_is_for_is_unknown_until_it_is_said() {
        let routes = call(b"abc").encompass(async {
            let before = route();
            is_for(Route::Leave);
            (before, route())
        });
        assert_eq!(routes.await, (Route::Unknown, Route::Leave));
        assert_eq!(route(), Route::Unknown);
    }
}
