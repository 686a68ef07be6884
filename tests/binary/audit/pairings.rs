use super::scene::{FIFTH, NINTH, NOW, SEVENTH, Scene, THIRTEENTH, pairing};

#[test]
fn a_pairing_in_which_its_players_do_not_stand_is_found() {
    let Some(mut scene) = Scene::start() else { return };
    scene.finds(&[&["HDEL", "players", "carol"]], &["carol is in the pairing 5, and is idle"]);
    scene.finds(
        &[&["HSET", "players", "carol", "m 7"]],
        &[
            "carol is in the pairing 5, and stands in the pairing 7",
            "carol stands in the pairing 7, which is of erin and frank",
        ],
    );
    scene.finds(&[&["HSET", "players", "zoe", "m 6"]], &["zoe stands in the pairing 6, which is not there"]);
    let ticket = format!("w 8 1 {} expired o dice|TON|1", NOW + 1);
    scene.finds(
        &[
            &["HSET", "players", "carol", &ticket],
            &["ZADD", "deadlines", &(NOW + 1).to_string(), "0000000000000008 carol"],
            &["HSET", "pairable", "dice|TON|1", "carol"],
        ],
        &["carol is in the pairing 5, and waits"],
    );
}

#[test]
fn a_player_in_two_pairings_or_with_himself_is_found() {
    let Some(mut scene) = Scene::start() else { return };
    let second = pairing(17, "00000000-0000-4000-8000-000000000017", "carol zoe");
    scene.finds(
        &[
            &["ZADD", "pairings", "17", &second],
            &["ZADD", "unsettled", "17", "17"],
            &["HSET", "players", "zoe", "m 17"],
        ],
        &["carol is in the pairing 17, and stands in the pairing 5"],
    );
    let alone = pairing(9, NINTH, "gina gina");
    scene.finds(
        &[
            &["ZREMRANGEBYSCORE", "pairings", "9", "9"],
            &["ZADD", "pairings", "9", &alone],
            &["HDEL", "players", "henry"],
        ],
        &["the pairing 9 is of gina with himself"],
    );
}

#[test]
fn pairings_out_of_their_place_or_without_one_are_found() {
    let Some(mut scene) = Scene::start() else { return };
    let fifth = pairing(5, FIFTH, "carol dave");
    scene.finds(&[&["ZADD", "pairings", "6", &fifth]], &["the pairing 5 is at the place 6 of its order"]);
    scene.finds(&[&["ZADD", "unsettled", "8", "7"]], &["the unsettled pairing 7 is at the place 8 of its order"]);
    scene.finds(&[&["ZADD", "unsettled", "8", "8"]], &["the pairing 8 is not settled, and is not there"]);
    let again = pairing(17, NINTH, "xaver zoe");
    scene.finds(
        &[
            &["ZADD", "pairings", "17", &again],
            &["ZADD", "unsettled", "17", "17"],
            &["HSET", "players", "xaver", "m 17", "zoe", "m 17"],
        ],
        &[&format!("the pairings 9 and 17 are both the match {NINTH}")],
    );
}

#[test]
fn a_match_that_was_told_and_cannot_be_read_as_it_was_is_found() {
    let Some(mut scene) = Scene::start() else { return };
    scene.finds(
        &[&["ZREM", "unsettled", "9"]],
        &[&format!("the pairing 9 is settled, and its match {NINTH} is not stored")],
    );
    scene.finds(
        &[&["HDEL", "matches", FIFTH], &["ZREM", "active", FIFTH]],
        &[&format!("the pairing 5 is settled, and its match {FIFTH} is not stored")],
    );
    let (ours, other) = (pairing(5, FIFTH, "carol dave"), pairing(5, FIFTH, "dave carol"));
    scene.finds(
        &[&["HSET", "matches", FIFTH, &format!("a {other}")]],
        &[&format!("the match {FIFTH} is stored as {other:?}, and paired as {ours:?}")],
    );
}

#[test]
fn what_nobody_carried_on_is_found_after_a_minute_in_which_a_server_ran() {
    let Some(mut scene) = Scene::start() else { return };
    let later = (NOW + 62_000_000).to_string();
    let lease = (NOW + 63_000_000).to_string();
    let commands: [&[&str]; 2] = [&["SET", "clock", &later], &["ZADD", "nodes", &lease, "1"]];
    scene.finds(
        &commands,
        &[
            &format!("the match {SEVENTH} is stored for more than a minute, and not known to be told"),
            &format!("the match {THIRTEENTH} is over for more than a minute, and still holds its players"),
        ],
    );
    // With nobody there, nobody could.
    scene.plant();
    scene.ask(commands[0]);
    assert_eq!(crate::process::ended(&mut scene.audit()).status.code(), Some(0));
}
