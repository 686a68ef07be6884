//! That each check finds what it is there to find.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
};

use serde_json::{Value, json};

use super::{nobody_waits_in_vain, one_standing, two_real_players};
use crate::{
    http::{Answer, Call, Key},
    record::Record,
};

/// Alice and bob have played, and play again; carol waits.
struct World {
    record: Record,
    standings: BTreeMap<String, Value>,
    matches: BTreeMap<String, Value>,
}

impl World {
    fn sound() -> Self {
        let in_second = json!({"status": "matched", "matchId": "second"});
        let standings = [
            ("alice", in_second.clone()),
            ("bob", in_second),
            ("carol", json!({"status": "waiting", "game": "chess", "asset": "USDT", "amount": 20})),
            ("dave", json!({"status": "idle"})),
        ];
        let documents =
            [document("first", ["alice", "bob"], "finished"), document("second", ["bob", "alice"], "active")];
        let world = Self {
            record: Record::default(),
            standings: standings.map(|(player, standing)| (player.to_owned(), standing)).into(),
            matches: documents
                .map(|document| (document["id"].as_str().unwrap_or_default().to_owned(), document))
                .into(),
        };
        for player in ["alice", "bob", "carol"] {
            world.record.asks(&Call::find(player, &Key::of("chess")));
        }
        for (player, opponent) in [("alice", "bob"), ("bob", "alice")] {
            world.record.told(player, &json!({"type": "registered", "playerId": player, "status": "idle"}));
            world.told(player, "first", opponent);
            world.record.told(player, &json!({"type": "match_finished", "matchId": "first"}));
            world.told(player, "second", opponent);
        }
        world
    }

    fn told(&self, player: &str, id: &str, opponent: &str) {
        self.record.told(player, &found(id, "chess", opponent));
    }

    fn answered(&self, player: &str, id: &str) {
        let body = json!({"status": "matched", "matchId": id}).to_string();
        let answer = Answer { status: 200, body, took: std::time::Duration::ZERO };
        self.record.answered(&Call::Standing(player.to_owned()), &answer);
    }

    /// Whether anything is found.
    fn is_unsound(&self) -> bool {
        let checks = AssertUnwindSafe(|| {
            two_real_players(&self.record.players(), &self.matches);
            one_standing(&self.standings, &self.matches);
            nobody_waits_in_vain(&self.standings);
            assert_eq!(self.record.faults(), Vec::<String>::new());
        });
        catch_unwind(checks).is_err()
    }
}

fn found(id: &str, game: &str, opponent: &str) -> Value {
    json!({"type": "match_found", "matchId": id, "game": game, "asset": "USDT", "amount": 20, "opponentId": opponent})
}

fn document(id: &str, players: [&str; 2], status: &str) -> Value {
    json!({"id": id, "game": "chess", "asset": "USDT", "amount": 20, "players": players, "status": status})
}

fn insert(world: &mut World, document: Value) {
    world.matches.insert(document["id"].as_str().unwrap_or_default().to_owned(), document);
}

fn stand(world: &mut World, player: &str, standing: Value) {
    world.standings.insert(player.to_owned(), standing);
}

/// One thing that is wrong in a world that was sound.
type Plant = fn(&mut World);

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    assert!(!World::sound().is_unsound());
}

#[test]
fn whatever_is_wrong_is_found() {
    let plants: [(&str, Plant); 15] = [
        ("a match with oneself", |world| insert(world, document("second", ["alice", "alice"], "active"))),
        ("a match with three", |world| {
            let three = json!(["alice", "bob", "carol"]);
            world.matches.get_mut("second").expect("it is there")["players"] = three;
        }),
        ("a key nobody asked for", |world| {
            world.matches.get_mut("first").expect("it is there")["game"] = json!("go");
        }),
        ("a player who never asked", |world| insert(world, document("second", ["alice", "dave"], "active"))),
        ("told to a stranger", |world| world.told("carol", "second", "bob")),
        ("answered to a stranger", |world| world.answered("carol", "first")),
        ("the wrong opponent", |world| world.told("alice", "second", "carol")),
        ("oneself as opponent", |world| world.told("alice", "second", "alice")),
        ("told for another key", |world| world.record.told("alice", &found("second", "go", "bob"))),
        ("told after its end", |world| world.told("alice", "first", "bob")),
        ("a message of no type", |world| world.record.told("alice", &json!({"type": "hello"}))),
        ("two matches", |world| insert(world, document("third", ["alice", "carol"], "active"))),
        ("a standing in no match", |world| stand(world, "dave", json!({"status": "matched", "matchId": "first"}))),
        ("idle in a match", |world| stand(world, "alice", json!({"status": "idle"}))),
        ("two who wait", |world| {
            let standing = world.standings["carol"].clone();
            stand(world, "dave", standing);
        }),
    ];
    for (what, plant) in plants {
        let mut world = World::sound();
        plant(&mut world);
        assert!(world.is_unsound(), "not found: {what}");
    }
}
