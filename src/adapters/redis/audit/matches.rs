//! What can be read of matches: rules 1, 2, 6 and 9.

use std::collections::{HashMap, HashSet};

use super::{Findings, pairings::check_place, record::Stored, state::State};
use crate::domain::QueueSettings;

pub(super) fn check(state: &State<'_>, settings: &QueueSettings, found: &mut Findings) {
    let standing: HashSet<&str> = state.pairings.iter().map(|(pairing, _)| pairing.id).collect();
    let finished: HashSet<&str> = state.finished.iter().copied().collect();
    let mut match_of = HashMap::new();
    for (id, stored) in &state.matches {
        let own = stored.pairing.id;
        found.add_if(own != *id, || format!("the match {id} is stored as {own}"));
        let [first, second] = stored.pairing.players;
        found.add_if(first == second, || format!("the match {id} is of {first} with himself"));
        let is_listed = finished.contains(id);
        if stored.finished_at.is_some() {
            found.add_if(!is_listed, || format!("the match {id} is finished, and is never forgotten"));
            continue;
        }
        found.add_if(is_listed, || format!("the match {id} is active, and would be forgotten as a finished one"));
        check_active(state, id, stored, found);
        found.add_if(!standing.contains(id), || format!("the match {id} is active, and nobody stands in it"));
        for player in stored.pairing.players {
            if let Some(other) = match_of.insert(player, *id).filter(|other| other != id) {
                let [one, other] = if *id < other { [*id, other] } else { [other, *id] };
                found.add(&format!("{player} is in two active matches, {one} and {other}"));
            }
        }
    }
    for id in state.active.keys() {
        let is_active = state.matches.get(id).is_some_and(|stored| stored.finished_at.is_none());
        found.add_if(!is_active, || format!("the match {id} is among the active ones, and is none"));
    }
    for id in &finished {
        let is_finished = state.matches.get(id).is_some_and(|stored| stored.finished_at.is_some());
        found.add_if(!is_finished, || format!("the match {id} is among the finished ones, and is none"));
    }
    found.add_if(finished.len() < state.finished.len(), || "a match is twice among the finished ones".to_owned());
    check_bounds(state, settings.max_matches, found);
}

fn check_active(state: &State<'_>, id: &str, stored: &Stored<'_>, found: &mut Findings) {
    match state.active.get(id) {
        None => found.add(&format!("the match {id} is active, and its lifetime never ends")),
        Some(score) => check_place(&format!("active match {id}"), stored.pairing.serial, *score, found),
    }
}

fn check_bounds(state: &State<'_>, max_matches: usize, found: &mut Findings) {
    for (what, count) in [("pairings", state.pairings.len()), ("matches", state.matches.len())] {
        found.add_if(count > max_matches, || format!("there are {count} {what}, and --max-matches is {max_matches}"));
    }
}
