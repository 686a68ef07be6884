use super::scene::Scene;

#[test]
fn sockets_that_nobody_would_end_and_those_that_are_none_are_found() {
    let Some(mut scene) = Scene::start() else { return };
    scene.finds(
        &[&["ZREM", "holders", "1 alice"]],
        &["alice has a socket of node 1, which nobody would end if that node died"],
    );
    scene.finds(
        &[&["ZREM", "holders", "1 nick"]],
        &["nick has a socket of node 1, which nobody would end if that node died"],
    );
    scene.finds(&[&["ZADD", "holders", "0", "2 alice"]], &["alice counts as one of node 2, and has no socket there"]);
    scene.finds(&[&["HDEL", "attached", "nick"]], &["nick counts as one of node 1, and has no socket there"]);
}

#[test]
fn a_socket_of_two_players_or_twice_of_one_is_found() {
    let Some(mut scene) = Scene::start() else { return };
    scene.finds(
        &[&["HSET", "sockets", "zoe", "1.1"], &["ZADD", "holders", "0", "1 zoe"]],
        &["the socket 1.1 is of alice and of zoe"],
    );
    scene.finds(&[&["HSET", "sockets", "alice", "1.1 1.1"]], &["alice has the socket 1.1 twice"]);
    scene.finds(&[&["HSET", "attached", "nick", "0 - 1.10 1.10"]], &["nick has the socket 1.10 twice"]);
}

#[test]
fn a_player_who_hears_on_a_socket_that_is_not_his_latest_is_found() {
    let Some(mut scene) = Scene::start() else { return };
    scene.finds(
        &[&["HSET", "attached", "mona", "15 1.9 2.5+ 1.9+"]],
        &["mona hears on the socket 2.5, and 1.9 is the latest"],
    );
    scene.finds(
        &[&["HSET", "attached", "nick", "0 - 1.10+"]],
        &["nick hears on the socket 1.10, and none is the latest"],
    );
}

#[test]
fn nodes_that_cannot_be_and_inboxes_that_do_not_agree_with_them_are_found() {
    let Some(mut scene) = Scene::start() else { return };
    for node in ["0", "536870912"] {
        let sockets = format!("{node}.1");
        scene.finds(
            &[&["HSET", "sockets", "zoe", &sockets], &["ZADD", "holders", "0", &format!("{node} zoe")]],
            &[&format!("there is something of node {node}, and no node has that number")],
        );
        scene.finds(
            &[&["ZADD", "nodes", "1", node], &["XADD", &format!("inbox:{node}"), "*", "m", "hello"]],
            &[&format!("there is something of node {node}, and no node has that number")],
        );
    }
    scene.finds(&[&["DEL", "inbox:1"]], &["node 1 has no inbox, so nothing can be told by it"]);
    scene.finds(&[&["XADD", "inbox:3", "*", "m", "hello"]], &["there is an inbox of node 3, which is gone"]);
}

#[test]
fn an_inbox_past_its_bound_is_found() {
    let Some(mut scene) = Scene::start() else { return };
    scene.plant();
    scene.fill_inbox(1, 110_000);
    assert_eq!(scene.findings(), ["the inbox of node 1 has 110001 messages"]);
}
