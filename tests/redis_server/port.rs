//! Ports for servers that must keep theirs while they are down.

use std::{
    net::{Ipv4Addr, TcpListener},
    process,
    sync::atomic::{AtomicUsize, Ordering},
};

/// Below those from which the system takes the ports of outgoing connections: one of these could take the port of a server in
/// the moment in which it is down.
const FIRST: u16 = 12_000;
const COUNT: usize = 20_000;

/// How far apart two processes begin to look; they may run at the same time.
const STRIDE: usize = 97;

/// A port of this machine that nobody listens on, another one each time.
///
/// Another process may still take it first; a server that cannot have it ends, and is started with another.
pub(crate) fn free() -> u16 {
    static TAKEN: AtomicUsize = AtomicUsize::new(0);
    let begin = process::id() as usize * STRIDE;
    let candidates = (0..COUNT).map(|_| (begin + TAKEN.fetch_add(1, Ordering::Relaxed)) % COUNT);
    let mut ports = candidates.map(|offset| FIRST + u16::try_from(offset).expect("it is below the count"));
    ports.find(|&port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()).expect("not every port is taken")
}
