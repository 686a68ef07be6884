//! One node loses its way to Redis while the others go on, and its players are matched through them.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    PATIENCE,
    checker::{Telling, check},
    cluster::Setup,
    http::Call,
    proxy::{Harm, Proxy, Sent},
    scene::{LONGER_THAN_A_LEASE, Scene, two_nodes},
};

/// Node 0 is cut off for so long; when it comes back, so many of the answers to its signs of life are lost.
async fn node_0_is_cut_off(cut_off: fn(&Proxy), time: Duration, answers_lost: usize) {
    let Some(scene) = Scene::set(&Setup { proxied: true, ..two_nodes() }).await else { return };
    let cluster = Arc::clone(&scene.cluster);
    // The sockets of these two are there.
    let [early, _, late, _] = &scene.waiting[..] else { panic!("four wait") };
    cut_off(cluster.proxy(0));
    let id_early = cluster.find(1, "early-opponent", &early.1).await.assert_matched();
    assert_eq!(cluster.finish(1, &scene.id).await.status, 200);
    tokio::time::sleep(time).await;
    let id_late = cluster.find(1, "late-opponent", &late.1).await.assert_matched();
    assert_eq!(cluster.call(0, &Call::Ready).await.status, 503);
    scene.assert_sockets_open();

    for lost in 0..answers_lost {
        cluster.proxy(0).harm(Harm::CutAfter, 0, |sent: &Sent| sent.name.ends_with("_beat"));
        cluster.proxy(0).come_back();
        let begun = Instant::now();
        while !cluster.proxy(0).has_harmed() {
            assert!(begun.elapsed() < PATIENCE, "there is no sign of life {lost}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    cluster.proxy(0).come_back();

    early.0.told(&id_early).await;
    late.0.told(&id_late).await;
    scene.assert_sockets_open();
    let standing = cluster.insist(0, &Call::Standing("alice".to_owned())).await;
    assert_eq!(standing.json(), json!({"status": "idle"}));
    check(&cluster, Telling::Done).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_was_cut_off_for_a_moment_tells_then_what_it_missed() {
    node_0_is_cut_off(Proxy::refuse, Duration::ZERO, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_was_cut_off_until_it_counted_as_dead_tells_then_what_it_missed() {
    node_0_is_cut_off(Proxy::refuse, LONGER_THAN_A_LEASE, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_whose_connections_were_half_open_until_it_counted_as_dead_tells_then_what_it_missed() {
    node_0_is_cut_off(Proxy::go_deaf, LONGER_THAN_A_LEASE, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_counted_as_dead_learns_of_it_though_the_news_is_lost_on_its_way() {
    node_0_is_cut_off(Proxy::refuse, LONGER_THAN_A_LEASE, 2).await;
}
