//! `matchmaker audit`: that it finds nothing where everything holds, and each thing that does not.

mod matches;
mod pairings;
mod presence;
mod scene;
mod serials;
mod servers;
mod tickets;

use std::time::{Duration, Instant};

use scene::Scene;

use crate::{
    process::{ended, program, refusal},
    redis_server::{Options, RedisServer, port},
};

#[test]
fn a_store_in_which_everything_holds_is_told_in_one_line_and_left_as_it_is() {
    let Some(mut scene) = Scene::start() else { return };
    scene.plant();
    let before = scene.digest();
    let output = ended(&mut scene.audit());
    let told = String::from_utf8(output.stdout).expect("text");
    assert_eq!(output.status.code(), Some(0), "{told}");
    let census = "2 waiting, 4 pairings of which 2 are not settled, 4 matches of which 2 are active, 3 connected, 2 nodes of \
                  which 1 are dead";
    assert!(told.starts_with("redis://127.0.0.1:") && told.ends_with(&format!(": {census}\n")), "{told}");
    assert_eq!((told.lines().count(), output.stderr.len()), (1, 0), "{told}");
    assert_eq!(scene.digest(), before);
}

#[test]
fn an_empty_store_holds_and_one_prefix_is_not_anothers() {
    let Some(mut scene) = Scene::start() else { return };
    scene.plant();
    scene.ask(&["HSET", "players", "zoe", "nonsense"]);
    let output = ended(scene.audit().arg("--store-prefix=match"));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let told = String::from_utf8(output.stdout).expect("text");
    assert!(told.contains(" under match: nothing at all; is it the database and the prefix"), "{told}");
    assert_eq!(ended(&mut scene.audit()).status.code(), Some(1));
}

#[test]
fn what_cannot_be_read_is_found_and_does_no_harm_to_a_terminal() {
    let Some(mut scene) = Scene::start() else { return };
    for (command, found) in [
        (["HSET", "players", "zoe", "w 1 2"], r#"players has "zoe" as "w 1 2", which means nothing"#),
        (["HSET", "players", "zoe", "m +4"], r#"players has "zoe" as "m +4", which means nothing"#),
        (["HSET", "players", "z o", "m"], r#"players has "z o" as "m", which means nothing"#),
        (
            ["HSET", "pairable", "chess|USDT|20.0", "zoe"],
            r#"pairable has "chess|USDT|20.0" as "zoe", which means nothing"#,
        ),
        (["HSET", "games", "zoe", "-1"], r#"games has "zoe" as "-1", which means nothing"#),
        (["HSET", "sockets", "zoe", ""], r#"sockets has "zoe" as "", which means nothing"#),
        (["HSET", "attached", "zoe", "0 -"], r#"attached has "zoe" as "0 -", which means nothing"#),
        (["HSET", "matches", "zoe", "x\u{1b}[2J"], r#"matches has "zoe" as "x\u{1b}[2J", which means nothing"#),
        (["ZADD", "pairings", "1", "zoe"], r#"pairings has "zoe" as "1", which means nothing"#),
        (["ZADD", "unsettled", "1", "zoe"], r#"unsettled has "zoe" as "1", which means nothing"#),
        (["ZADD", "deadlines", "1", "zoe"], r#"deadlines has "zoe" as "1", which means nothing"#),
        (["ZADD", "holders", "0", "zoe"], r#"holders has "zoe" as "0", which means nothing"#),
        (["ZADD", "nodes", "1", "zoe"], r#"nodes has "zoe" as "1", which means nothing"#),
    ] {
        scene.plant();
        scene.ask(&command);
        let found_besides =
            ["nodes"].contains(&command[1]).then_some(r#"there is an inbox of "zoe", which is no node"#);
        let expected: Vec<&str> = [found].into_iter().chain(found_besides).collect();
        assert_eq!(scene.findings(), expected, "{command:?}");
    }
    scene.finds(&[&["SET", "zoe", "1"]], &["the key \"{matchmaker}:zoe\" is none that a server writes"]);
    scene.finds(&[&["SET", "serial", "many"]], &["serial is \"many\", which is no number"]);
    scene.finds(&[&["XADD", "inbox:zoe", "*", "m", "x"]], &["there is an inbox of \"zoe\", which is no node"]);
}

#[test]
fn a_key_of_another_kind_cannot_be_looked_at() {
    let Some(mut scene) = Scene::start() else { return };
    scene.plant();
    scene.ask(&["SET", "players", "alice"]);
    let line = refusal(&mut scene.audit());
    assert!(line.contains("cannot be audited") && line.contains("wrong kind"), "{line}");
}

#[test]
fn a_replica_is_looked_at_once_it_is_in_step() {
    let Some(mut scene) = Scene::start() else { return };
    scene.plant();
    let replica_of = |port: u16| {
        let options = Options::default().with(&["--replicaof", "127.0.0.1", &port.to_string()]);
        RedisServer::start(options).expect("there is one already")
    };
    let audit = |replica: &RedisServer| ended(program().arg("audit").arg(format!("--store={}", replica.url())));

    let lost = replica_of(port::free());
    let output = audit(&lost);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("not in step with its primary"), "{output:?}");

    let replica = replica_of(scene.address().port());
    let begun = Instant::now();
    let told = loop {
        let output = audit(&replica);
        if output.status.success() {
            break String::from_utf8(output.stdout).expect("text");
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{output:?}");
    };
    assert!(told.contains("2 waiting, 4 pairings"), "{told}");
}
