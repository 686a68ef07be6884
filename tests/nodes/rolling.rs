//! Nodes are restarted one after the other while players play, who see no more of it than that they have to reconnect.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::json;
use tokio::task::JoinSet;

use crate::{
    checker::{Telling, check},
    cluster::{Cluster, Setup},
    http::{Call, Key},
    redis_server::Options,
    socket::{End, Socket},
};

/// Players who ask, are matched, and finish, for as long as it takes.
const PLAYERS: usize = 24;

/// Between the end of a match and the next one's beginning.
const BREATH: Duration = Duration::from_millis(20);

/// How long everything is served between two restarts.
const SERVED: Duration = Duration::from_millis(500);

/// A player who plays on, on whichever node there is.
struct Regular {
    cluster: Arc<Cluster>,
    socket: Socket,
    over: Arc<AtomicBool>,
    /// The node that he turns to next.
    node: usize,
    played: BTreeSet<String>,
    reconnects: usize,
}

impl Regular {
    async fn play(mut self) -> Self {
        while !self.over.load(Ordering::SeqCst) {
            self.node += 1;
            let asking = Call::find(&self.socket.player, &Key::of("chess"));
            let answer = self.cluster.insist(self.node, &asking).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            let id = match answer.match_id() {
                Some(id) => Some(id),
                None => self.told_of_another().await,
            };
            if let Some(id) = id {
                // His opponent may have done so already, which makes no difference.
                let finished = self.cluster.insist(self.node, &Call::Finish(id.clone())).await;
                assert_eq!((finished.status, finished.json()["status"].clone()), (200, json!("finished")));
                self.played.insert(id);
                tokio::time::sleep(BREATH).await;
            }
        }
        let left = self.cluster.insist(self.node, &Call::Leave(self.socket.player.clone())).await;
        assert!(left.status == 200 || left.status == 409, "{left:?}");
        self.reconnect_if_ended().await;
        self
    }

    /// The match that he is told of next; `None` when there is none to come: all is over, or he finds himself idle after his
    /// socket was away, since his opponent has finished it.
    async fn told_of_another(&mut self) -> Option<String> {
        while !self.over.load(Ordering::SeqCst) {
            let said = self.socket.said();
            let mut ids = said.of_type("match_found").filter_map(|message| message["matchId"].as_str());
            if let Some(id) = ids.find(|&id| !self.played.contains(id)) {
                return Some(id.to_owned());
            }
            if self.reconnect_if_ended().await.is_some_and(|status| status == "idle") {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        None
    }

    /// Where he stands, if he had to reconnect.
    async fn reconnect_if_ended(&mut self) -> Option<String> {
        let end = self.socket.said().end?;
        assert_eq!(end, End::Closed(1001), "{}", self.socket.player);
        self.node += 1;
        self.reconnects += 1;
        self.socket = self.cluster.register_anywhere(self.node, &self.socket.player).await;
        self.socket.registered().await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_nodes_are_restarted_one_after_the_other_and_nobody_loses_anything() {
    let setup = Setup { redis: Options::default().append_only(), ..Setup::default() };
    let Some(cluster) = Cluster::start(&setup) else { return };
    // Some stand where they stand all the while.
    let mut standing = Vec::new();
    for node in 0..3 {
        let [patient, one, other] = ["patient", "one", "other"].map(|player| format!("{player}{node}"));
        let key = Key::of(&format!("game{node}"));
        cluster.find(node, &one, &key).await.assert_waiting();
        let id = cluster.find(node, &other, &key).await.assert_matched();
        let socket = cluster.register(node, &patient).await;
        cluster.find(node, &patient, &key).await.assert_waiting();
        standing.push((socket, key, id));
    }
    let over = Arc::new(AtomicBool::new(false));
    let mut playing = JoinSet::new();
    for player in 0..PLAYERS {
        let socket = cluster.register(player % 3, &format!("regular{player}")).await;
        let (cluster, over) = (Arc::clone(&cluster), Arc::clone(&over));
        let regular = Regular { cluster, socket, over, node: player, played: BTreeSet::new(), reconnects: 0 };
        playing.spawn(regular.play());
    }

    for node in &cluster.nodes {
        tokio::time::sleep(SERVED).await;
        node.terminate();
        tokio::task::block_in_place(|| {
            node.expect_end();
            node.restart();
        });
    }
    tokio::time::sleep(SERVED).await;
    over.store(true, Ordering::SeqCst);
    let regulars = playing.join_all().await;

    let played: BTreeSet<&String> = regulars.iter().flat_map(|regular| &regular.played).collect();
    let reconnects: usize = regulars.iter().map(|regular| regular.reconnects).sum();
    let hiccups = cluster.hiccups();
    eprintln!("{} matches were played, with {reconnects} reconnections; put off: {hiccups:?}", played.len());
    assert!(reconnects >= PLAYERS, "each node had some of them");
    for hiccup in hiccups.keys() {
        // Who waits to be accepted when nobody accepts any more is refused by a reset.
        let known = ["shutting_down", "connection refused", "connection reset"];
        assert!(known.contains(&hiccup.as_str()), "{hiccups:?}");
    }
    for (node, (socket, key, id)) in standing.iter().enumerate() {
        assert_eq!(socket.ended().await, End::Closed(1001));
        for player in ["one", "other"] {
            assert_eq!(cluster.standing(node, &format!("{player}{node}")).await.assert_matched(), *id);
        }
        let back = cluster.register((node + 1) % 3, &socket.player).await;
        assert_eq!(back.registered().await.as_deref(), Some("waiting"));
        let found = cluster.find(node, &format!("opponent{node}"), key).await.assert_matched();
        back.told(&found).await;
    }
    check(&cluster, Telling::OnceRegistered).await;
}
