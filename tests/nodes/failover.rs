//! The primary is lost, and a replica takes over: with all that there was, or with less.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use serde_json::json;

use crate::{
    PATIENCE,
    cluster::{Cluster, Setup},
    http::{Call, Key},
    proxy::Harm,
    redis_server::{Options, RedisServer},
    socket::Socket,
};

/// A replica that has everything that was answered until now.
async fn replica_of(cluster: &Cluster) -> Option<RedisServer> {
    let replica = RedisServer::start(Options::default())?;
    let port = cluster.redis().address().port().to_string();
    replica.command(&["REPLICAOF", "127.0.0.1", &port]);
    let begun = Instant::now();
    while !replica.command(&["INFO", "replication"]).contains("master_link_status:up") {
        assert!(begun.elapsed() < PATIENCE, "the replica is not in step");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Some(replica)
}

fn setup() -> Setup {
    Setup { nodes: 2, proxied: true, ..Setup::default() }
}

/// Alice waits, with a socket on node 0, and a replica has heard of it.
struct Waiting {
    cluster: Arc<Cluster>,
    alice: Socket,
    replica: RedisServer,
}

impl Waiting {
    async fn begin(setup: &Setup) -> Option<Self> {
        let cluster = Cluster::start(setup)?;
        let alice = cluster.register(0, "alice").await;
        cluster.find(1, "alice", &Key::of("chess")).await.assert_waiting();
        let replica = replica_of(&cluster).await?;
        Some(Self { cluster, alice, replica })
    }

    /// Of what comes now the replica hears nothing.
    async fn alone(setup: &Setup) -> Option<Self> {
        let waiting = Self::begin(setup).await?;
        waiting.replica.command(&["REPLICAOF", "NO", "ONE"]);
        Some(waiting)
    }
}

/// Alice is registered anew, and told of what comes after.
async fn is_told(cluster: &Cluster, alice: &Socket) {
    alice.until("the new registration", |said| said.of_type("registered").count() > 1).await;
    let id = cluster.insist_on(&[1], &Call::find("bob", &Key::of("chess"))).await.assert_matched();
    alice.told(&id).await;
    cluster.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_was_in_step_goes_on_where_the_primary_ended() {
    let Some(cluster) = Cluster::start(&setup()) else { return };
    let alice = cluster.register(0, "alice").await;
    let (chess, poker) = (Key::of("chess"), Key::of("poker"));
    cluster.find(1, "alice", &chess).await.assert_waiting();
    cluster.find(0, "bob", &poker).await.assert_waiting();
    let played = cluster.find(1, "carol", &poker).await.assert_matched();
    let Some(replica) = replica_of(&cluster).await else { return };

    cluster.fail_over(replica);

    let standing = cluster.insist(0, &Call::Standing("bob".to_owned())).await;
    assert_eq!(standing.json(), json!({"status": "matched", "matchId": played}));
    let id = cluster.insist_on(&[1], &Call::find("dan", &chess)).await.assert_matched();
    alice.told(&id).await;
    cluster.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_replica_had_not_heard_of_is_lost_whole_and_everybody_is_told_where_he_stands() {
    let Some(cluster) = Cluster::start(&setup()) else { return };
    let chess = Key::of("chess");
    let alice = cluster.register(0, "alice").await;
    let bob = cluster.register(1, "bob").await;
    cluster.find(1, "alice", &chess).await.assert_waiting();
    let Some(replica) = replica_of(&cluster).await else { return };
    // From here on it hears of nothing.
    replica.command(&["REPLICAOF", "NO", "ONE"]);
    let lost = cluster.find(0, "bob", &chess).await.assert_matched();
    alice.told(&lost).await;
    bob.told(&lost).await;

    cluster.fail_over(replica);

    alice
        .until("that she waits again", |said| {
            said.of_type("registered").last().is_some_and(|message| message["status"] == "waiting")
        })
        .await;
    bob.until("that he is idle", |said| said.of_type("registered").count() > 1).await;
    assert_eq!(cluster.insist(1, &Call::Standing("bob".to_owned())).await.json(), json!({"status": "idle"}));
    assert_eq!(cluster.match_(1, &lost).await.status, 404);
    let id = cluster.insist_on(&[1], &Call::find("bob", &chess)).await.assert_matched();
    alice.told(&id).await;
    bob.told(&id).await;
    cluster.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_after_a_failover_is_heard_though_the_new_primary_s_clock_is_behind() {
    let Some(Waiting { cluster, alice, replica }) = Waiting::alone(&setup()).await else { return };
    // The last that the nodes read has an hour to go by the replica's clock.
    let an_hour_ahead =
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock").as_millis() + 3_600_000;
    let inboxes = cluster.redis().command(&["KEYS", "{nodes}:inbox:*"]);
    for inbox in inboxes.lines() {
        let message = "ended left nobody 1 1 chess|USDT|20";
        cluster.redis().command(&["XADD", inbox, &an_hour_ahead.to_string(), "m", message]);
    }
    tokio::time::sleep(Duration::from_millis(300)).await;

    cluster.fail_over(replica);

    is_told(&cluster, &alice).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_is_heard_where_calls_go_though_the_way_to_the_last_primary_is_open_still() {
    let Some(Waiting { cluster, alice, replica }) = Waiting::alone(&setup()).await else { return };
    let old = cluster.move_to(replica);
    // The connection for calls breaks, and the one that waits for messages does not.
    for node in 0..2 {
        cluster.proxy(node).harm(Harm::CutBefore, 0, |sent| sent.name.ends_with("_beat"));
    }

    is_told(&cluster, &alice).await;
    drop(old);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_whose_end_the_replica_had_not_heard_of_does_not_count_for_ever() {
    let setup = Setup { flags: &["--disconnect-grace=3s"], ..setup() };
    let Some(Waiting { cluster, alice, replica }) = Waiting::alone(&setup).await else { return };
    alice.close().await;
    tokio::time::sleep(Duration::from_millis(300)).await;

    cluster.fail_over(replica);

    cluster.metric_reaches(r#"matchmaker_tickets_ended_total{reason="disconnected"}"#, 1).await;
    cluster.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_is_heard_though_the_connection_for_messages_alone_was_cut_after_a_replica_joined() {
    // The first replica of a primary gives the history of its data another name.
    let Some(Waiting { cluster, alice, replica }) = Waiting::begin(&setup()).await else { return };
    for node in 0..2 {
        cluster.cut_messages(node).await;
    }

    is_told(&cluster, &alice).await;
    drop(replica);
}
