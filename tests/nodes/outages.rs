//! Redis is away: nobody is kept waiting for it, and everything goes on by itself when it is back.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::task::JoinSet;

use crate::{
    PATIENCE,
    checker::{Telling, check},
    cluster::{Cluster, Setup},
    http::{Answer, Call, Key},
    proxy::Moment,
    redis_server::Options,
    socket::Socket,
};

/// Within a second, and what a busy machine adds to it.
const WITHIN: Duration = Duration::from_millis(1500);

/// Between two times that everything is called at once.
const BETWEEN: Duration = Duration::from_millis(50);

/// Longer than a node may be silent before it counts as dead.
const LONGER_THAN_A_LEASE: Duration = Duration::from_secs(6);

/// Some players in every standing there is, before Redis goes away.
struct Scene {
    cluster: Arc<Cluster>,
    /// Those who wait with a socket, each under a key of his own.
    waiting: Vec<(Socket, Key)>,
    /// The two of a match that stands.
    matched: (Socket, Socket),
    id: String,
    finished: String,
}

impl Scene {
    async fn set(setup: &Setup) -> Option<Self> {
        let cluster = Cluster::start(setup)?;
        let mut waiting = Vec::new();
        for turn in 0..4 {
            let (player, key) = (format!("waiting{turn}"), Key::of(&format!("game{turn}")));
            let socket = cluster.register(turn % 2, &player).await;
            cluster.find((turn + 1) % 2, &player, &key).await.assert_waiting();
            waiting.push((socket, key));
        }
        let matched = (cluster.register(0, "alice").await, cluster.register(1, "bob").await);
        let mut ids = Vec::new();
        for (one, other) in [("carol", "dave"), ("alice", "bob")] {
            cluster.find(0, one, &Key::of("chess")).await.assert_waiting();
            ids.push(cluster.find(1, other, &Key::of("chess")).await.assert_matched());
        }
        assert_eq!(cluster.finish(0, &ids[0]).await.status, 200);
        matched.0.told(&ids[1]).await;
        matched.1.told(&ids[1]).await;
        let finished = ids.swap_remove(0);
        Some(Self { cluster, waiting, matched, id: ids.swap_remove(0), finished })
    }

    /// One of every call there is, by players who are in every standing there is.
    fn calls(&self) -> Vec<Call> {
        vec![
            Call::find("newcomer", &Key::of("game0")),
            Call::find("waiting1", &Key::of("game1")),
            Call::find("alice", &Key::of("chess")),
            Call::Standing("alice".to_owned()),
            Call::Standing("nobody".to_owned()),
            Call::Leave("bob".to_owned()),
            Call::Leave("nobody".to_owned()),
            Call::Match(self.id.clone()),
            Call::Match(self.finished.clone()),
            Call::Finish(self.finished.clone()),
        ]
    }

    /// Calls that are made at once on each node; gives all answers.
    async fn everything_at_once(&self) -> Vec<(Call, Answer)> {
        let mut calling = JoinSet::new();
        for node in 0..self.cluster.nodes.len() {
            for call in self.calls() {
                let cluster = Arc::clone(&self.cluster);
                calling.spawn(async move {
                    let answer = cluster.call(node, &call).await;
                    assert!(answer.took < WITHIN, "{call:?} took too long: {answer:?}");
                    (call, answer)
                });
            }
        }
        calling.join_all().await
    }

    /// For so long, again and again, every call is answered in time that it is to be repeated, and no node is ready.
    async fn is_away(&self, time: Duration) {
        let begun = Instant::now();
        let mut first = true;
        while begun.elapsed() < time || first {
            for (call, answer) in self.everything_at_once().await {
                assert_eq!((answer.status, &answer.json()["code"]), (503, &json!("store_unavailable")), "{call:?}");
            }
            for node in 0..self.cluster.nodes.len() {
                let ready = self.cluster.call(node, &Call::Ready).await;
                assert!(ready.status == 503 && ready.took < WITHIN, "node {node}: {ready:?}");
            }
            first = false;
            tokio::time::sleep(BETWEEN).await;
        }
        self.assert_sockets_open();
    }

