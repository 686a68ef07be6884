//! Who waits, and who may be paired: rules 3, 4 and 9.

use std::collections::HashMap;

use super::{Findings, record::Ticket, state::State};
use crate::domain::QueueSettings;

/// How many games the census tells apart.
const MAX_GAMES: usize = 64;

pub(super) fn check(state: &State<'_>, settings: &QueueSettings, found: &mut Findings) {
    for ticket in state.tickets.values() {
        check_end(state, ticket, found);
    }
    check_deadlines(state, found);
    check_offers(state, state.only_connected.unwrap_or(settings.pair_only_connected), found);
    check_games(state, found);
    let (waiting, max_waiting) = (state.tickets.len(), settings.max_waiting);
    found.add_if(waiting > max_waiting, || format!("{waiting} players wait, and --max-waiting is {max_waiting}"));
}

/// A ticket ends by itself unless a socket keeps it alive.
fn check_end(state: &State<'_>, ticket: &Ticket<'_>, found: &mut Findings) {
    let player = ticket.player;
    let is_connected = state.sockets.contains_key(player);
    match ticket.end {
        None => found.add_if(!is_connected, || format!("{player} is not connected, and his search never ends")),
        Some((at, _)) => {
            found.add_if(is_connected, || format!("{player} is connected, and his search ends all the same"));
            found.add_if(state.is_long_after(at), || {
                format!("the search of {player} is over for more than a minute, and he still waits")
            });
        }
    }
}

fn check_deadlines(state: &State<'_>, found: &mut Findings) {
    let mut expected: HashMap<String, (&str, u64)> =
        state.tickets.values().filter_map(|ticket| Some((ticket.member(), (ticket.player, ticket.end?.0)))).collect();
    for (member, score) in &state.deadlines {
        match expected.remove(*member) {
            None => found.add(&format!("a deadline stands for {member:?}, and no ticket has it")),
            Some((player, at)) => found.add_if(at.to_string() != score.to_string(), || {
                format!("the search of {player} ends at {at}, and {score} is its place among the deadlines")
            }),
        }
    }
    for (player, _) in expected.into_values() {
        found.add(&format!("the search of {player} has a deadline that is not among the others, so nobody ends it"));
    }
}

/// Under a key at most one ticket waits that may be paired, and it is the one that is offered.
fn check_offers(state: &State<'_>, pair_only_connected: bool, found: &mut Findings) {
    let may_be_paired = |player: &str| !pair_only_connected || state.sockets.contains_key(player);
    let mut under_key: HashMap<&str, Vec<&Ticket<'_>>> = HashMap::new();
    for ticket in state.tickets.values().filter(|ticket| may_be_paired(ticket.player)) {
        under_key.entry(ticket.key).or_default().push(ticket);
    }
    for (key, tickets) in &mut under_key {
        tickets.sort_unstable_by_key(|ticket| ticket.serial);
        let longest = tickets[0].player;
        for other in &tickets[1..] {
            found.add(&format!("{longest} and {} both wait under {key}, and could be paired", other.player));
        }
        let offered = state.pairable.get(key);
        found
            .add_if(offered.is_none(), || format!("{longest} waits under {key}, and nobody who asks for it finds him"));
        if let Some(other) = offered.filter(|offered| **offered != longest) {
            found.add(&format!("{other} is offered under {key}, and {longest} is the one who waits longest"));
        }
    }
    for (key, player) in &state.pairable {
        match state.tickets.get(player) {
            Some(ticket) if ticket.key == *key => found
                .add_if(!may_be_paired(player), || format!("{player} is offered under {key}, and is not connected")),
            _ => found.add(&format!("{player} is offered under {key}, and does not wait there")),
        }
    }
}

fn check_games(state: &State<'_>, found: &mut Findings) {
    let mut counted: HashMap<String, u64> = HashMap::new();
    for ticket in state.tickets.values().filter(|ticket| ticket.by_game) {
        *counted.entry(ticket.game()).or_default() += 1;
    }
    for (game, count) in &state.games {
        let waiting = counted.remove(*game).unwrap_or_default();
        found.add_if(*count != waiting, || {
            format!("{waiting} tickets are counted under {game:?}, and the count is {count}")
        });
    }
    for (game, waiting) in counted {
        found.add(&format!("{waiting} tickets are counted under {game:?}, and there is no count"));
    }
    let games = state.games.len();
    found.add_if(games > MAX_GAMES, || format!("{games} games are told apart, and {MAX_GAMES} may be"));
}
