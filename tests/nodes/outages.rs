//! Redis is away: nobody is kept waiting for it, and everything goes on by itself when it is back.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::task::JoinSet;

use crate::{
    checker::{Telling, check},
    cluster::{Cluster, Setup},
    http::{Call, Key},
    scene::{BETWEEN, LONGER_THAN_A_LEASE, Scene, two_nodes},
    socket::End,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_is_killed_and_comes_back_with_what_it_had_written() {
    let Some(scene) = Scene::set(&two_nodes()).await else { return };
    scene.cluster.redis().kill();
    scene.is_away(Duration::from_secs(2)).await;
    scene.cluster.redis().restart();
    scene.is_back().await;
    scene.goes_on().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_stands_still_for_ten_seconds() {
    let Some(scene) = Scene::set(&two_nodes()).await else { return };
    scene.cluster.redis().pause();
    scene.is_away(Duration::from_secs(10)).await;
    scene.cluster.redis().resume();
    scene.is_back().await;
    scene.goes_on().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_cannot_be_reached() {
    let Some(scene) = Scene::set(&Setup { proxied: true, ..two_nodes() }).await else { return };
    for node in 0..2 {
        scene.cluster.proxy(node).refuse();
    }
    scene.is_away(LONGER_THAN_A_LEASE).await;
    for node in 0..2 {
        scene.cluster.proxy(node).come_back();
    }
    scene.is_back().await;
    scene.goes_on().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_connections_to_redis_are_half_open() {
    let Some(scene) = Scene::set(&Setup { proxied: true, ..two_nodes() }).await else { return };
    for node in 0..2 {
        scene.cluster.proxy(node).go_deaf();
    }
    scene.is_away(Duration::from_secs(2)).await;
    for node in 0..2 {
        scene.cluster.proxy(node).come_back();
    }
    // The connections of before stay deaf: only new ones are answered.
    scene.is_back().await;
    scene.goes_on().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_is_full_and_then_is_not() {
    let Some(scene) = Scene::set(&two_nodes()).await else { return };
    scene.cluster.redis().command(&["CONFIG", "SET", "maxmemory", "1"]);
    let begun = Instant::now();
    while begun.elapsed() < LONGER_THAN_A_LEASE {
        for (call, answer) in scene.everything_at_once().await {
            // What only reads may go on, and so may what makes room; nobody new waits.
            let put_off = answer.status == 503 && answer.json()["code"] == "store_unavailable";
            let newcomer = matches!(&call, Call::Find(player, _) if player == "newcomer");
            assert!(put_off || (!newcomer && answer.status < 500), "{call:?}: {answer:?}");
        }
        tokio::time::sleep(BETWEEN).await;
    }
    scene.assert_sockets_open();
    // Also for who has to connect anew.
    scene.cluster.redis().command(&["CLIENT", "KILL", "TYPE", "normal"]);
    for node in 0..2 {
        assert_eq!(scene.cluster.insist_on(&[node], &Call::Leave("nobody".to_owned())).await.status, 200);
    }
    scene.cluster.redis().command(&["CONFIG", "SET", "maxmemory", "0"]);
    scene.is_back().await;
    scene.goes_on().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asked_in_vain_and_left_is_not_queued_by_what_comes_late() {
    let Some(cluster) = Cluster::start(&two_nodes()) else { return };
    // Some calls are given up in the very moment in which Redis goes on.
    for pause in [200, 450, 480, 500, 520, 550, 800, 1500] {
        cluster.redis().pause();
        let mut asking = JoinSet::new();
        for turn in 0..10 {
            let (cluster, player) = (Arc::clone(&cluster), format!("player{pause}x{turn}"));
            asking.spawn(async move {
                let key = Key::of(&player);
                let asked = cluster.call(turn % 2, &Call::find(&player, &key)).await;
                assert!(asked.is_put_off() || asked.status == 200, "{asked:?}");
                let left = cluster.insist(turn + 1, &Call::Leave(player.clone())).await;
                assert_eq!((left.status, left.json()), (200, json!({"status": "idle"})));
                player
            });
        }
        tokio::time::sleep(Duration::from_millis(pause)).await;
        cluster.redis().resume();
        for player in asking.join_all().await {
            let standing = cluster.insist(0, &Call::Standing(player.clone())).await;
            assert_eq!(standing.json(), json!({"status": "idle"}), "{player} is queued by a ghost");
        }
    }
    check(&cluster, Telling::Done).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_grace_begins_for_whose_socket_closes_while_redis_is_away() {
    let Some(cluster) = Cluster::start(&Setup { flags: &["--disconnect-grace=1s"], ..two_nodes() }) else { return };
    let mut sockets = Vec::new();
    for turn in 0..6 {
        let player = format!("player{turn}");
        sockets.push(cluster.register(turn % 2, &player).await);
        cluster.find(turn % 2, &player, &Key::of(&player)).await.assert_waiting();
    }
    let staying = sockets.split_off(4);
    cluster.redis().pause();
    // Two in good order, and two without a word.
    for socket in sockets.drain(..2) {
        socket.close().await;
    }
    drop(sockets);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    cluster.redis().resume();

    cluster.metric_reaches(r#"matchmaker_tickets_ended_total{reason="disconnected"}"#, 4).await;

    for socket in &staying {
        socket.assert_open();
        assert_eq!(cluster.standing(0, &socket.player).await.json()["status"], "waiting", "{}", socket.player);
    }
    check(&cluster, Telling::Done).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_goes_in_good_order_though_redis_is_away() {
    let Some(cluster) = Cluster::start(&two_nodes()) else { return };
    let socket = cluster.register(0, "alice").await;
    cluster.find(0, "alice", &Key::of("chess")).await.assert_waiting();
    cluster.redis().pause();

    cluster.nodes[0].terminate();
    assert_eq!(socket.ended().await, End::Closed(1001));
    let begun = Instant::now();
    tokio::task::block_in_place(|| cluster.nodes[0].expect_end());

    assert!(begun.elapsed() < Duration::from_secs(10), "it took {:?}", begun.elapsed());
    cluster.redis().resume();
    cluster.nodes[0].restart();
    let back = cluster.register(0, "alice").await;
    assert_eq!(back.registered().await.as_deref(), Some("waiting"));
    check(&cluster, Telling::Done).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_redis_has_lost_everything_no_two_nodes_are_taken_for_one() {
    let flags = &["--disconnect-grace=1s"];
    let Some(cluster) = Cluster::start(&Setup { nodes: 3, flags, ..Setup::default() }) else { return };
    let alice = cluster.register(0, "alice").await;
    cluster.nodes[2].terminate();
    tokio::task::block_in_place(|| {
        cluster.nodes[2].expect_end();
        cluster.redis().kill();
        cluster.redis().restart();
    });
    for node in 0..2 {
        cluster.insist_on(&[node], &Call::find("alice", &Key::of("chess"))).await.assert_waiting();
    }
    // Those that were there have registered anew what they hold by the time the third one joins them.
    alice.until("the new registration", |said| said.of_type("registered").count() > 1).await;
    tokio::task::block_in_place(|| cluster.nodes[2].restart());
    let bob = cluster.register(2, "bob").await;
    cluster.find(2, "bob", &Key::of("poker")).await.assert_waiting();

    cluster.nodes[2].kill();

    assert_eq!(bob.ended().await, End::Broken);
    cluster.metric_reaches(r#"matchmaker_tickets_ended_total{reason="disconnected"}"#, 1).await;
    cluster.nodes[2].restart();
    let id = cluster.find(1, "carol", &Key::of("chess")).await.assert_matched();
    alice.told(&id).await;
    check(&cluster, Telling::OnceRegistered).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_was_set_back_to_an_older_state_leaves_nobody_untold() {
    let Some(cluster) = Cluster::start(&Setup { nodes: 2, ..Setup::default() }) else { return };
    let key = Key::of("chess");
    let alice = cluster.register(0, "alice").await;
    for player in ["bob", "carol", "dan"] {
        cluster.find(0, "alice", &key).await.assert_waiting();
        let id = cluster.find(1, player, &key).await.assert_matched();
        alice.told(&id).await;
        cluster.finish(1, &id).await;
    }

    // What comes next has serials that alice's socket has heard of long ago.
    cluster.redis().command(&["SET", "{nodes}:serial", "1"]);

    cluster.insist_on(&[1], &Call::find("alice", &key)).await.assert_waiting();
    let id = cluster.find(1, "eve", &key).await.assert_matched();
    alice.told(&id).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_takes_no_writes_is_not_ready() {
    let Some(cluster) = Cluster::start(&two_nodes()) else { return };
    cluster.redis().command(&["CONFIG", "SET", "min-replicas-to-write", "1"]);
    for node in 0..2 {
        assert!(cluster.call(node, &Call::find("alice", &Key::of("chess"))).await.is_put_off());
        assert_eq!(cluster.call(node, &Call::Ready).await.status, 503);
    }
    cluster.redis().command(&["CONFIG", "SET", "min-replicas-to-write", "0"]);
    for node in 0..2 {
        cluster.call(node, &Call::find("alice", &Key::of("chess"))).await.assert_waiting();
        assert_eq!(cluster.call(node, &Call::Ready).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_calls_to_a_redis_that_stands_still_are_counted_by_what_became_of_them() {
    let Some(cluster) = Cluster::start(&two_nodes()) else { return };
    let count =
        async |outcome: &str| cluster.metric(&format!("matchmaker_store_calls_total{{outcome=\"{outcome}\"}}")).await;
    assert!(count("answered").await > 0);
    assert_eq!((count("unknown").await, count("not_done").await), (0, 0));
    cluster.redis().pause();
    assert!(cluster.call(0, &Call::find("alice", &Key::of("chess"))).await.is_put_off());
    assert!(count("unknown").await > 0);
    // Once it is known that nobody answers, nobody is asked.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(cluster.call(0, &Call::find("alice", &Key::of("chess"))).await.is_put_off());
    cluster.redis().resume();
    assert!(count("not_done").await > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn functions_that_are_lost_are_loaded_anew_within_the_call_that_misses_them() {
    let Some(cluster) = Cluster::start(&two_nodes()) else { return };
    for turn in 0..3 {
        cluster.redis().command(&["FUNCTION", "FLUSH"]);
        let mut asking = JoinSet::new();
        for player in 0..40 {
            let (cluster, player) = (Arc::clone(&cluster), format!("player{turn}x{player}"));
            asking
                .spawn(async move { cluster.call(0, &Call::find(&player, &Key::of(&player))).await.assert_waiting() });
        }
        asking.join_all().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_with_the_users_of_the_readme_comes_back_with_what_it_had_written() {
    let readme = include_str!("../../README.md").replace("{matchmaker}", "{nodes}");
    let users: Vec<&str> = readme.lines().filter(|line| line.starts_with("user ")).collect();
    assert_eq!(users.len(), 2, "the README names who may do what in Redis: {users:?}");
    let redis = two_nodes().redis.with_users(&users, "matchmaker", "the-password");
    let Some(scene) = Scene::set(&Setup { redis, ..two_nodes() }).await else { return };
    scene.cluster.redis().kill();
    scene.is_away(Duration::from_secs(1)).await;
    scene.cluster.redis().restart();
    scene.is_back().await;
    scene.goes_on().await;
}
