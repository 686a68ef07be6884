use super::scene::{NOW, Scene, findings};
use crate::process::ended;

#[test]
fn a_search_that_ends_although_a_socket_keeps_it_alive_or_never_is_found() {
    let Some(mut scene) = Scene::start() else { return };
    scene.finds(&[&["HDEL", "sockets", "alice"]], &["alice is not connected, and his search never ends"]);
    scene.finds(
        &[&["HSET", "sockets", "bob", "1.7"], &["ZADD", "holders", "0", "1 bob"]],
        &["bob is connected, and his search ends all the same"],
    );
}

#[test]
fn deadlines_that_do_not_agree_with_the_tickets_are_found() {
    let Some(mut scene) = Scene::start() else { return };
    scene.finds(
        &[&["DEL", "deadlines"]],
        &["the search of bob has a deadline that is not among the others, so nobody ends it"],
    );
    scene.finds(
        &[&["ZADD", "deadlines", "7", "0000000000000003 bob"]],
        &["the search of bob ends at 1500000000, and 7 is its place among the deadlines"],
    );
    for member in ["0000000000000001 alice", "0000000000000003 zoe", "0000000000000004 bob", "3 bob"] {
        scene.finds(
            &[&["ZADD", "deadlines", "1500000000", member]],
            &[&format!("a deadline stands for {member:?}, and no ticket has it")],
        );
    }
    for (deadline, reason) in [("-", "expired"), ("1500000000", "-"), ("1500000000", "left"), ("soon", "expired")] {
        let record = format!("w 3 950000000 {deadline} {reason} g go|ETH|0.5");
        scene.finds(
            &[&["HSET", "players", "bob", &record]],
            &[
                "0 tickets are counted under \"go ETH\", and the count is 1",
                "a deadline stands for \"0000000000000003 bob\", and no ticket has it",
                "bob is offered under go|ETH|0.5, and does not wait there",
                &format!("players has \"bob\" as {record:?}, which means nothing"),
            ],
        );
    }
}

#[test]
fn a_search_that_nobody_ended_is_found_after_a_minute_in_which_a_server_ran() {
    let Some(mut scene) = Scene::start() else { return };
    let over = (NOW - 61_000_000).to_string();
    let record = format!("w 3 1 {over} disconnected g go|ETH|0.5");
    let commands: [&[&str]; 2] =
        [&["HSET", "players", "bob", &record], &["ZADD", "deadlines", &over, "0000000000000003 bob"]];
    scene.finds(&commands, &["the search of bob is over for more than a minute, and he still waits"]);
    scene.ask(&["ZADD", "nodes", &NOW.to_string(), "1"]);
    assert_eq!(ended(&mut scene.audit()).status.code(), Some(0));
}

/// Bob waits where alice does, and came after her.
const SAME_KEY: &[&str] = &["HSET", "players", "bob", "w 3 950000000 1500000000 expired g chess|USDT|20"];

#[test]
fn two_who_could_be_paired_and_both_wait_are_found() {
    let Some(mut scene) = Scene::start() else { return };
    let commands: [&[&str]; 4] = [
        SAME_KEY,
        &["HDEL", "pairable", "go|ETH|0.5"],
        &["HDEL", "games", "go ETH"],
        &["HSET", "games", "chess USDT", "2"],
    ];
    scene.finds(&commands, &["alice and bob both wait under chess|USDT|20, and could be paired"]);
    // Where only the connected are paired, bob is passed over.
    scene.ask(&["SET", "only_connected", "1"]);
    let sound = ended(&mut scene.audit());
    assert_eq!(sound.status.code(), Some(0), "{sound:?}");

    scene.ask(&["HSET", "pairable", "chess|USDT|20", "bob"]);
    let ahead = "bob is offered under chess|USDT|20, and alice is the one who waits longest";
    assert_eq!(scene.findings(), [ahead, "bob is offered under chess|USDT|20, and is not connected"]);
    scene.ask(&["SET", "only_connected", "0"]);
    assert_eq!(scene.findings(), ["alice and bob both wait under chess|USDT|20, and could be paired", ahead]);
}

#[test]
fn who_waits_and_cannot_be_found_or_is_offered_where_he_does_not_wait_is_found() {
    let Some(mut scene) = Scene::start() else { return };
    scene.finds(
        &[&["HDEL", "pairable", "chess|USDT|20"]],
        &["alice waits under chess|USDT|20, and nobody who asks for it finds him"],
    );
    scene.finds(
        &[&["HSET", "pairable", "dice|TON|1", "alice"]],
        &["alice is offered under dice|TON|1, and does not wait there"],
    );
    for player in ["carol", "zoe"] {
        scene.finds(
            &[&["HSET", "pairable", "dice|TON|1", player]],
            &[&format!("{player} is offered under dice|TON|1, and does not wait there")],
        );
    }
}

#[test]
fn counts_of_games_that_do_not_agree_with_the_tickets_are_found() {
    let Some(mut scene) = Scene::start() else { return };
    scene.finds(
        &[&["HSET", "games", "chess USDT", "2"]],
        &["1 tickets are counted under \"chess USDT\", and the count is 2"],
    );
    scene.finds(
        &[&["HSET", "games", "dice TON", "1"]],
        &["0 tickets are counted under \"dice TON\", and the count is 1"],
    );
    scene.finds(
        &[&["DEL", "games"]],
        &[
            "1 tickets are counted under \"chess USDT\", and there is no count",
            "1 tickets are counted under \"go ETH\", and there is no count",
        ],
    );
    scene.finds(
        &[&["HSET", "players", "alice", "w 1 900000000 - - o chess|USDT|20"]],
        &["0 tickets are counted under \"chess USDT\", and the count is 1"],
    );
}

#[test]
fn more_tickets_or_games_than_there_may_be_are_found() {
    let Some(mut scene) = Scene::start() else { return };
    scene.plant();
    let found = findings(scene.audit().env("MAX_WAITING", "1"));
    assert_eq!(found, ["2 players wait, and --max-waiting is 1"]);

    for number in 0..63 {
        let (player, game) = (format!("player{number}"), format!("game{number}"));
        let ticket = format!("w {} 1 1500000000 expired g {game}|TON|1", 100 + number);
        scene.ask(&["HSET", "players", &player, &ticket]);
        scene.ask(&["ZADD", "deadlines", "1500000000", &format!("{:016} {player}", 100 + number)]);
        scene.ask(&["HSET", "pairable", &format!("{game}|TON|1"), &player]);
        scene.ask(&["HSET", "games", &format!("{game} TON"), "1"]);
    }
    scene.ask(&["SET", "serial", "200"]);
    assert_eq!(scene.findings(), ["65 games are told apart, and 64 may be"]);
}