    /// Every node serves again.
    async fn is_back(&self) {
        let begun = Instant::now();
        for node in 0..self.cluster.nodes.len() {
            while self.cluster.call(node, &Call::Ready).await.status != 200 {
                assert!(begun.elapsed() < PATIENCE, "node {node} is not ready again");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            let ghost = self.cluster.insist_on(&[node], &Call::Standing("newcomer".to_owned())).await;
            assert_eq!(ghost.json(), json!({"status": "idle"}), "a call that was answered with an error came late");
        }
    }

    /// All stand where they stood, and those who waited are matched by who comes next, and told on the socket that they have.
    async fn goes_on(self) {
        self.assert_sockets_open();
        let cluster = &self.cluster;
        for player in ["alice", "bob"] {
            let standing = cluster.insist(0, &Call::Standing(player.to_owned())).await;
            assert_eq!(standing.assert_matched(), self.id);
            let again = cluster.insist(1, &Call::find(player, &Key::of("chess"))).await;
            assert_eq!(again.assert_matched(), self.id);
        }
        for (turn, (socket, key)) in self.waiting.iter().enumerate() {
            cluster.insist(turn, &Call::find(&socket.player, key)).await.assert_waiting();
            let opponent = format!("opponent{turn}");
            let other = cluster.register_anywhere(turn + 1, &opponent).await;
            let id = cluster.insist(turn, &Call::find(&opponent, key)).await.assert_matched();
            assert_eq!(socket.told(&id).await["opponentId"], opponent);
            other.told(&id).await;
        }
        let finished = cluster.insist(1, &Call::Finish(self.id.clone())).await;
        assert_eq!(finished.json()["status"], "finished");
        for socket in [&self.matched.0, &self.matched.1] {
            socket.until("the end of the match", |said| said.of_type("match_finished").next().is_some()).await;
        }
        self.assert_sockets_open();
        check(cluster, Telling::Done).await;
    }

    fn assert_sockets_open(&self) {
        let waiting = self.waiting.iter().map(|(socket, _)| socket);
        waiting.chain([&self.matched.0, &self.matched.1]).for_each(Socket::assert_open);
    }
}

fn two_nodes() -> Setup {
    Setup { nodes: 2, redis: Options::default().append_only(), ..Setup::default() }
}

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

/// One node cannot reach Redis for so long, while its players are matched through the other; when it is back, so many of the
/// answers to its signs of life are lost.
async fn one_node_is_cut_off(time: Duration, answers_lost: usize) {
    let Some(scene) = Scene::set(&Setup { proxied: true, ..two_nodes() }).await else { return };
    let cluster = Arc::clone(&scene.cluster);
    // The sockets of these two are on the node that is cut off.
    let [early, _, late, _] = &scene.waiting[..] else { panic!("four wait") };
    cluster.proxy(0).refuse();
    let id_early = cluster.find(1, "early-opponent", &early.1).await.assert_matched();
    assert_eq!(cluster.finish(1, &scene.id).await.status, 200);
    tokio::time::sleep(time).await;
    let id_late = cluster.find(1, "late-opponent", &late.1).await.assert_matched();
    assert_eq!(cluster.call(0, &Call::Ready).await.status, 503);
    scene.assert_sockets_open();

    let beat = |name: &str| name.ends_with("_beat");
    for lost in 0..answers_lost {
        cluster.proxy(0).cut(Moment::After, 0, beat);
        cluster.proxy(0).come_back();
        let begun = Instant::now();
        while !cluster.proxy(0).has_cut() {
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
async fn one_node_is_cut_off_for_a_moment_and_tells_then_what_it_missed() {
    one_node_is_cut_off(Duration::ZERO, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_node_is_cut_off_until_it_counts_as_dead_and_tells_then_what_it_missed() {
    one_node_is_cut_off(LONGER_THAN_A_LEASE, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_node_counts_as_dead_and_the_news_of_it_is_lost_on_its_way_there() {
    one_node_is_cut_off(LONGER_THAN_A_LEASE, 2).await;
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
