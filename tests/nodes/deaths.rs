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
    http::{Answer, Call, Key},
    proxy::{Harm, Tally},
    socket::{End, Socket},
};

/// How long a node is watched that has nothing to do, to learn what it sends by itself.
const IDLE_TIME: Duration = Duration::from_secs(3);

/// How long nothing may come that players cause before all is over.
const QUIET: Duration = Duration::from_millis(300);

/// Two players' lives, from their registration on, in which all they ask is asked of node 0 first, and of others where that
/// fails.
struct Lives {
    cluster: Arc<Cluster>,
    retry_on: &'static [usize],
    key: Key,
    /// Her socket is on the node that they ask; his is not.
    alice: Socket,
    bob: Socket,
}

impl Lives {
    async fn begin(cluster: &Arc<Cluster>, name: &str, retry_on: &'static [usize]) -> Self {
        let alice = cluster.register_anywhere(0, &format!("alice-{name}")).await;
        let bob = cluster.register_anywhere(1, &format!("bob-{name}")).await;
        Self { cluster: Arc::clone(cluster), retry_on, key: Key::of(name), alice, bob }
    }

    /// Both are paired, and both are told.
    async fn pair(&self) -> String {
        let answer = self.call(&Call::find(&self.alice.player, &self.key)).await;
        answer.assert_waiting();
        let asking = Call::find(&self.bob.player, &self.key);
        let id = self.call(&asking).await.assert_matched();
        for (socket, opponent) in [(&self.alice, &self.bob), (&self.bob, &self.alice)] {
            assert_eq!(socket.told(&id).await["opponentId"], opponent.player);
        }
        assert_eq!(self.call(&asking).await.assert_matched(), id);
        id
    }

    /// Their match is finished, and one of them asks anew and leaves.
    async fn go_on(&self, id: &str) {
        let finished = self.call(&Call::Finish(id.to_owned())).await;
        assert_eq!((finished.status, finished.json()["status"].clone()), (200, json!("finished")));
        self.call(&Call::find(&self.alice.player, &self.key)).await.assert_waiting();
        let left = self.call(&Call::Leave(self.alice.player.clone())).await;
        assert_eq!((left.status, left.json()), (200, json!({"status": "idle"})));
    }

    async fn call(&self, call: &Call) -> Answer {
        match self.cluster.try_call(0, call).await {
            Ok(answer) if !answer.is_put_off() => answer,
            _ => self.cluster.insist_on(self.retry_on, call).await,
        }
    }
}

fn proxied() -> Setup {
    Setup { nodes: 2, proxied: true, ..Setup::default() }
}

/// The names of the commands that node 0 sends for two lives and not by itself, and how many it sends.
async fn clean_run(cluster: &Arc<Cluster>) -> (BTreeSet<String>, usize) {
    cluster.proxy(0).take_tally();
    tokio::time::sleep(IDLE_TIME).await;
    let idle: BTreeSet<String> = cluster.proxy(0).take_tally().commands.into_keys().collect();
    let lives = Lives::begin(cluster, "clean", &[]).await;
    let registering = settled_tally(cluster, &idle).await;
    let id = lives.pair().await;
    let pairing = settled_tally(cluster, &idle).await;
    lives.go_on(&id).await;
    let going_on = settled_tally(cluster, &idle).await;
    let mut names = BTreeSet::new();
    let mut count = 0;
    for (what, tally) in [("registering", registering), ("pairing", pairing), ("going on", going_on)] {
        names.extend(tally.commands.keys().filter(|name| !idle.contains(*name)).cloned());
        let sent = tally.count(|name| !idle.contains(name));
        assert!(sent > 0, "it goes without Redis: {what}");
        eprintln!("{what} takes {sent} commands: {tally:?}");
        count += usize::try_from(sent).expect("a few");
    }
    (names, count)
}

/// What has passed, once nothing more comes that is not sent anyway.
async fn settled_tally(cluster: &Cluster, idle: &BTreeSet<String>) -> Tally {
    let of_players = |tally: &Tally| tally.count(|name| !idle.contains(name));
    let begun = Instant::now();
    loop {
        let before = of_players(&cluster.proxy(0).tally());
        tokio::time::sleep(QUIET).await;
        if before == of_players(&cluster.proxy(0).tally()) {
            return cluster.proxy(0).take_tally();
        }
        assert!(begun.elapsed() < PATIENCE, "there is no end to it: {:?}", cluster.proxy(0).tally());
    }
}

