use super::scene::{FIFTH, Scene};

#[test]
fn a_serial_that_was_never_given_is_found() {
    let Some(mut scene) = Scene::start() else { return };
    scene.finds(
        &[&["SET", "serial", "14"]],
        &["the connection of mona has the serial 15, and the last that was given is 14"],
    );
    scene.finds(
        &[&["HSET", "players", "alice", "w 0 900000000 - - g chess|USDT|20"]],
        &["the ticket of alice has the serial 0, and the last that was given is 40"],
    );
    scene.plant();
    scene.ask(&["DEL", "serial"]);
    assert_eq!(scene.findings().len(), 9);
}

#[test]
fn a_serial_that_two_have_is_found() {
    let Some(mut scene) = Scene::start() else { return };
    scene.finds(
        &[&["HSET", "players", "alice", "w 3 900000000 - - g chess|USDT|20"]],
        &["the serial 3 is of the ticket of alice and of the ticket of bob"],
    );
    scene.finds(
        &[&["HSET", "attached", "alice", "3 1.1 1.1+"]],
        &["the serial 3 is of the ticket of bob and of the connection of alice"],
    );
    scene.finds(
        &[&["HSET", "players", "alice", "w 5 900000000 - - g chess|USDT|20"]],
        &[&format!("the serial 5 is of the ticket of alice and of the match {FIFTH}")],
    );
}
