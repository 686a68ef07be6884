//! Whatever dies in the middle of a pairing, wherever it was, the match stands or never was, and both are told.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::task::JoinSet;

use crate::{
    PATIENCE,
    checker::{Telling, check},
    cluster::{Cluster, Setup},
    http::{Call, Key},
    proxy::{Moment, Tally},
    socket::{End, Socket},
};

/// How long a node is watched that has nothing to do, to learn what it sends by itself.
const IDLE_TIME: Duration = Duration::from_secs(3);

/// How long nothing of a pairing may come before it is over.
const QUIET: Duration = Duration::from_millis(300);

/// Two players with their sockets, who are paired through node 0.
struct Pairing {
    cluster: Arc<Cluster>,
    alice: Socket,
    bob: Socket,
    key: Key,
}

impl Pairing {
    /// One player's socket is on the node that pairs them, the other's is not.
    async fn prepare(cluster: &Arc<Cluster>, name: &str) -> Self {
        let alice = cluster.register_anywhere(0, &format!("alice-{name}")).await;
        let bob = cluster.register_anywhere(1, &format!("bob-{name}")).await;
        Self { cluster: Arc::clone(cluster), alice, bob, key: Key::of(name) }
    }

    /// Both ask, each until he has an answer, and both are told; retries are made of this node and the next.
    async fn play(&self, retry_on: &[usize]) -> String {
        let alice = self.ask(&self.alice, retry_on).await;
        assert_eq!(alice, None, "nobody else waited under the key");
        let id = self.ask(&self.bob, retry_on).await.expect("somebody waited");
        for (socket, opponent) in [(&self.alice, &self.bob), (&self.bob, &self.alice)] {
            assert_eq!(socket.told(&id).await["opponentId"], opponent.player);
        }
        assert_eq!(self.ask(&self.alice, retry_on).await, Some(id.clone()));
        id
    }

    /// Asks node 0 first, and, where that fails, these.
    async fn ask(&self, socket: &Socket, retry_on: &[usize]) -> Option<String> {
        let call = Call::find(&socket.player, &self.key);
        let answer = match self.cluster.try_call(0, &call).await {
            Ok(answer) if !answer.is_put_off() => answer,
            _ => self.cluster.insist_on(retry_on, &call).await,
        };
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.match_id()
    }
}

fn proxied() -> Setup {
    Setup { nodes: 2, proxied: true, ..Setup::default() }
}

/// The commands that node 0 sends for a pairing, of those that it does not send by itself; and all of them, counted.
async fn clean_run(cluster: &Arc<Cluster>) -> (BTreeSet<String>, usize, Tally) {
    let pairing = Pairing::prepare(cluster, "clean").await;
    cluster.proxy(0).take_tally();
    tokio::time::sleep(IDLE_TIME).await;
    let idle: BTreeSet<String> = cluster.proxy(0).take_tally().commands.into_keys().collect();
    let (id, tally) = {
        let alice = pairing.ask(&pairing.alice, &[]).await;
        assert_eq!(alice, None);
        let id = pairing.ask(&pairing.bob, &[]).await.expect("somebody waited");
        pairing.alice.told(&id).await;
        pairing.bob.told(&id).await;
        (id, settled_tally(cluster, &idle).await)
    };
    let names: BTreeSet<String> = tally.commands.keys().filter(|name| !idle.contains(*name)).cloned().collect();
    let count = usize::try_from(tally.count(|name| names.contains(name))).expect("a few");
    assert!(count >= 2, "two players asked, and this was sent: {tally:?}");
    eprintln!("a pairing ({id}) takes {count} commands: {tally:?}; by itself a node sends {idle:?}");
    (names, count, tally)
}

/// What has passed, once nothing more comes that is not sent anyway.
async fn settled_tally(cluster: &Cluster, idle: &BTreeSet<String>) -> Tally {
    let of_pairing = |tally: &Tally| tally.count(|name| !idle.contains(name));
    let begun = Instant::now();
    loop {
        let before = cluster.proxy(0).tally();
        tokio::time::sleep(QUIET).await;
        let tally = cluster.proxy(0).tally();
        if of_pairing(&before) == of_pairing(&tally) {
            return tally;
        }
        assert!(begun.elapsed() < PATIENCE, "there is no end to it: {tally:?}");
    }
}