/// Two lives for each command that they take, with a death there.
async fn die_everywhere(harm: Harm, retry_on: &'static [usize]) {
    let Some(cluster) = Cluster::start(&proxied()) else { return };
    let (names, count) = clean_run(&cluster).await;
    for point in 0..count {
        let meant = names.clone();
        cluster.proxy(0).harm(harm, point, move |sent| meant.contains(&sent.name));
        let lives = Lives::begin(&cluster, &format!("{harm:?}{point}"), retry_on).await;
        let id = lives.pair().await;
        lives.go_on(&id).await;
        let begun = Instant::now();
        while !cluster.proxy(0).has_harmed() {
            assert!(begun.elapsed() < PATIENCE, "command {point} of {count} never came");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        for socket in [&lives.alice, &lives.bob] {
            socket.assert_open();
        }
    }
    check(&cluster, Telling::Done).await;
    // Each match was counted and logged as it was made and as it was finished, but for one of each whose answer was lost: who
    // comes next finds that it has been done.
    let lives = u64::try_from(count + 1).expect("a few");
    for series in ["matchmaker_matches_created_total", "matchmaker_matches_finished_total"] {
        let counted = cluster.metric(series).await;
        assert!(counted == lives || counted + 1 == lives, "{series}: {counted} of {lives}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_lives_survive_a_cut_before_each_of_their_commands() {
    die_everywhere(Harm::CutBefore, &[0]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_lives_survive_a_cut_after_each_of_their_commands() {
    die_everywhere(Harm::CutAfter, &[0]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_cut_before_a_command_is_carried_on_by_another_node() {
    die_everywhere(Harm::CutBefore, &[1]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_cut_after_a_command_is_carried_on_by_another_node() {
    die_everywhere(Harm::CutAfter, &[1]).await;
}

/// The same, and nobody ever repeats a call: what was begun is brought to its end by nodes alone.
async fn die_everywhere_unnoticed(harm: Harm) {
    let Some(cluster) = Cluster::start(&proxied()) else { return };
    let (names, count) = clean_run(&cluster).await;
    let mut sockets = Vec::new();
    for point in 0..count {
        let key = Key::of(&format!("game{point}"));
        let [alice, bob] = ["alice", "bob"].map(|player| format!("{player}{point}"));
        sockets.push(cluster.register(0, &alice).await);
        sockets.push(cluster.register(1, &bob).await);
        let meant = names.clone();
        cluster.proxy(0).harm(harm, point, move |sent| meant.contains(&sent.name));
        cluster.call(0, &Call::find(&alice, &key)).await;
        let found = cluster.call(0, &Call::find(&bob, &key)).await;
        // Every other match is finished too, by somebody who does not ask again either.
        if let Some(id) = found.match_id().filter(|_| point % 2 == 0) {
            cluster.call(0, &Call::Finish(id)).await;
        }
        // The way is free again for the next ones; where the harm was not done, it is not any more.
        cluster.proxy(0).harm(harm, usize::MAX, |_| false);
        cluster.insist(0, &Call::Standing(alice)).await;
    }
    let begun = Instant::now();
    while let Some(player) = stands_in_a_finished_match(&cluster, &sockets).await {
        assert!(begun.elapsed() < PATIENCE, "{player} stands in a match that is finished");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    check(&cluster, Telling::Done).await;
}

async fn stands_in_a_finished_match(cluster: &Cluster, sockets: &[Socket]) -> Option<String> {
    for Socket { player, .. } in sockets {
        let standing = cluster.insist(1, &Call::Standing(player.clone())).await;
        if let Some(id) = standing.match_id()
            && cluster.insist(1, &Call::Match(id)).await.json()["status"] == "finished"
        {
            return Some(player.clone());
        }
    }
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_cut_before_a_command_comes_to_its_end_though_nobody_asks_again() {
    die_everywhere_unnoticed(Harm::CutBefore).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_cut_after_a_command_comes_to_its_end_though_nobody_asks_again() {
    die_everywhere_unnoticed(Harm::CutAfter).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_that_were_lost_on_their_way_to_a_node_arrive_all_the_same() {
    let Some(cluster) = Cluster::start(&proxied()) else { return };
    for round in 0..3 {
        let lives = Lives::begin(&cluster, &format!("lost{round}"), &[0]).await;
        for node in 0..2 {
            cluster.cut_messages(node).await;
        }
        lives.pair().await;
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
