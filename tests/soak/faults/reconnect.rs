//! Every socket closes at once, and every player comes back at once: no error that a retry does not mend, and the memory is
//! what it was.

use std::{
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use futures_util::future::{join_all, try_join_all};

use super::{PATIENCE, UNLIMITED, connect, memory::Memory, wait_for_count};
use crate::{http::Lanes, nodes::Nodes, options::Options, socket::Socket};

/// How many connect at the same time when nothing has happened yet.
const AT_ONCE: u32 = 200;

/// How long one rests before he tries again.
const RETRY_PAUSE: Duration = Duration::from_millis(250);

/// How often one tries.
const TRIES: u64 = 100;

/// How much more memory may be used when all are back: a tenth, and this many KiB.
const TOLERATED_GROWTH: u64 = 16 * 1024;

/// How often all close and come back.
const STORMS: u32 = 3;

pub(crate) async fn reconnect(options: &Options) -> io::Result<String> {
    let nodes = Nodes::start_unheard(options, &[UNLIMITED])?;
    let lanes = Lanes::new(&nodes.addresses());
    let mut memory = Memory::of_empty(nodes.first())?;
    let mut sockets = Vec::new();
    for first in (0..options.sockets).step_by(AT_ONCE as usize) {
        let batch = first..options.sockets.min(first + AT_ONCE);
        sockets.extend(
            try_join_all(batch.map(|number| come_back(lanes.address_at(number), number)))
                .await?
                .into_iter()
                .map(|(it, _)| it),
        );
    }
    wait_for_count(&lanes, "connected_players", u64::from(options.sockets), PATIENCE).await?;
    let before = memory.look()?;
    let mut report = vec![format!("{} sockets: {} KiB → {before} KiB", options.sockets, memory.empty())];
    let most = before + before / 10 + TOLERATED_GROWTH;
    let mut after = before;
    // Where there are several servers, each comes back to another one than before.
    for storm in 1..=STORMS {
        let begun = Instant::now();
        let returning = (0..).zip(sockets).map(|(number, socket)| {
            let address = lanes.address_at(number + storm);
            tokio::spawn(async move {
                vanish(number, socket);
                come_back(address, number).await
            })
        });
        let returned: Vec<(Socket, u64)> =
            join_all(returning).await.into_iter().map(|joined| joined?).collect::<io::Result<_>>()?;
        let took = begun.elapsed();
        let retries: u64 = returned.iter().map(|(_, retries)| retries).sum();
        sockets = returned.into_iter().map(|(socket, _)| socket).collect();
        wait_for_count(&lanes, "open_sockets", u64::from(options.sockets), PATIENCE).await?;
        wait_for_count(&lanes, "connected_players", u64::from(options.sockets), PATIENCE).await?;
        after = memory.settled(most).await?;
        report.push(format!("all closed and were back within {took:.1?}, with {retries} retries: {after} KiB"));
    }
    drop(sockets);
    wait_for_count(&lanes, "open_sockets", 0, PATIENCE).await?;
    wait_for_count(&lanes, "connected_players", 0, PATIENCE).await?;
    let most_when_gone = memory.bound_when_gone();
    let gone = memory.settled(most_when_gone).await?;
    report.push(format!("all gone: {gone} KiB, of {most_when_gone} at most"));
    drop(lanes);
    report.extend(nodes.end_audited(options)?);
    let report = report.join("\n");
    if after > most || gone > most_when_gone {
        return Err(io::Error::other(format!("the memory did not return to where it was\n{report}")));
    }
    Ok(report)
}

/// Every second one by a reset, the others by an end without a word.
fn vanish(number: u32, socket: Socket) {
    if number.is_multiple_of(2) {
        socket.reset();
    }
}

/// Connects and registers, however often it takes; how often it failed.
async fn come_back(address: SocketAddr, number: u32) -> io::Result<(Socket, u64)> {
    let player = format!("socket-{number}");
    let mut retries = 0;
    loop {
        match connect(address, &player).await {
            Ok(socket) => return Ok((socket, retries)),
            Err(error) if retries == TRIES => return Err(error),
            Err(_) => retries += 1,
        }
        tokio::time::sleep(RETRY_PAUSE).await;
    }
}
