use super::scene::{ELEVENTH, FIFTH, Scene, findings, pairing};

/// A match that nobody knows of yet.
const NEW: &str = "00000000-0000-4000-8000-000000000017";

#[test]
fn a_match_that_is_another_or_of_one_player_is_found() {
    let Some(mut scene) = Scene::start() else { return };
    let other = format!("f 1 {}", pairing(17, FIFTH, "xaver zoe"));
    scene.finds(
        &[&["HSET", "matches", NEW, &other], &["RPUSH", "finished", NEW], &["SET", "serial", "41"]],
        &[&format!("the match {NEW} is stored as {FIFTH}")],
    );
    let alone = format!("f 1 {}", pairing(17, NEW, "zoe zoe"));
    scene.finds(
        &[&["HSET", "matches", NEW, &alone], &["RPUSH", "finished", NEW]],
        &[&format!("the match {NEW} is of zoe with himself")],
    );
}

#[test]
fn an_active_match_that_nothing_ends_or_nobody_stands_in_is_found() {
    let Some(mut scene) = Scene::start() else { return };
    scene.finds(&[&["ZREM", "active", FIFTH]], &[&format!("the match {FIFTH} is active, and its lifetime never ends")]);
    scene.finds(
        &[&["ZADD", "active", "6", FIFTH]],
        &[&format!("the active match {FIFTH} is at the place 6 of its order")],
    );
    let abandoned = format!("a {}", pairing(17, NEW, "xaver zoe"));
    scene.finds(
        &[&["HSET", "matches", NEW, &abandoned], &["ZADD", "active", "17", NEW]],
        &[&format!("the match {NEW} is active, and nobody stands in it")],
    );
    let second = format!("a {}", pairing(17, NEW, "carol zoe"));
    scene.finds(
        &[&["HSET", "matches", NEW, &second], &["ZADD", "active", "17", NEW]],
        &[
            &format!("carol is in two active matches, {FIFTH} and {NEW}"),
            &format!("the match {NEW} is active, and nobody stands in it"),
        ],
    );
}

#[test]
fn lists_that_do_not_agree_with_the_matches_are_found() {
    let Some(mut scene) = Scene::start() else { return };
    for id in [NEW, ELEVENTH] {
        scene.finds(
            &[&["ZADD", "active", "17", id]],
            &[&format!("the match {id} is among the active ones, and is none")],
        );
    }
    scene.finds(&[&["RPUSH", "finished", NEW]], &[&format!("the match {NEW} is among the finished ones, and is none")]);
    scene.finds(
        &[&["RPUSH", "finished", FIFTH]],
        &[
            &format!("the match {FIFTH} is active, and would be forgotten as a finished one"),
            &format!("the match {FIFTH} is among the finished ones, and is none"),
        ],
    );
    scene.finds(
        &[&["LREM", "finished", "0", ELEVENTH]],
        &[&format!("the match {ELEVENTH} is finished, and is never forgotten")],
    );
    scene.finds(&[&["RPUSH", "finished", ELEVENTH]], &["a match is twice among the finished ones"]);
}

#[test]
fn more_matches_than_there_may_be_are_found() {
    let Some(mut scene) = Scene::start() else { return };
    scene.plant();
    let mut by_flag = crate::process::program();
    by_flag.arg("--max-matches=3").arg("audit").arg(format!("--store=redis://{}", scene.address()));
    for command in [&mut by_flag, scene.audit().env("MAX_MATCHES", "3")] {
        let found = ["there are 4 matches, and --max-matches is 3", "there are 4 pairings, and --max-matches is 3"];
        assert_eq!(findings(command), found);
    }
}
