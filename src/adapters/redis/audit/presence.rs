//! Who is connected where: rules 7 and 9.

use std::collections::{HashMap, HashSet};

use super::{
    Findings,
    record::{Hearing, Socket},
    state::State,
};
use crate::adapters::redis::records::NODES;

/// What a node may have unread. It is trimmed in blocks, so somewhat more may stand there.
const MAX_INBOX: u64 = 100_000 + 10_000;

pub(super) fn check(state: &State<'_>, found: &mut Findings) {
    let mut owners = HashMap::new();
    let mut held = HashSet::new();
    let connected = state.sockets.iter().map(|(player, sockets)| (*player, sockets));
    let heard = state.hearings.iter().map(|(player, hearing)| (*player, &hearing.sockets));
    for (player, sockets) in connected.chain(heard) {
        check_sockets(player, sockets, found);
        for socket in sockets {
            held.insert((socket.node, player));
            if let Some(other) = owners.insert(socket.name, player).filter(|other| *other != player) {
                let [one, other] = if player < other { [player, other] } else { [other, player] };
                found.add(&format!("the socket {} is of {one} and of {other}", socket.name));
            }
        }
    }
    for hearing in state.hearings.values() {
        check_live(hearing, found);
    }
    for (node, player) in held.difference(&state.holders) {
        found.add(&format!("{player} has a socket of node {node}, which nobody would end if that node died"));
    }
    for (node, player) in state.holders.difference(&held) {
        found.add(&format!("{player} counts as one of node {node}, and has no socket there"));
    }
    let nodes = held.iter().map(|(node, _)| *node).chain(state.nodes.keys().copied());
    for node in nodes.filter(|node| *node == 0 || *node >= NODES).collect::<HashSet<_>>() {
        found.add(&format!("there is something of node {node}, and no node has that number"));
    }
    check_inboxes(state, found);
}

fn check_sockets(player: &str, sockets: &[Socket<'_>], found: &mut Findings) {
    let mut seen = HashSet::new();
    for socket in sockets {
        found.add_if(!seen.insert(socket), || format!("{player} has the socket {} twice", socket.name));
    }
}

/// Of a player's sockets the latest that was greeted hears of him, and no other that was.
fn check_live(hearing: &Hearing<'_>, found: &mut Findings) {
    let player = hearing.player;
    let latest = hearing.latest.map(|(_, socket)| socket);
    for live in &hearing.live {
        found.add_if(Some(*live) != latest, || {
            format!("{player} hears on the socket {live}, and {} is the latest", latest.unwrap_or("none"))
        });
    }
}

/// A node has an inbox for as long as it has a lease.
fn check_inboxes(state: &State<'_>, found: &mut Findings) {
    for (node, length) in &state.inboxes {
        match state.nodes.get(node) {
            Some(_) => found.add_if(*length == 0, || format!("node {node} has no inbox, so nothing can be told by it")),
            None => found.add_if(*length > 0, || format!("there is an inbox of node {node}, which is gone")),
        }
        found.add_if(*length > MAX_INBOX, || format!("the inbox of node {node} has {length} messages"));
    }
}
