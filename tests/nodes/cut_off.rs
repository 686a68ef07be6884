//! One node loses its way to Redis while the others go on, and its players are matched through them.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    PATIENCE,
    checker::{Telling, check},
    cluster::{Cluster, Setup},
    http::{Call, Key},
    proxy::{Harm, Proxy, Sent},
    scene::{LONGER_THAN_A_LEASE, Scene, two_nodes},
    socket::End,
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

/// While node 0 cannot be reached, or does nothing, a player of its opens another socket elsewhere.
async fn a_player_moves_while_node_0_is_away(leave: fn(&Cluster), come_back: fn(&Cluster)) {
    let Some(cluster) = Cluster::start(&Setup { proxied: true, ..two_nodes() }) else { return };
    let older = cluster.register(0, "alice").await;
    leave(&cluster);
    tokio::time::sleep(LONGER_THAN_A_LEASE).await;
    let newer = cluster.register(1, "alice").await;
    come_back(&cluster);
    assert_eq!(older.ended().await, End::Closed(4001), "the newer socket lives");
    cluster.find(1, "alice", &Key::of("chess")).await.assert_waiting();
    let id = cluster.insist(0, &Call::find("bob", &Key::of("chess"))).await.assert_matched();
    newer.told(&id).await;
    newer.assert_open();
    check(&cluster, Telling::Done).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_was_cut_off_does_not_take_back_who_has_moved_to_another() {
    let (leave, come_back) =
        (|cluster: &Cluster| cluster.proxy(0).refuse(), |cluster: &Cluster| cluster.proxy(0).come_back());
    a_player_moves_while_node_0_is_away(leave, come_back).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_stood_still_does_not_take_back_who_has_moved_to_another() {
    let (leave, come_back) =
        (|cluster: &Cluster| cluster.nodes[0].freeze(), |cluster: &Cluster| cluster.nodes[0].thaw());
    a_player_moves_while_node_0_is_away(leave, come_back).await;
}

/// Node 0 stands still for so long, while its player hears of a match and of its end elsewhere.
async fn a_match_begins_and_ends_while_node_0_stands_still(time: Duration) {
    let Some(cluster) = Cluster::start(&two_nodes()) else { return };
    let older = cluster.register(0, "alice").await;
    cluster.find(1, "alice", &Key::of("chess")).await.assert_waiting();
    cluster.nodes[0].freeze();
    let id = cluster.find(1, "bob", &Key::of("chess")).await.assert_matched();
    let newer = cluster.register(1, "alice").await;
    newer.told(&id).await;
    assert_eq!(cluster.finish(1, &id).await.status, 200);
    newer.until("the end of the match", |said| said.of_type("match_finished").next().is_some()).await;
    tokio::time::sleep(time).await;
    cluster.nodes[0].thaw();
    assert_eq!(older.ended().await, End::Closed(4001));
    assert_eq!(older.said().copies(&id), 0, "{:?}", older.said());
    check(&cluster, Telling::Done).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_stood_still_tells_of_no_match_that_its_player_has_heard_the_end_of_elsewhere() {
    a_match_begins_and_ends_while_node_0_stands_still(Duration::from_millis(200)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_does_a_node_that_counted_as_dead_meanwhile() {
    a_match_begins_and_ends_while_node_0_stands_still(LONGER_THAN_A_LEASE).await;
}
