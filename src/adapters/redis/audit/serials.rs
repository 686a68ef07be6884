//! The one order in which everything was decided: rules 3 and 8.

use std::{collections::HashMap, fmt};

use super::{Findings, state::State};

/// What was given a serial.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Owner<'a> {
    TicketOf(&'a str),
    ConnectionOf(&'a str),
    Match(&'a str),
}

impl fmt::Display for Owner<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TicketOf(player) => write!(formatter, "the ticket of {player}"),
            Self::ConnectionOf(player) => write!(formatter, "the connection of {player}"),
            Self::Match(id) => write!(formatter, "the match {id}"),
        }
    }
}

pub(super) fn check(state: &State<'_>, found: &mut Findings) {
    let tickets = state.tickets.values().map(|ticket| (ticket.serial, Owner::TicketOf(ticket.player)));
    let pairings = state.pairings.iter().map(|(pairing, _)| (pairing.serial, Owner::Match(pairing.id)));
    let matches = state.matches.values().map(|stored| (stored.pairing.serial, Owner::Match(stored.pairing.id)));
    let connections =
        state.hearings.values().filter_map(|hearing| Some((hearing.latest?.0, Owner::ConnectionOf(hearing.player))));
    let mut owners = HashMap::new();
    for (serial, owner) in tickets.chain(pairings).chain(matches).chain(connections) {
        let greatest = state.serial;
        found.add_if(serial == 0 || serial > greatest, || {
            format!("{owner} has the serial {serial}, and the last that was given is {greatest}")
        });
        if let Some(other) = owners.insert(serial, owner).filter(|other| *other != owner) {
            let (one, other) = (owner.min(other), owner.max(other));
            found.add(&format!("the serial {serial} is of {one} and of {other}"));
        }
    }
}
