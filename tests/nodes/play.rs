//! Nothing of what players see depends on the node that they see.

use serde_json::json;

use crate::{
    checker::{Telling, check},
    cluster::{Cluster, Setup},
    http::{Answer, Key},
    socket::End,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_players_meet_whose_requests_and_sockets_are_on_different_nodes() {
    let Some(cluster) = Cluster::of(3) else { return };
    let chess = Key::of("chess");
    let (alice, bob) = (cluster.register(2, "alice").await, cluster.register(0, "bob").await);

    cluster.find(0, "alice", &chess).await.assert_waiting();
    let id = cluster.find(1, "bob", &chess).await.assert_matched();

    for (socket, opponent) in [(&alice, "bob"), (&bob, "alice")] {
        let found = json!({"type": "match_found", "matchId": id, "game": "chess", "asset": "USDT", "amount": 20,
            "opponentId": opponent});
        assert_eq!(socket.told(&id).await, found);
    }
    let document = json!({"id": id, "game": "chess", "asset": "USDT", "amount": 20, "players": ["alice", "bob"],
        "status": "active"});
    for node in 0..3 {
        assert_eq!(cluster.match_(node, &id).await.json(), document);
        for player in ["alice", "bob"] {
            assert_eq!(cluster.standing(node, player).await.assert_matched(), id);
            // A retry changes nothing.
            assert_eq!(cluster.find(node, player, &chess).await.assert_matched(), id);
        }
    }
    check(&cluster, Telling::Done).await;

    let finished = cluster.finish(2, &id).await;

    assert_eq!((finished.status, finished.json()["status"].clone()), (200, json!("finished")));
    for socket in [&alice, &bob] {
        socket.until("the end of the match", |said| said.of_type("match_finished").next().is_some()).await;
    }
    for node in 0..3 {
        assert_eq!(cluster.finish(node, &id).await.json(), finished.json());
        assert_eq!(cluster.match_(node, &id).await.json(), finished.json());
        assert_eq!(cluster.standing(node, "alice").await.json(), json!({"status": "idle"}));
    }
    // What was pushed to either comes in order, so that a second copy would be there by now.
    for socket in [alice, bob] {
        let said = socket.said();
        assert_eq!((said.copies(&id), said.of_type("match_finished").count()), (1, 1), "{said:?}");
        socket.assert_open();
    }
    check(&cluster, Telling::Done).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_stands_somewhere_stands_there_for_every_node() {
    let Some(cluster) = Cluster::of(3) else { return };
    let (chess, poker) = (Key::of("chess"), Key::of("poker"));
    let refused = |answer: &Answer, code: &str| answer.assert_problem(409, code);

    cluster.find(0, "alice", &chess).await.assert_waiting();
    for node in 0..3 {
        let waiting = json!({"status": "waiting", "game": "chess", "asset": "USDT", "amount": 20});
        assert_eq!(cluster.standing(node, "alice").await.json(), waiting);
        cluster.find(node, "alice", &chess).await.assert_waiting();
        let elsewhere = cluster.find(node, "alice", &poker).await;
        refused(&elsewhere, "already_waiting");
        assert_eq!(Key::named(&elsewhere.json()), Some(chess.clone()));
    }
    let id = cluster.find(1, "bob", &chess).await.assert_matched();
    for node in 0..3 {
        let elsewhere = cluster.find(node, "alice", &poker).await;
        refused(&elsewhere, "already_matched");
        assert_eq!(elsewhere.match_id(), Some(id.clone()));
        let left = cluster.leave(node, "bob").await;
        refused(&left, "already_matched");
        assert_eq!(left.match_id(), Some(id.clone()));
        cluster.match_(node, "no-such-match").await.assert_problem(404, "not_found");
    }
    check(&cluster, Telling::OnceRegistered).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_longest_is_taken_first_whichever_nodes_were_asked() {
    let Some(cluster) = Cluster::of(3) else { return };
    // Each waits under a key of his own until the others come under it, by turns.
    for round in 0..10 {
        let key = Key::of(&format!("game{round}"));
        let [first, second, third] = ["first", "second", "third"].map(|player| format!("{player}{round}"));
        cluster.find(round % 3, &first, &key).await.assert_waiting();
        let id = cluster.find((round + 1) % 3, &second, &key).await.assert_matched();
        cluster.find((round + 2) % 3, &third, &key).await.assert_waiting();
        assert_eq!(cluster.match_((round + 2) % 3, &id).await.json()["players"], json!([first, second]));
    }
    check(&cluster, Telling::OnceRegistered).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_on_one_node_is_told_on_another() {
    let Some(cluster) = Cluster::of(3) else { return };
    let alice = cluster.register(0, "alice").await;
    cluster.find(1, "alice", &Key::of("chess")).await.assert_waiting();

    let left = cluster.leave(2, "alice").await;

    assert_eq!((left.status, left.json()), (200, json!({"status": "idle"})));
    alice.until("the end of the search", |said| said.of_type("search_ended").next().is_some()).await;
    let ended = json!({"type": "search_ended", "reason": "left"});
    assert_eq!(alice.said().of_type("search_ended").collect::<Vec<_>>(), [&ended]);
    cluster.find(0, "bob", &Key::of("chess")).await.assert_waiting();
    check(&cluster, Telling::Done).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newer_socket_on_another_node_closes_the_older_one_whose_end_ends_nothing() {
    let Some(cluster) = Cluster::start(&Setup { flags: &["--disconnect-grace=1s"], ..Setup::default() }) else {
        return;
    };
    let chess = Key::of("chess");
    let mut socket = cluster.register(0, "alice").await;
    cluster.find(2, "alice", &chess).await.assert_waiting();
    for node in [1, 2, 0, 1] {
        let newer = cluster.register(node, "alice").await;
        assert_eq!(socket.ended().await, End::Closed(4001));
        socket = newer;
    }
    // Somebody whose socket closed at the same time is gone by then, and she is not.
    let bob = cluster.register(0, "bob").await;
    cluster.find(0, "bob", &Key::of("poker")).await.assert_waiting();
    bob.close().await;
    cluster.metric_reaches(r#"matchmaker_tickets_ended_total{reason="disconnected"}"#, 1).await;

    let id = cluster.find(2, "carol", &chess).await.assert_matched();

    socket.told(&id).await;
    socket.assert_open();
    check(&cluster, Telling::Done).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_sockets_that_register_at_once_on_all_nodes_one_lives_and_is_told() {
    let Some(cluster) = Cluster::of(3) else { return };
    for round in 0..10 {
        let (alice, bob, key) = (format!("alice{round}"), format!("bob{round}"), Key::of(&format!("game{round}")));
        let opening = (0..6).map(|turn| {
            let (cluster, alice) = (cluster.clone(), alice.clone());
            tokio::spawn(async move {
                // One that is replaced in the very moment may never have been answered.
                let socket =
                    crate::socket::Socket::open(cluster.nodes[turn % 3].address, &alice, &cluster.record).await;
                let socket = socket.expect("the node is there");
                socket.registered().await;
                socket
            })
        });
        let mut sockets = Vec::new();
        for socket in opening.collect::<Vec<_>>() {
            sockets.push(socket.await.expect("it ended"));
        }
        cluster.find(0, &alice, &key).await.assert_waiting();
        let id = cluster.find(1, &bob, &key).await.assert_matched();

        let told = async {
            while !sockets.iter().any(|socket| socket.said().copies(&id) > 0) {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(crate::PATIENCE, told).await.expect("one of them is told");
        let ended = async {
            while sockets.iter().filter(|socket| socket.said().end.is_none()).count() > 1 {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(crate::PATIENCE, ended).await.expect("all but one are replaced");
        for socket in &sockets {
            assert!(matches!(socket.said().end, None | Some(End::Closed(4001))), "{:?}", socket.said());
        }
        assert_eq!(sockets.iter().filter(|socket| socket.said().end.is_none()).count(), 1, "one lives");
    }
    check(&cluster, Telling::Done).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_grace_after_a_closed_socket_ends_once_whichever_node_sees_it() {
    let Some(cluster) = Cluster::start(&Setup { flags: &["--disconnect-grace=1s"], ..Setup::default() }) else {
        return;
    };
    let (mut sockets, mut keys) = (Vec::new(), Vec::new());
    for player in 0..9 {
        let (name, key) = (format!("player{player}"), Key::of(&format!("game{player}")));
        sockets.push(cluster.register(player % 3, &name).await);
        cluster.find((player + 1) % 3, &name, &key).await.assert_waiting();
        keys.push(key);
    }
    // The last three stay.
    let staying = sockets.split_off(6);
    drop(sockets);

    cluster.metric_reaches(r#"matchmaker_tickets_ended_total{reason="disconnected"}"#, 6).await;

    for (player, key) in keys.iter().enumerate() {
        let found = cluster.find(player % 3, &format!("opponent{player}"), key).await;
        if player < 6 {
            found.assert_waiting();
        } else {
            staying[player - 6].told(&found.assert_matched()).await;
        }
    }
    check(&cluster, Telling::Done).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_player_who_was_away_when_he_was_paired_is_told_on_whichever_node_he_comes_to() {
    let Some(cluster) = Cluster::of(3) else { return };
    for node in 0..3 {
        let (alice, bob, key) = (format!("alice{node}"), format!("bob{node}"), Key::of(&format!("game{node}")));
        cluster.find(0, &alice, &key).await.assert_waiting();
        let id = cluster.find(1, &bob, &key).await.assert_matched();
        let socket = cluster.register(node, &alice).await;
        socket.told(&id).await;
        let said = socket.said();
        let kinds: Vec<_> = said.messages.iter().map(|message| message["type"].clone()).collect();
        assert_eq!(kinds, ["registered", "match_found"], "{said:?}");
        assert_eq!(said.messages[0]["status"], "matched");
    }
    check(&cluster, Telling::OnceRegistered).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_only_the_connected_are_paired_a_socket_on_any_node_counts() {
    let Some(cluster) = Cluster::start(&Setup { flags: &["--pair-only-connected"], ..Setup::default() }) else {
        return;
    };
    for node in 0..3 {
        let (alice, bob, key) = (format!("alice{node}"), format!("bob{node}"), Key::of(&format!("game{node}")));
        cluster.find(0, &alice, &key).await.assert_waiting();
        let socket_of_bob = cluster.register(1, &bob).await;
        cluster.find(2, &bob, &key).await.assert_waiting();

        let socket_of_alice = cluster.register(node, &alice).await;

        assert_eq!(socket_of_alice.registered().await.as_deref(), Some("matched"));
        let id = cluster.standing(node, &bob).await.assert_matched();
        assert_eq!(socket_of_alice.told(&id).await["opponentId"], bob);
        assert_eq!(socket_of_bob.told(&id).await["opponentId"], alice);
    }
    check(&cluster, Telling::Done).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_ends_by_itself_ends_once_whichever_node_sees_to_it() {
    let flags = &["--search-time=1s", "--match-lifetime=2s"];
    let Some(cluster) = Cluster::start(&Setup { flags, ..Setup::default() }) else { return };
    let mut sockets = Vec::new();
    for turn in 0..20 {
        let key = Key::of(&format!("game{turn}"));
        cluster.find(turn % 3, &format!("searching{turn}"), &key).await.assert_waiting();
        let key = Key::of(&format!("match{turn}"));
        for player in ["alice", "bob"].map(|player| format!("{player}{turn}")) {
            sockets.push(cluster.register((turn + 1) % 3, &player).await);
            assert_eq!(cluster.find((turn + 2) % 3, &player, &key).await.status, 200);
        }
    }

    let expired = r#"matchmaker_tickets_ended_total{reason="expired"}"#;
    cluster.metric_reaches(expired, 20).await;
    cluster.metric_reaches("matchmaker_matches_finished_total", 20).await;

    for socket in &sockets {
        socket.until("the end of the match", |said| said.of_type("match_finished").next().is_some()).await;
    }
    check(&cluster, Telling::Done).await;
    for socket in &sockets {
        let said = socket.said();
        for kind in ["match_found", "match_finished"] {
            assert_eq!(said.of_type(kind).count(), 1, "{said:?}");
        }
    }
    assert_eq!((cluster.metric(expired).await, cluster.metric("matchmaker_matches_finished_total").await), (20, 20));
}
