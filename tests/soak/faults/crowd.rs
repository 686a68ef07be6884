//! Crowds of HTTP connections, which all close at once: what they took is given back.

use std::{io, net::SocketAddr, time::Duration};

use futures_util::future::try_join_all;

use super::{PATIENCE, UNLIMITED, memory::Memory, wait_for_count};
use crate::{
    http::{Lane, Lanes, request},
    nodes::Nodes,
    options::Options,
};

/// How many connect at the same time.
const AT_ONCE: u32 = 200;

/// How often a crowd of each kind comes.
const WAVES: usize = 3;

/// How much of a head is sent that never ends: hyper's buffer is full then, and grows.
const HALF_A_HEAD: usize = 8 * 1024;

/// How long the memory is watched while a crowd stands: nothing else tells when half a head has been read.
const WATCHED_TIME: Duration = Duration::from_secs(1);

/// What each of a crowd does before it stands still.
#[derive(Clone, Copy, Debug)]
enum Kind {
    HalfAHead,
    KeptAlive,
}

pub(crate) async fn crowd(options: &Options) -> io::Result<String> {
    // Where there are several, the crowd is at one of them.
    let nodes = Nodes::start_unheard(options, &[UNLIMITED])?;
    let server = nodes.first();
    let lanes = Lanes::new(&[server.address]);
    let mut memory = Memory::of_empty(server)?;
    let mut report = vec![format!("{} connections at a time, from {} KiB on", options.sockets, memory.empty())];
    for kind in [Kind::HalfAHead, Kind::KeptAlive].into_iter().cycle().take(2 * WAVES) {
        let crowd = gather(server.address, options.sockets, kind).await?;
        // The one more is that on which they are counted.
        wait_for_count(&lanes, "open_connections", u64::from(options.sockets) + 1, PATIENCE).await?;
        let most = memory.most_within(WATCHED_TIME).await?;
        drop(crowd);
        wait_for_count(&lanes, "open_connections", 1, PATIENCE).await?;
        report.push(format!("{kind}: {most} KiB; gone: {} KiB", memory.look()?));
    }
    let (bound, gone) = (memory.bound_when_gone(), memory.settled(memory.bound_when_gone()).await?);
    report.push(format!("all gone for a while: {gone} KiB, of {bound} at most"));
    drop(lanes);
    report.extend(nodes.end_audited(options)?);
    let report = report.join("\n");
    if gone > bound {
        return Err(io::Error::other(format!("the memory did not return to where it was\n{report}")));
    }
    Ok(report)
}

/// Connects so many, each of which has done its part.
async fn gather(address: SocketAddr, connections: u32, kind: Kind) -> io::Result<Vec<Lane>> {
    let mut crowd = Vec::new();
    for first in (0..connections).step_by(AT_ONCE as usize) {
        let batch = first..connections.min(first + AT_ONCE);
        crowd.extend(try_join_all(batch.map(|number| connect(address, number, kind))).await?);
    }
    Ok(crowd)
}

async fn connect(address: SocketAddr, number: u32, kind: Kind) -> io::Result<Lane> {
    let mut lane = Lane::connect(address).await?;
    match kind {
        Kind::HalfAHead => lane.send(format!("GET / HTTP/1.1\r\nx: {}", "x".repeat(HALF_A_HEAD)).as_bytes()).await?,
        Kind::KeptAlive => {
            let answer = lane.call(&request("GET", &format!("/api/find-match/crowd-{number}"), "")).await?;
            if answer.status != 200 {
                return Err(io::Error::other(format!("a call was answered {}", answer.status)));
            }
        }
    }
    Ok(lane)
}

impl std::fmt::Display for Kind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::HalfAHead => "half a head each",
            Self::KeptAlive => "one call each, kept alive",
        })
    }
}
