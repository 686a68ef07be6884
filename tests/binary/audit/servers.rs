use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use super::scene::Scene;
use crate::process::{Running, ended};

/// How much longer than a lease is looked at what a dead server leaves.
const LOOKS: u32 = 60;
const LOOK_INTERVAL: Duration = Duration::from_millis(150);

/// How often it is looked while others play.
const AUDITS: usize = 300;

/// The audit finds nothing; gives what it says.
fn sound(scene: &Scene) -> String {
    let output = ended(&mut scene.audit());
    let told = String::from_utf8(output.stdout).expect("text");
    assert_eq!(output.status.code(), Some(0), "{told}{}", String::from_utf8_lossy(&output.stderr));
    told
}

/// The id in an answer that tells of a match.
fn match_in(answer: &str) -> &str {
    let (_, rest) = answer.split_once(r#""matchId":""#).expect("a match");
    rest.split('"').next().expect("an id")
}

fn find(server: &Running, game: &str, player: &str) -> String {
    let body = format!(r#"{{"game":"{game}","asset":"USDT","amount":20,"playerId":"{player}"}}"#);
    let (status, answer) = server.call("POST", "/api/find-match", &body);
    assert_eq!(status, 200, "{answer}");
    answer
}

#[test]
fn everything_holds_in_what_two_servers_leave_one_of_which_dies() {
    let Some(scene) = Scene::start() else { return };
    let store = format!("--store=redis://{}", scene.address());
    let (one, other) = (Running::start(&[&store]), Running::start(&[&store]));
    assert!(sound(&scene).contains(" 0 waiting") && sound(&scene).contains("2 nodes of which 0 are dead"));

    let sockets = [one.register("alice"), other.register("bob"), other.register("carol"), one.register("dave")];
    find(&one, "chess", "alice");
    find(&one, "go", "carol");
    find(&other, "whist", "zoe");
    assert!(sound(&scene).contains(" 3 waiting, 0 pairings"), "{}", sound(&scene));

    let of_bob = find(&other, "chess", "bob");
    find(&one, "go", "dave");
    let (status, _) = one.call("POST", &format!("/api/match/{}/finish", match_in(&of_bob)), "");
    assert_eq!(status, 200);
    find(&other, "dice", "bob");
    let (status, _) = one.call("DELETE", "/api/find-match/zoe", "");
    assert_eq!(status, 200);
    // His socket moves to another server.
    let again = one.register("bob");
    let told = sound(&scene);
    let census =
        "1 waiting, 1 pairings of which 0 are not settled, 2 matches of which 1 are active, 4 connected, 2 nodes of";
    assert!(told.contains(census), "{told}");

    other.signal(rustix::process::Signal::KILL);
    let connected = |told: &str| told.contains(", 3 connected, 1 nodes of which 0 are dead");
    let buried = (0..LOOKS).any(|_| {
        thread::sleep(LOOK_INTERVAL);
        connected(&sound(&scene))
    });
    assert!(buried, "{}", sound(&scene));
    drop((sockets, again));
}

/// Asks, looks and leaves for some players of their own until it is told to stop; some come back elsewhere, and a match is
/// finished now and then.
fn play(servers: [&Running; 2], first: usize, over: &AtomicBool) {
    for round in (0..).take_while(|_| !over.load(Ordering::Relaxed)) {
        let player = format!("player{}", first + round % 10);
        let [here, there] = if round % 2 == 0 { servers } else { [servers[1], servers[0]] };
        let socket = (round % 3 == 0).then(|| here.register(&player));
        let again = (round % 6 == 0).then(|| there.register(&player));
        let body = format!(r#"{{"game":"chess","asset":"USDT","amount":{},"playerId":"{player}"}}"#, 1 + round % 3);
        let (_, answer) = here.call("POST", "/api/find-match", &body);
        if answer.contains("matchId") && round % 4 > 0 {
            there.call("POST", &format!("/api/match/{}/finish", match_in(&answer)), "");
        }
        drop((socket, again));
        if round % 5 == 0 {
            there.call("DELETE", &format!("/api/find-match/{player}"), "");
        }
    }
}

#[test]
fn everything_holds_at_every_moment_while_two_servers_play() {
    let Some(scene) = Scene::start() else { return };
    let store = format!("--store=redis://{}", scene.address());
    let flags = [&*store, "--disconnect-grace=1s", "--search-time=1s", "--match-retention=1s", "--rate-limit-player=0"];
    let servers = [Running::start(&flags), Running::start(&flags)];
    let over = AtomicBool::new(false);
    let told = thread::scope(|scope| {
        for first in [0, 10, 20, 30] {
            let (servers, over) = (&servers, &over);
            scope.spawn(move || play([&servers[0], &servers[1]], first, over));
        }
        let told: Vec<String> = (0..AUDITS).map(|_| sound(&scene)).collect();
        over.store(true, Ordering::Relaxed);
        told
    });
    let some_saw = |what: &str| told.iter().any(|told| !told.contains(what));
    for nothing in [" 0 waiting", " 0 pairings", " 0 matches", " 0 connected"] {
        assert!(some_saw(nothing), "{told:#?}");
    }
}
