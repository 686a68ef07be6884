//! Many calls at once, spread over the nodes.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    checker::{Telling, check},
    cluster::{Cluster, Setup},
    http::{Call, Key},
    redis_server::Options,
};

const PLAYERS: usize = 400;
const COPIES: usize = 10;
/// Callers for each copy, among whom the players are spread.
const WIDTH: usize = 8;
const RACES: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_hundred_players_who_ask_ten_times_at_once_on_three_nodes_end_in_two_hundred_matches() {
    let Some(cluster) = Cluster::of(3) else { return };
    let chess = Key::of("chess");
    let mut sockets = Vec::new();
    for player in 0..PLAYERS {
        sockets.push(cluster.register(player % 3, &format!("player{player}")).await);
    }

    let mut callers = JoinSet::new();
    for caller in 0..COPIES * WIDTH {
        let (cluster, chess) = (cluster.clone(), chess.clone());
        callers.spawn(async move {
            let (copy, lane) = (caller / WIDTH, caller % WIDTH);
            let mut players: Vec<usize> = (lane..PLAYERS).step_by(WIDTH).collect();
            // Some copies go through the players backwards, so that their orders mix.
            if copy % 2 == 1 {
                players.reverse();
            }
            let mut answers = Vec::new();
            for player in players {
                let answer = cluster.find((player + copy) % 3, &format!("player{player}"), &chess).await;
                assert_eq!(answer.status, 200, "{answer:?}");
                answers.push((player, answer.json()));
            }
            answers
        });
    }
    let mut answers: BTreeMap<usize, Vec<Value>> = BTreeMap::new();
    for (player, answer) in callers.join_all().await.into_iter().flatten() {
        answers.entry(player).or_default().push(answer);
    }

    let mut matches: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (player, socket) in sockets.iter().enumerate() {
        let id = cluster.standing(player % 3, &socket.player).await.assert_matched();
        assert_eq!(answers[&player].len(), COPIES);
        for answer in &answers[&player] {
            // An earlier answer may be "waiting"; a match, once named, is the one that stands.
            let true_then = [json!({"status": "waiting"}), json!({"status": "matched", "matchId": id})];
            assert!(true_then.contains(answer), "{}: {answer}", socket.player);
        }
        let found = socket.told(&id).await;
        let two = matches.entry(id).or_default();
        two.insert(socket.player.clone());
        two.insert(found["opponentId"].as_str().expect("an id").to_owned());
    }
    assert_eq!(matches.len(), PLAYERS / 2);
    assert!(matches.values().all(|two| two.len() == 2), "{matches:?}");
    check(&cluster, Telling::Done).await;
    for socket in &sockets {
        assert_eq!(socket.said().of_type("match_found").count(), 1, "{}: {:?}", socket.player, socket.said());
        socket.assert_open();
    }
    assert_eq!(cluster.metric("matchmaker_matches_created_total").await, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_leaving_on_one_node_and_being_matched_on_another_exactly_one_happens() {
    let Some(cluster) = Cluster::of(3) else { return };
    let mut told = Vec::new();
    for race in 0..RACES {
        let (alice, bob, key) = (format!("alice{race}"), format!("bob{race}"), Key::of(&format!("game{race}")));
        let socket = cluster.register(race % 3, &alice).await;
        cluster.find(race % 3, &alice, &key).await.assert_waiting();

        let (leaving, asking) = (Call::Leave(alice.clone()), Call::find(&bob, &key));
        let (left, asked) = if race % 2 == 0 {
            tokio::join!(cluster.insist_on(&[0], &leaving), cluster.insist_on(&[1], &asking))
        } else {
            let (asked, left) = tokio::join!(cluster.insist_on(&[2], &asking), cluster.insist_on(&[0], &leaving));
            (left, asked)
        };

        let id = if left.status == 200 {
            asked.assert_waiting();
            assert_eq!(cluster.standing(2, &alice).await.json(), json!({"status": "idle"}));
            None
        } else {
            let id = asked.assert_matched();
            left.assert_problem(409, "already_matched");
            assert_eq!(left.match_id(), Some(id.clone()));
            assert_eq!(cluster.standing(2, &alice).await.assert_matched(), id);
            Some(id)
        };
        told.push((socket, id));
    }
    for (socket, id) in &told {
        match id {
            Some(id) => drop(socket.told(id).await),
            None => drop(socket.until("the end", |said| said.of_type("search_ended").next().is_some()).await),
        }
    }
    check(&cluster, Telling::Done).await;
    for (socket, id) in &told {
        let said = socket.said();
        let (found, ended) = (said.of_type("match_found").count(), said.of_type("search_ended").count());
        assert_eq!((found, ended), if id.is_some() { (1, 0) } else { (0, 1) }, "{}: {said:?}", socket.player);
    }
    let happened = told.iter().filter(|(_, id)| id.is_some()).count();
    eprintln!("of {RACES} races between leaving and being matched {happened} ended in a match");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_in_which_redis_dies_and_stands_still_ends_as_any_other() {
    const PLAYERS: usize = 80;
    let setup = Setup { redis: Options::default().append_only(), ..Setup::default() };
    let Some(cluster) = Cluster::start(&setup) else { return };
    let mut playing = JoinSet::new();
    for player in 0..PLAYERS {
        let socket = cluster.register(player % 3, &format!("player{player}")).await;
        let cluster = cluster.clone();
        playing.spawn(async move {
            tokio::time::sleep(Duration::from_millis(30 * player as u64)).await;
            let answer = cluster.insist(player + 1, &Call::find(&socket.player, &Key::of("chess"))).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            let id = socket.told_of_any().await;
            (id, socket)
        });
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    cluster.redis().kill();
    tokio::time::sleep(Duration::from_millis(400)).await;
    tokio::task::block_in_place(|| cluster.redis().restart());
    tokio::time::sleep(Duration::from_millis(600)).await;
    cluster.redis().pause();
    tokio::time::sleep(Duration::from_millis(900)).await;
    cluster.redis().resume();

    let told = playing.join_all().await;

    let matches: BTreeSet<&String> = told.iter().map(|(id, _)| id).collect();
    assert_eq!((told.len(), matches.len()), (PLAYERS, PLAYERS / 2));
    for (_, socket) in &told {
        socket.assert_open();
    }
    check(&cluster, Telling::Done).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_matched_with_himself_however_many_nodes_he_asks_at_once() {
    let Some(cluster) = Cluster::of(3) else { return };
    let mut callers = JoinSet::new();
    for copy in 0..60 {
        let cluster = cluster.clone();
        callers.spawn(async move { cluster.find(copy % 3, "alice", &Key::of("chess")).await });
    }
    for answer in callers.join_all().await {
        answer.assert_waiting();
    }
    assert_eq!(cluster.metric("matchmaker_queue_joins_total").await, 1);
    check(&cluster, Telling::Done).await;
}
