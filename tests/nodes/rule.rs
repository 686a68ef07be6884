//! Those who wait do so by one rule, and no server goes by another beside them.

use std::time::Duration;

use tokio::task::block_in_place;

use crate::{
    checker::{Telling, check},
    cluster::{Cluster, Setup},
    http::{Call, Key},
    node::Node,
    scene::{LONGER_THAN_A_LEASE, two_nodes},
};

const OTHER_RULE: &str = "--pair-only-connected";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_with_the_other_rule_is_refused_while_others_run_also_after_redis_was_away_for_longer_than_a_lease() {
    let Some(cluster) = Cluster::start(&two_nodes()) else { return };
    cluster.redis().kill();
    tokio::time::sleep(LONGER_THAN_A_LEASE).await;
    block_in_place(|| cluster.redis().restart());
    let said = block_in_place(|| cluster.nodes[0].refusal_of_another(&[OTHER_RULE]));
    assert!(said.contains("other servers run with the opposite"), "{said}");
    assert_eq!(cluster.call(1, &Call::Ready).await.status, 200);
    check(&cluster, Telling::Done).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_stood_still_while_the_rule_became_the_other_end_when_they_go_on() {
    let Some(cluster) = Cluster::start(&two_nodes()) else { return };
    cluster.nodes.iter().for_each(Node::freeze);
    let another = block_in_place(|| cluster.nodes[0].another(&[OTHER_RULE]));
    cluster.nodes.iter().for_each(Node::thaw);
    for node in &cluster.nodes {
        let said = block_in_place(|| node.expect_refusal());
        assert!(said.contains("other servers run with the opposite"), "{said}");
    }
    drop(another);
    cluster.audit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rule_can_become_the_other_once_the_time_of_those_who_wait_is_over() {
    let setup = Setup { nodes: 1, flags: &["--search-time=8s"], ..two_nodes() };
    let Some(cluster) = Cluster::start(&setup) else { return };
    cluster.find(0, "alice", &Key::of("chess")).await.assert_waiting();
    cluster.nodes[0].terminate();
    block_in_place(|| cluster.nodes[0].expect_end());
    let said = block_in_place(|| cluster.nodes[0].refusal_of_another(&[OTHER_RULE]));
    assert!(said.contains("or players wait by it"), "{said}");
    tokio::time::sleep(Duration::from_secs(3)).await;
    drop(block_in_place(|| cluster.nodes[0].another(&[OTHER_RULE])));
    cluster.audit().await;
}
