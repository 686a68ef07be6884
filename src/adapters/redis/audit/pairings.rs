//! Who stands in which match: rules 1, 2 and 6.

use std::collections::HashMap;

use super::{Findings, record::Pairing, state::State};

pub(super) fn check(state: &State<'_>, found: &mut Findings) {
    let by_serial: HashMap<u64, Pairing<'_>> =
        state.pairings.iter().map(|(pairing, _)| (pairing.serial, *pairing)).collect();
    let mut by_id = HashMap::new();
    for (pairing, score) in &state.pairings {
        if let Some(other) = by_id.insert(pairing.id, pairing.serial) {
            let (id, serial) = (pairing.id, pairing.serial);
            let [one, other] = [serial.min(other), serial.max(other)];
            found.add(&format!("the pairings {one} and {other} are both the match {id}"));
        }
        check_place(&format!("pairing {}", pairing.serial), pairing.serial, *score, found);
        check_players(state, pairing, found);
        check_match(state, pairing, found);
    }
    for (player, serial) in &state.matched {
        match by_serial.get(serial) {
            None => found.add(&format!("{player} stands in the pairing {serial}, which is not there")),
            Some(pairing) => found.add_if(!pairing.players.contains(player), || {
                let [first, second] = pairing.players;
                format!("{player} stands in the pairing {serial}, which is of {first} and {second}")
            }),
        }
    }
    for (serial, score) in &state.unsettled {
        check_place(&format!("unsettled pairing {serial}"), *serial, *score, found);
        found.add_if(!by_serial.contains_key(serial), || {
            format!("the pairing {serial} is not settled, and is not there")
        });
    }
}

/// What is in the order of serials stands at its own.
pub(super) fn check_place(what: &str, serial: u64, score: f64, found: &mut Findings) {
    // Serials are far below 2^53, up to which such numbers are exact.
    found
        .add_if(score.to_string() != serial.to_string(), || format!("the {what} is at the place {score} of its order"));
}

fn check_players(state: &State<'_>, pairing: &Pairing<'_>, found: &mut Findings) {
    let serial = pairing.serial;
    let [first, second] = pairing.players;
    found.add_if(first == second, || format!("the pairing {serial} is of {first} with himself"));
    for player in pairing.players {
        match state.matched.get(player) {
            Some(standing) if *standing == serial => {}
            Some(standing) => {
                found.add(&format!("{player} is in the pairing {serial}, and stands in the pairing {standing}"));
            }
            None if state.tickets.contains_key(player) => {
                found.add(&format!("{player} is in the pairing {serial}, and waits"));
            }
            None => found.add(&format!("{player} is in the pairing {serial}, and is idle")),
        }
    }
}

/// A match that somebody was told of can be read; one that is over holds nobody for long.
fn check_match(state: &State<'_>, pairing: &Pairing<'_>, found: &mut Findings) {
    let Pairing { serial, id, .. } = pairing;
    let is_settled = !state.unsettled.contains_key(serial);
    let Some(stored) = state.matches.get(id) else {
        found.add_if(is_settled, || format!("the pairing {serial} is settled, and its match {id} is not stored"));
        return;
    };
    let (stored_as, paired_as) = (stored.pairing.text, pairing.text);
    found.add_if(stored_as != paired_as, || {
        format!("the match {id} is stored as {stored_as:?}, and paired as {paired_as:?}")
    });
    let is_held = stored.finished_at.is_some_and(|at| state.is_long_after(at));
    found.add_if(is_held, || format!("the match {id} is over for more than a minute, and still holds its players"));
    found.add_if(!is_settled && state.is_long_after(pairing.paired_at), || {
        format!("the match {id} is stored for more than a minute, and not known to be told")
    });
}
