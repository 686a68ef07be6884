//! Request bodies, read up to a bound.

use std::{convert::Infallible, pin::pin, sync::Arc, time::Duration};

use futures_util::{
    FutureExt, Stream, StreamExt,
    future::{Either, select},
};
use hyper::{
    Method, Request,
    header::{CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HeaderMap},
};
use warp::{Buf, Filter};

use crate::{
    adapters::{
        metrics::{Limit, Metrics},
        problem::{Code, Problem},
        within::within,
    },
    ports::Clock,
};

/// The largest body that is read.
pub(crate) const MAX_BODY: usize = 16 * 1024;

/// How much more is read and thrown away, so that a client that is still sending can read the refusal.
const MAX_DISCARDED: usize = 1024 * 1024;

/// How long that goes on.
const DISCARD_TIME: Duration = Duration::from_secs(2);

/// How long a body may take to arrive, from the end of its headers on.
const BODY_TIME: Duration = Duration::from_secs(10);

/// What a head says of the body that follows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Announcement {
    is_json: bool,
    /// Whether it is too large, and the client waits to be told before it sends it.
    waits_in_vain: bool,
}

impl Announcement {
    /// What the heads of calls say when nothing is wrong with them.
    const ORDINARY: Self = Self { is_json: true, waits_in_vain: false };

    fn read(headers: &HeaderMap) -> Self {
        let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        let waits = headers.get(EXPECT).is_some_and(|text| text.as_bytes().eq_ignore_ascii_case(b"100-continue"));
        let waits_in_vain = waits && length.is_some_and(|length| length > MAX_BODY as u64);
        Self { is_json: says_json(headers), waits_in_vain }
    }

    /// Refuses a body that is too large before it is asked for. One that is on its way already has to be read in part, or
    /// its client could not read the refusal.
    fn check_length(self) -> Result<(), Problem> {
        if self.waits_in_vain { Err(body_too_large()) } else { Ok(()) }
    }

    /// Refuses a body that is something else than JSON.
    pub(super) fn check_media_type(self) -> Result<(), Problem> {
        let problem = || Problem::new(Code::UnsupportedMediaType, "send Content-Type: application/json");
        if self.is_json { Ok(()) } else { Err(problem()) }
    }
}

/// Media types that contradict each other are none.
fn says_json(headers: &HeaderMap) -> bool {
    let mut told = headers.get_all(CONTENT_TYPE).iter();
    let Some(first) = told.next() else { return false };
    let essence = first.to_str().ok().and_then(|text| text.split(';').next());
    let is_json = essence.is_some_and(|essence| essence.trim_ascii().eq_ignore_ascii_case("application/json"));
    is_json && told.all(|other| other == first)
}

/// Reads what the head of a call says of its body, where all of its headers can be seen: a filter sees the first of each
/// name alone. What is ordinary is not carried along.
pub(super) fn carry_announcement<B>(request: &mut Request<B>) {
    if *request.method() == Method::POST {
        let announcement = Announcement::read(request.headers());
        if announcement != Announcement::ORDINARY {
            request.extensions_mut().insert(announcement);
        }
    }
}

/// What [`carry_announcement`] read.
pub(super) fn announcement() -> impl Filter<Extract = (Announcement,), Error = Infallible> + Clone {
    warp::ext::optional().map(|announcement: Option<_>| announcement.unwrap_or(Announcement::ORDINARY))
}

fn body_too_large() -> Problem {
    Problem::new(Code::BodyTooLarge, "a body has at most 16384 bytes")
}

/// Reads a whole body, chunked or not.
pub(super) async fn read<S, B, E>(
    announcement: Announcement,
    body: S,
    clock: &Arc<dyn Clock>,
    metrics: &Metrics,
) -> Result<Vec<u8>, Problem>
where
    S: Stream<Item = Result<B, E>> + Send + 'static,
    B: Buf + Send + 'static,
    E: Send + 'static,
{
    announcement.check_length()?;
    within(collect(body, clock), BODY_TIME, &**clock).await.unwrap_or_else(|| {
        metrics.limit_hit(Limit::BodyTime);
        Err(Problem::body_too_slow())
    })
}

async fn collect<S, B, E>(body: S, clock: &Arc<dyn Clock>) -> Result<Vec<u8>, Problem>
where
    S: Stream<Item = Result<B, E>> + Send + 'static,
    B: Buf + Send + 'static,
    E: Send + 'static,
{
    let mut body = Box::pin(body);
    let mut bytes = Vec::new();
    while let Some(part) = body.next().await {
        let Ok(mut part) = part else {
            return Err(Problem::new(Code::MalformedJson, "the body broke off"));
        };
        if bytes.len() + part.remaining() > MAX_BODY {
            // The rest is discarded while the refusal is on its way, not before it.
            tokio::spawn(discard(body, Arc::clone(clock)));
            return Err(body_too_large());
        }
        while part.has_remaining() {
            let chunk = part.chunk();
            bytes.extend_from_slice(chunk);
            let length = chunk.len();
            part.advance(length);
        }
    }
    Ok(bytes)
}

/// Lets go of a body that does not matter. One that is still on its way is read and thrown away, within bounds, so that
/// the client can read the answer.
pub(crate) fn ignore<S, B, E>(body: S, clock: &Arc<dyn Clock>)
where
    S: Stream<Item = Result<B, E>> + Send + 'static,
    B: Buf + Send + 'static,
    E: Send + 'static,
{
    let mut body = Box::pin(body);
    if !matches!(body.next().now_or_never(), Some(None)) {
        tokio::spawn(discard(body, Arc::clone(clock)));
    }
}

async fn discard<S, B, E>(mut body: S, clock: Arc<dyn Clock>)
where
    S: Stream<Item = Result<B, E>> + Unpin,
    B: Buf,
{
    let mut discarded = 0;
    let end = clock.now().after(DISCARD_TIME);
    let mut time_is_up = clock.sleep_until(end);
    while discarded < MAX_DISCARDED {
        match select(pin!(body.next()), &mut time_is_up).await {
            Either::Left((Some(Ok(part)), _)) => discarded += part.remaining(),
            Either::Left((Some(Err(_)) | None, _)) | Either::Right(_) => return,
        }
    }
}
