//! SIGTERM under full load: every client sees an answer, a close or a refusal, and never half an answer.

use std::{io, sync::atomic::Ordering, time::Duration};

use tokio::task::JoinSet;

use super::{UNLIMITED, connect, load};
use crate::{
    nodes::Nodes,
    options::Options,
    socket::{Incoming, Socket},
};

/// How long the load goes on before the signal.
const LOADED_TIME: Duration = Duration::from_millis(500);

/// How many connect at the same time.
const AT_ONCE: u32 = 200;

/// The close code that says that the server goes away.
const GOING_AWAY: u16 = 1001;

pub(crate) async fn terminate(options: &Options) -> io::Result<String> {
    let mut nodes = Nodes::start_unheard(options, &[UNLIMITED])?;
    let address = nodes.first().address;
    let mut sockets = Vec::new();
    for first in (0..options.sockets).step_by(AT_ONCE as usize) {
        let batch = (first..options.sockets.min(first + AT_ONCE))
            .map(|number| async move { connect(address, &format!("socket-{number}")).await });
        sockets.extend(futures_util::future::try_join_all(batch).await?);
    }
    let closing: JoinSet<_> = sockets.into_iter().map(closed).collect();
    let (seen, mut clients) = load::run(address, u64::MAX);
    // Where there are others, they go on as if nothing had happened.
    let others: Vec<_> = nodes.addresses()[1..].iter().map(|&other| load::run(other, u64::MAX)).collect();
    tokio::time::sleep(LOADED_TIME).await;

    let mut server = nodes.servers.remove(0);
    server.terminate()?;
    let ended = tokio::task::spawn_blocking(move || server.wait()).await??;

    while let Some(client) = clients.join_next().await {
        client??;
    }
    for closed in closing.join_all().await {
        closed?;
    }
    let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    tokio::time::sleep(LOADED_TIME).await;
    let mut answered_by_others = 0;
    for (seen, clients) in others {
        let (refused, unanswered) = (count(&seen.shutting_down), count(&seen.unanswered));
        if refused + unanswered > 0 {
            return Err(io::Error::other(format!(
                "another server refused {refused} calls, and left {unanswered} unanswered"
            )));
        }
        answered_by_others += count(&seen.answered);
        leave_off(clients).await?;
    }
    let audit =
        nodes.end_audited(options)?.map(|audit| format!("\n{answered_by_others} calls answered by others; {audit}"));
    let (answered, refused) = (count(&seen.answered), count(&seen.shutting_down));
    Ok(format!(
        "ended within {ended:.1?}; {} sockets closed with 1001; {answered} calls answered, {refused} answered 503, {} closed \
         before any answer, none by half{}",
        options.sockets,
        count(&seen.unanswered),
        audit.unwrap_or_default(),
    ))
}

/// The clients stop; each call of theirs so far was answered as it should be.
async fn leave_off(mut clients: JoinSet<io::Result<()>>) -> io::Result<()> {
    clients.abort_all();
    while let Some(client) = clients.join_next().await {
        match client {
            Err(error) if error.is_cancelled() => {}
            ended => ended??,
        }
    }
    Ok(())
}

/// The socket is closed in good order.
async fn closed(mut socket: Socket) -> io::Result<()> {
    match socket.next().await {
        Incoming::Closed(GOING_AWAY) => Ok(()),
        other => Err(io::Error::other(format!("1001 was expected, not {other:?}"))),
    }
}
