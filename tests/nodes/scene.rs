//! Two nodes on a Redis that writes everything down, and players in every standing there is, for whom an outage begins.

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
    redis_server::Options,
    socket::Socket,
};

/// Within a second, and what a busy machine adds to it.
const WITHIN: Duration = Duration::from_millis(1500);

/// Between two times that everything is called at once.
pub(crate) const BETWEEN: Duration = Duration::from_millis(50);

/// Longer than a node may be silent before it counts as dead.
pub(crate) const LONGER_THAN_A_LEASE: Duration = Duration::from_secs(6);

/// Some players in every standing there is, before Redis goes away.
pub(crate) struct Scene {
    pub(crate) cluster: Arc<Cluster>,
    /// Those who wait with a socket, each under a key of his own.
    pub(crate) waiting: Vec<(Socket, Key)>,
    /// The two of a match that stands.
    matched: (Socket, Socket),
    pub(crate) id: String,
    finished: String,
}

impl Scene {
    pub(crate) async fn set(setup: &Setup) -> Option<Self> {
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
    pub(crate) async fn everything_at_once(&self) -> Vec<(Call, Answer)> {
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
    pub(crate) async fn is_away(&self, time: Duration) {
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
    pub(crate) async fn is_back(&self) {
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
    pub(crate) async fn goes_on(self) {
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

    pub(crate) fn assert_sockets_open(&self) {
        let waiting = self.waiting.iter().map(|(socket, _)| socket);
        waiting.chain([&self.matched.0, &self.matched.1]).for_each(Socket::assert_open);
    }
}

pub(crate) fn two_nodes() -> Setup {
    Setup { nodes: 2, redis: Options::default().append_only(), ..Setup::default() }
}
