//! Many calls at once.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use futures_util::future::{join, join_all};
use http_body_util::Full;
use hyper::{Request, body::Bytes};
use serde_json::Value;
use tokio::{sync::Barrier, task::JoinSet};

use crate::support::{CHESS, Connection, Socket, TestServer, request};

const PLAYERS: usize = 400;
const COPIES: usize = 10;
/// Connections for each copy; a copy's requests are spread over them.
const WIDTH: usize = 40;

fn ask(player: &str) -> Request<Full<Bytes>> {
    let request = request("POST", "/api/find-match").header("content-type", "application/json");
    request.body(Full::from(CHESS.body(player))).expect("a request")
}

fn leave(player: &str) -> Request<Full<Bytes>> {
    request("DELETE", &format!("/api/find-match/{player}")).body(Full::default()).expect("a request")
}

/// Every player asks several times at once, each time on another connection; gives each player's answers.
async fn storm(server: &TestServer) -> HashMap<String, Vec<Value>> {
    let start = Arc::new(Barrier::new(COPIES * WIDTH));
    let mut lanes = JoinSet::new();
    for copy in 0..COPIES {
        for lane in 0..WIDTH {
            let start = Arc::clone(&start);
            let mut connection = Connection::open(server.address).await;
            lanes.spawn(async move {
                // Some copies go through the players backwards, so that their orders mix.
                let mut players: Vec<usize> = (lane..PLAYERS).step_by(WIDTH).collect();
                if copy % 2 == 1 {
                    players.reverse();
                }
                start.wait().await;
                let mut answers = Vec::new();
                for player in players {
                    let player = format!("player{player}");
                    let answer = connection.send(ask(&player)).await;
                    assert_eq!(answer.status, 200, "{answer:?}");
                    answers.push((player, answer.json()));
                }
                answers
            });
        }
    }
    let mut answers: HashMap<String, Vec<Value>> = HashMap::new();
    for (player, answer) in lanes.join_all().await.into_iter().flatten() {
        answers.entry(player).or_default().push(answer);
    }
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_hundred_players_who_ask_ten_times_at_once_end_in_two_hundred_matches() {
    let server = TestServer::start().await;

    let answers = storm(&server).await;

    let mut matches: HashMap<String, HashSet<String>> = HashMap::new();
    for player in 0..PLAYERS {
        let player = format!("player{player}");
        let standing = server.standing(&player).await.json();
        assert_eq!(standing["status"], "matched", "{player}");
        let id = standing["matchId"].as_str().expect("an id").to_owned();
        assert_eq!(answers[&player].len(), COPIES);
        for answer in &answers[&player] {
            // An earlier answer may be "waiting"; a match, once named, is the one that stands.
            assert!(answer["status"] == "waiting" || answer["matchId"] == id.as_str(), "{player}: {answer}");
        }
        matches.entry(id).or_default().insert(player);
    }
    assert_eq!(matches.len(), PLAYERS / 2);
    for (id, players) in matches {
        let document = server.match_(&id).await.json();
        assert_eq!(document["status"], "active");
        let named = document["players"].as_array().expect("players").iter();
        let named: HashSet<String> = named.map(|player| player.as_str().expect("an id").to_owned()).collect();
        assert_eq!(named, players);
        assert_eq!(named.len(), 2);
    }
    assert_eq!(server.metric("matchmaker_matches_created_total").await, 200);
    assert_eq!(server.metric("matchmaker_waiting_players").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_leaving_and_being_matched_exactly_one_happens() {
    let server = TestServer::start().await;
    let (mut leaving, mut asking) = (Connection::open(server.address).await, Connection::open(server.address).await);
    let mut left = 0;
    for race in 0..200 {
        let (alice, bob) = (format!("alice{race}"), format!("bob{race}"));
        asking.send(ask(&alice)).await.assert_waiting();

        let (leave, asked) = if race % 2 == 0 {
            join(leaving.send(leave(&alice)), asking.send(ask(&bob))).await
        } else {
            let (asked, leave) = join(asking.send(ask(&bob)), leaving.send(leave(&alice))).await;
            (leave, asked)
        };

        if leave.status == 200 {
            left += 1;
            asked.assert_waiting();
            server.assert_idle(&alice).await;
            assert_eq!(server.leave(&bob).await.status, 200);
        } else {
            let id = asked.match_id();
            leave.assert_problem_with(409, "already_matched", &serde_json::json!({"matchId": id}));
            server.assert_matched(&alice, &id).await;
            server.assert_matched(&bob, &id).await;
        }
    }
    assert_eq!(server.metric("matchmaker_matches_created_total").await, 200 - left);
    assert_eq!(server.metric("matchmaker_waiting_players").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_matched_with_himself_however_often_he_asks_at_once() {
    let server = TestServer::start().await;
    let mut connections = join_all((0..100).map(|_| Connection::open(server.address))).await;

    let answers = join_all(connections.iter_mut().map(|connection| connection.send(ask("alice")))).await;

    for answer in answers {
        answer.assert_waiting();
    }
    assert_eq!(server.metric("matchmaker_queue_joins_total").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_connected_in_a_storm_is_told_of_his_own_match_once() {
    let server = TestServer::start().await;
    let players: Vec<String> = (0..100).map(|player| format!("player{player}")).collect();
    let mut sockets = Vec::new();
    for player in &players {
        sockets.push(server.connect(player).await);
    }

    let asked = join_all(players.iter().chain(&players).map(|player| server.find(player, CHESS))).await;

    assert!(asked.iter().all(|answer| answer.status == 200));
    let mut told: HashMap<String, Vec<String>> = HashMap::new();
    for (player, socket) in players.iter().zip(&mut sockets) {
        let found: Value = serde_json::from_str(&socket.text().await).expect("JSON");
        assert_eq!(found["type"], "match_found");
        socket.expect_silence().await;
        let opponent = found["opponentId"].as_str().expect("an id");
        assert_ne!(opponent, player);
        told.entry(found["matchId"].as_str().expect("an id").to_owned()).or_default().push(opponent.to_owned());
    }
    assert_eq!(told.len(), 50);
    assert!(told.values().all(|opponents| opponents.len() == 2 && opponents[0] != opponents[1]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_reconnections_loses_no_match() {
    let server = TestServer::start().await;
    for round in 0..25 {
        let (alice, bob) = (format!("alice{round}"), format!("bob{round}"));
        server.find(&alice, CHESS).await.assert_waiting();
        // Each socket replaces the one before, while the match is made somewhere in between.
        let reconnections = async {
            let mut sockets = Vec::new();
            for _ in 0..8 {
                let mut socket = server.open_socket().await;
                socket.register(&alice).await;
                sockets.push(socket);
            }
            sockets
        };
        let (sockets, asked) = join(reconnections, server.find(&bob, CHESS)).await;
        let id = asked.match_id();

        let mut open: Vec<(Socket, Vec<String>)> = sockets.into_iter().map(|socket| (socket, Vec::new())).collect();
        // The first time round each registration is dealt with; only then is it settled which socket lives.
        for _ in 0..2 {
            let mut still_open = Vec::new();
            for (mut socket, mut told) in open {
                let (texts, code) = socket.unread().await;
                told.extend(texts);
                match code {
                    None => still_open.push((socket, told)),
                    Some(code) => assert_eq!(code, 4001),
                }
            }
            open = still_open;
        }
        assert_eq!(open.len(), 1, "one socket lives");
        let told = open.iter().flat_map(|(_, told)| told);
        let found: Vec<&String> = told.filter(|text| text.contains("match_found")).collect();
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains(&id), "{found:?}");
        drop(open);
        server.metric_reaches("matchmaker_open_sockets", 0).await;
    }
}
