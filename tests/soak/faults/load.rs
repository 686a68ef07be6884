//! Clients that ask and leave as fast as they are answered.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::task::JoinSet;

use crate::http::{Lane, request};

/// How many clients there are.
const CLIENTS: usize = 40;

/// What the clients saw.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Answers that say how a player stands.
    pub(super) answered: AtomicU64,
    /// Answers that the server is going away.
    pub(super) shutting_down: AtomicU64,
    /// Connections that ended, or could not be opened, before the first byte of an answer.
    pub(super) unanswered: AtomicU64,
}

/// Runs clients until so many requests were answered, or until the server is gone.
pub(super) fn run(address: SocketAddr, requests: u64) -> (Arc<Seen>, JoinSet<io::Result<()>>) {
    let seen = Arc::new(Seen::default());
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let seen = Arc::clone(&seen);
        clients.spawn(async move { ask_and_leave(address, client, requests, &seen).await });
    }
    (seen, clients)
}

async fn ask_and_leave(address: SocketAddr, client: usize, requests: u64, seen: &Seen) -> io::Result<()> {
    // Half of them meet under a key, and finish nothing: the second ask of each is answered from the match that stands.
    let ask = format!(r#"{{"game":"load-{client}","asset":"TON","amount":1,"playerId":"load-{client}"}}"#);
    let ask = request("POST", "/api/find-match", &ask);
    let leave = request("DELETE", &format!("/api/find-match/load-{client}"), "");
    let Ok(mut lane) = Lane::connect(address).await else {
        seen.unanswered.fetch_add(1, Ordering::Relaxed);
        return Ok(());
    };
    for request in [ask, leave].iter().cycle() {
        if seen.answered.load(Ordering::Relaxed) >= requests {
            return Ok(());
        }
        let counter = match lane.call(request).await {
            Ok(answer) if answer.status == 200 => &seen.answered,
            Ok(answer) if answer.status == 503 => &seen.shutting_down,
            Ok(answer) => return Err(io::Error::other(format!("a call was answered {}", answer.status))),
            Err(error) if is_half_an_answer(&error) => return Err(error),
            Err(_) => &seen.unanswered,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        if !std::ptr::eq(counter, &raw const seen.answered) {
            return Ok(());
        }
    }
    Ok(())
}

fn is_half_an_answer(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::TimedOut)
}
