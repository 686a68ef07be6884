//! SIGTERM under full load: every client sees an answer, a close or a refusal, and never half an answer.

use std::{io, process::Stdio, sync::atomic::Ordering, time::Duration};

use tokio::task::JoinSet;

use super::{UNLIMITED, connect, load};
use crate::{
    options::Options,
    server::Server,
    socket::{Incoming, Socket},
};

/// How long the load goes on before the signal.
const LOADED_TIME: Duration = Duration::from_millis(500);

/// How many connect at the same time.
const AT_ONCE: u32 = 200;

/// The close code that says that the server goes away.
const GOING_AWAY: u16 = 1001;

pub(crate) async fn terminate(options: &Options) -> io::Result<String> {
    let mut server = Server::start(options, &[UNLIMITED], Stdio::null())?;
    let mut sockets = Vec::new();
    for first in (0..options.sockets).step_by(AT_ONCE as usize) {
        let batch = (first..options.sockets.min(first + AT_ONCE)).map(|number| {
            let address = server.address;
            async move { connect(address, &format!("socket-{number}")).await }
        });
        sockets.extend(futures_util::future::try_join_all(batch).await?);
    }
    let closing: JoinSet<_> = sockets.into_iter().map(closed).collect();
    let (seen, mut clients) = load::run(server.address, u64::MAX);
    tokio::time::sleep(LOADED_TIME).await;

    server.terminate()?;
    let ended = tokio::task::spawn_blocking(move || server.wait()).await??;

    while let Some(client) = clients.join_next().await {
        client??;
    }
    for closed in closing.join_all().await {
        closed?;
    }
    let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    let (answered, refused) = (count(&seen.answered), count(&seen.shutting_down));
    Ok(format!(
        "ended within {ended:.1?}; {} sockets closed with 1001; {answered} calls answered, {refused} answered 503, {} closed \
         before any answer, none by half",
        options.sockets,
        count(&seen.unanswered),
    ))
}

/// The socket is closed in good order.
async fn closed(mut socket: Socket) -> io::Result<()> {
    match socket.next().await {
        Incoming::Closed(GOING_AWAY) => Ok(()),
        other => Err(io::Error::other(format!("1001 was expected, not {other:?}"))),
    }
}
