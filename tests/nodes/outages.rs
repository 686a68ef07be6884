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
