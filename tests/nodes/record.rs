//! What players asked for, were answered and were told, over all nodes: what stands in the end is held against it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard},
};

use serde_json::Value;

use crate::http::{Answer, Call, Key};

/// What one player asked and learned.
#[derive(Clone, Debug, Default)]
pub(crate) struct Player {
    /// The keys that he asked for.
    pub(crate) keys: BTreeSet<Key>,
    /// Whether a socket of his was ever registered.
    pub(crate) was_connected: bool,
    /// The matches that were named to him in answers.
    pub(crate) answered: BTreeSet<String>,
    /// The matches that were told on his sockets, with the opponents that were named.
    pub(crate) told: BTreeMap<String, BTreeSet<String>>,
    /// The matches that he was told are over.
    finished: BTreeSet<String>,
    /// How often he was told that a search ended, by reason.
    pub(crate) searches_ended: BTreeMap<String, usize>,
}

impl Player {
    /// All the matches that he ever heard of.
    pub(crate) fn matches(&self) -> BTreeSet<String> {
        self.answered.iter().chain(self.told.keys()).chain(&self.finished).cloned().collect()
    }

    /// Takes in a message; gives what is wrong with it.
    fn hear(&mut self, name: &str, message: &Value) -> Option<&'static str> {
        let text = |member: &str| message[member].as_str().unwrap_or_default().to_owned();
        match message["type"].as_str() {
            Some("match_found") => {
                let (id, opponent) = (text("matchId"), text("opponentId"));
                let asked = Key::named(message).is_some_and(|key| self.keys.contains(&key));
                let over = self.finished.contains(&id);
                let fault =
                    [(!asked, "he never asked for it"), (opponent == name, "he plays himself"), (over, "it is over")]
                        .into_iter()
                        .find_map(|(wrong, what)| wrong.then_some(what));
                self.told.entry(id).or_default().insert(opponent);
                fault
            }
            Some("match_finished") => {
                self.finished.insert(text("matchId"));
                None
            }
            Some("search_ended") => {
                *self.searches_ended.entry(text("reason")).or_default() += 1;
                None
            }
            Some("registered") => {
                self.was_connected = true;
                None
            }
            Some("error") => None,
            _ => Some("nobody knows such a message"),
        }
    }
}

/// All players.
#[derive(Debug, Default)]
pub(crate) struct Record(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    players: BTreeMap<String, Player>,
    /// What must not have been said, as it was found.
    faults: Vec<String>,
}

impl Record {
    pub(crate) fn players(&self) -> BTreeMap<String, Player> {
        self.lock().players.clone()
    }

    /// What was told and must not have been.
    pub(crate) fn faults(&self) -> Vec<String> {
        self.lock().faults.clone()
    }

    /// A player is about to ask; that counts, whatever the answer.
    pub(crate) fn asks(&self, call: &Call) {
        if let Call::Find(player, key) = call {
            self.lock().players.entry(player.clone()).or_default().keys.insert(key.clone());
        }
    }

    pub(crate) fn answered(&self, call: &Call, answer: &Answer) {
        let (Call::Find(player, _) | Call::Standing(player) | Call::Leave(player)) = call else { return };
        self.lock().players.entry(player.clone()).or_default().answered.extend(answer.match_id());
    }

    /// A message came on a player's socket, which is held against all that came to him before.
    pub(crate) fn told(&self, name: &str, message: &Value) {
        let mut seen = self.lock();
        let player = seen.players.entry(name.to_owned()).or_default();
        let fault = player.hear(name, message);
        seen.faults.extend(fault.map(|fault| format!("{name}: {fault}: {message}")));
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().expect("no thread panicked")
    }
}