/// A pairing for each command that it takes, each of which dies there.
async fn die_everywhere(moment: Moment, retry_on: &'static [usize]) {
    let Some(cluster) = Cluster::start(&proxied()) else { return };
    let (names, count, _) = clean_run(&cluster).await;
    for point in 0..count {
        let pairing = Pairing::prepare(&cluster, &format!("{moment:?}{point}")).await;
        let meant = names.clone();
        cluster.proxy(0).cut(moment, point, move |name| meant.contains(name));
        let id = pairing.play(retry_on).await;
        let begun = Instant::now();
        while !cluster.proxy(0).has_cut() {
            assert!(begun.elapsed() < PATIENCE, "command {point} of {id} never came");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        for socket in [&pairing.alice, &pairing.bob] {
            socket.assert_open();
        }
    }
    check(&cluster, Telling::Done).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pairing_survives_a_cut_before_each_of_its_commands() {
    die_everywhere(Moment::Before, &[0]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pairing_survives_a_cut_after_each_of_its_commands() {
    die_everywhere(Moment::After, &[0]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pairing_that_was_cut_before_a_command_is_carried_on_by_another_node() {
    die_everywhere(Moment::Before, &[1]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pairing_that_was_cut_after_a_command_is_carried_on_by_another_node() {
    die_everywhere(Moment::After, &[1]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_that_were_lost_on_their_way_to_a_node_arrive_all_the_same() {
    let Some(cluster) = Cluster::start(&proxied()) else { return };
    for round in 0..5 {
        let pairing = Pairing::prepare(&cluster, &format!("lost{round}")).await;
        for node in 0..2 {
            // The next wait for messages ends with the connection, when there is one, or when the wait is over.
            cluster.proxy(node).cut(Moment::After, 0, |name| name.starts_with("XREAD") || name.ends_with("SUBSCRIBE"));
            let begun = Instant::now();
            while !cluster.proxy(node).has_cut() {
                assert!(begun.elapsed() < PATIENCE, "node {node} waits for no messages");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        pairing.play(&[0]).await;
    }
    check(&cluster, Telling::Done).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_killed_in_the_middle_of_a_storm_takes_nobody_with_it() {
    const PLAYERS: usize = 90;
    let Some(cluster) = Cluster::of(3) else { return };
    let mut sockets = Vec::new();
    for player in 0..PLAYERS {
        sockets.push(cluster.register(player % 3, &format!("player{player}")).await);
    }
    let mut playing = JoinSet::new();
    for (player, mut socket) in sockets.into_iter().enumerate() {
        let cluster = Arc::clone(&cluster);
        playing.spawn(async move {
            // They come one after the other, so that the node dies amid them.
            tokio::time::sleep(Duration::from_millis(10 * player as u64)).await;
            let asking = Call::find(&socket.player, &Key::of("chess"));
            cluster.insist(player + 1, &asking).await;
            // A socket whose node is dead is opened anew elsewhere.
            loop {
                let said = socket.until("a match, or the end", |said| {
                    said.end.is_some() || said.of_type("match_found").next().is_some()
                });
                let said = said.await;
                if said.of_type("match_found").next().is_some() {
                    return (socket.told_of_any().await, socket);
                }
                assert_eq!(said.end, Some(End::Broken), "{said:?}");
                socket = cluster.register_anywhere(player + 1, &socket.player).await;
            }
        });
    }
    tokio::time::sleep(Duration::from_millis(10 * PLAYERS as u64 / 2)).await;
    cluster.nodes[2].kill();

    let told = playing.join_all().await;

    let matches: BTreeSet<&String> = told.iter().map(|(id, _)| id).collect();
    assert_eq!((told.len(), matches.len()), (PLAYERS, PLAYERS / 2));
    cluster.nodes[2].restart();
    check(&cluster, Telling::OnceRegistered).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_grace_begins_for_players_whose_node_died() {
    let Some(cluster) = Cluster::start(&Setup { flags: &["--disconnect-grace=1s"], ..Setup::default() }) else {
        return;
    };
    let mut sockets = Vec::new();
    for player in ["gone", "back", "elsewhere"] {
        sockets.push(cluster.register(usize::from(player != "elsewhere"), player).await);
        cluster.find(2, player, &Key::of(player)).await.assert_waiting();
    }

    cluster.nodes[1].kill();

    assert_eq!(sockets[1].ended().await, End::Broken);
    let back = cluster.register_anywhere(2, "back").await;
    cluster.metric_reaches(r#"matchmaker_tickets_ended_total{reason="disconnected"}"#, 1).await;
    for (player, status) in [("gone", "idle"), ("back", "waiting"), ("elsewhere", "waiting")] {
        assert_eq!(cluster.standing(0, player).await.json()["status"], status, "{player}");
    }
    let id = cluster.find(0, "opponent", &Key::of("back")).await.assert_matched();
    back.told(&id).await;
    assert_eq!(cluster.find(2, "newcomer", &Key::of("gone")).await.json(), json!({"status": "waiting"}));
    cluster.nodes[1].restart();
    check(&cluster, Telling::OnceRegistered).await;
}
