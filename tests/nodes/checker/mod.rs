//! What must hold once the dust has settled, seen from outside, whatever happened before.

mod planted;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    PATIENCE,
    cluster::Cluster,
    http::{Call, Key},
    record::Player,
};

/// Whether players may have to register again before they have been told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Telling {
    /// Whoever had a socket is told on it.
    Done,
    /// A player whose socket ended is told when he registers again.
    OnceRegistered,
}

/// Waits until nothing is in flight, and then holds everything that was ever said against what stands.
pub(crate) async fn check(cluster: &Cluster, telling: Telling) {
    let players = cluster.record.players();
    let standings = standings(cluster, &players).await;
    let matches = matches(cluster, &players).await;
    two_real_players(&players, &matches);
    one_standing(&standings, &matches);
    nobody_waits_in_vain(&standings);
    told(cluster, &standings, &matches, telling).await;
    assert_eq!(cluster.record.faults(), Vec::<String>::new());
    cluster.audit().await;
}

/// Where everybody stands, on which all nodes agree.
async fn standings(cluster: &Cluster, players: &BTreeMap<String, Player>) -> BTreeMap<String, Value> {
    let mut standings = BTreeMap::new();
    for player in players.keys() {
        let call = Call::Standing(player.clone());
        let first = cluster.insist_on(&[0], &call).await;
        assert_eq!(first.status, 200, "{player}: {first:?}");
        for node in 1..cluster.nodes.len() {
            let other = cluster.insist_on(&[node], &call).await;
            assert_eq!(other.json(), first.json(), "node {node} and node 0 do not agree on {player}");
        }
        standings.insert(player.clone(), first.json());
    }
    standings
}

/// Every match that anybody ever heard of, all of which can be read, on all nodes alike.
async fn matches(cluster: &Cluster, players: &BTreeMap<String, Player>) -> BTreeMap<String, Value> {
    // What was heard of while the standings were read counts too.
    let heard: BTreeSet<String> = cluster.record.players().values().flat_map(Player::matches).collect();
    let heard = heard.into_iter().chain(players.values().flat_map(Player::matches)).collect::<BTreeSet<_>>();
    let mut matches = BTreeMap::new();
    for (turn, id) in heard.into_iter().enumerate() {
        let answer = cluster.insist_on(&[turn % cluster.nodes.len()], &Call::Match(id.clone())).await;
        assert_eq!(answer.status, 200, "match {id} was named, and cannot be read: {answer:?}");
        matches.insert(id, answer.json());
    }
    matches
}

/// Each match has two distinct players, who asked for its key, and those who heard of it are those two.
fn two_real_players(players: &BTreeMap<String, Player>, matches: &BTreeMap<String, Value>) {
    for (id, document) in matches {
        let two = players_of(document);
        assert_eq!(two.iter().collect::<BTreeSet<_>>().len(), 2, "{document}");
        let key = Key::named(document).unwrap_or_else(|| panic!("no key in {document}"));
        for player in &two {
            let asked = players.get(player).is_some_and(|player| player.keys.contains(&key));
            assert!(asked, "{player} never asked for {document}");
        }
        for (name, player) in players {
            if player.matches().contains(id) {
                assert!(two.contains(name), "{name} heard of {document}");
            }
            for opponent in player.told.get(id).into_iter().flatten() {
                assert!(two.contains(opponent) && opponent != name, "{name} was told of {opponent} in {document}");
            }
        }
    }
}

/// Nobody is in two matches that are not finished, and whoever is in one stands in it.
fn one_standing(standings: &BTreeMap<String, Value>, matches: &BTreeMap<String, Value>) {
    let mut active: BTreeMap<String, String> = BTreeMap::new();
    for (id, document) in matches.iter().filter(|(_, document)| document["status"] != "finished") {
        assert_eq!(document["status"], "active", "{document}");
        for player in players_of(document) {
            assert_eq!(standings[&player], json!({"status": "matched", "matchId": id}), "{player} in {document}");
            let other = active.insert(player.clone(), id.clone());
            assert_eq!(other, None, "{player} is in {id} too");
        }
    }
    for (player, standing) in standings.iter().filter(|(_, standing)| standing["status"] == "matched") {
        assert_eq!(active.get(player).map(String::as_str), standing["matchId"].as_str(), "{player}");
    }
}

fn nobody_waits_in_vain(standings: &BTreeMap<String, Value>) {
    let mut waiting = BTreeMap::new();
    for (player, standing) in standings.iter().filter(|(_, standing)| standing["status"] == "waiting") {
        let key = Key::named(standing).unwrap_or_else(|| panic!("no key in {standing}"));
        let other = waiting.insert(key, player);
        assert_eq!(other, None, "{player} waits under the same key: {standing}");
    }
}

/// Whoever is in an active match is told of it.
async fn told(
    cluster: &Cluster,
    standings: &BTreeMap<String, Value>,
    matches: &BTreeMap<String, Value>,
    telling: Telling,
) {
    let begun = Instant::now();
    let mut node = 0;
    for (player, standing) in standings.iter().filter(|(_, standing)| standing["status"] == "matched") {
        let id = standing["matchId"].as_str().expect("an id");
        assert!(matches.contains_key(id), "{player} stands in a match nobody heard of: {standing}");
        let heard = || cluster.record.players()[player].told.contains_key(id);
        if telling == Telling::Done && !cluster.record.players()[player].was_connected {
            continue;
        }
        while telling == Telling::Done && !heard() {
            assert!(begun.elapsed() < PATIENCE, "{player} was never told of {id}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        if !heard() {
            node += 1;
            let socket = cluster.register(node % cluster.nodes.len(), player).await;
            socket.told(id).await;
        }
    }
}

fn players_of(document: &Value) -> Vec<String> {
    let players = document["players"].as_array().unwrap_or_else(|| panic!("no players in {document}"));
    players.iter().map(|player| player.as_str().expect("an id").to_owned()).collect()
}
