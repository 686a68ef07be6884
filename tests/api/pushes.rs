//! What players are told, and who is not.

use serde_json::{Value, json};

use crate::support::{CHESS, GO, TestServer, seconds};

fn found(id: &str, opponent: &str) -> Value {
    json!({"type": "match_found", "matchId": id, "game": "chess", "asset": "USDT", "amount": 20, "opponentId": opponent})
}

#[tokio::test]
async fn both_players_are_told_of_their_match_once_and_nobody_else_is() {
    let server = TestServer::start().await;
    let mut alice = server.connect("alice").await;
    let mut bob = server.connect("bob").await;
    let mut carol = server.connect("carol").await;

    let id = server.pair("alice", "bob", CHESS).await;
    server.find("alice", CHESS).await.match_id();
    server.find("bob", CHESS).await.match_id();

    alice.expect(found(&id, "bob")).await;
    bob.expect(found(&id, "alice")).await;
    for socket in [&mut alice, &mut bob, &mut carol] {
        socket.expect_silence().await;
    }
}

#[tokio::test]
async fn a_match_found_has_its_members_in_the_order_of_the_clients_of_today() {
    let server = TestServer::start().await;
    let mut alice = server.connect("alice").await;
    let id = server.pair("alice", "bob", CHESS).await;
    let text = r#""game":"chess","asset":"USDT","amount":20,"opponentId":"bob"}"#;
    assert_eq!(alice.text().await, format!(r#"{{"type":"match_found","matchId":"{id}",{text}"#));
}

#[tokio::test]
async fn whoever_was_away_is_told_when_he_registers() {
    let server = TestServer::start().await;
    let id = server.pair("alice", "bob", CHESS).await;

    for (player, opponent) in [("alice", "bob"), ("bob", "alice"), ("alice", "bob")] {
        let mut socket = server.reconnect(player, "matched").await;
        socket.expect(found(&id, opponent)).await;
        socket.expect_silence().await;
        socket.close().await;
    }
}

#[tokio::test]
async fn whoever_reconnects_while_waiting_is_told_of_the_match_there() {
    let server = TestServer::start().await;
    let first = server.connect("alice").await;
    server.find("alice", CHESS).await.assert_waiting();
    first.close().await;
    let mut second = server.reconnect("alice", "waiting").await;

    let id = server.find("bob", CHESS).await.match_id();

    second.expect(found(&id, "bob")).await;
    second.expect_silence().await;
}

#[tokio::test]
async fn leaving_is_pushed_as_the_end_of_the_search() {
    let server = TestServer::start().await;
    let mut alice = server.connect("alice").await;
    let mut bob = server.connect("bob").await;
    server.find("alice", CHESS).await.assert_waiting();

    server.leave("alice").await;
    server.leave("alice").await;

    alice.expect(json!({"type": "search_ended", "reason": "left"})).await;
    alice.expect_silence().await;
    bob.expect_silence().await;
}

#[tokio::test]
async fn the_end_of_a_match_is_pushed_to_both_once() {
    let server = TestServer::start().await;
    let mut alice = server.connect("alice").await;
    let mut bob = server.connect("bob").await;
    let mut carol = server.connect("carol").await;
    let id = server.pair("alice", "bob", CHESS).await;

    server.finish(&id).await;
    server.finish(&id).await;

    for (socket, opponent) in [(&mut alice, "bob"), (&mut bob, "alice")] {
        socket.expect(found(&id, opponent)).await;
        socket.expect(json!({"type": "match_finished", "matchId": id})).await;
        socket.expect_silence().await;
    }
    carol.expect_silence().await;
}

#[tokio::test]
async fn nobody_is_told_of_a_match_after_its_end() {
    let server = TestServer::start().await;
    let id = server.pair("alice", "bob", CHESS).await;
    server.finish(&id).await;

    let mut alice = server.connect("alice").await;
    server.pass(seconds(5)).await;

    alice.expect_silence().await;
}

#[tokio::test]
async fn one_match_after_another_is_told_in_order() {
    let server = TestServer::start().await;
    let mut alice = server.connect("alice").await;
    for round in 0..5 {
        let opponent = format!("opponent{round}");
        let id = server.pair("alice", &opponent, CHESS).await;
        server.finish(&id).await;
        server.find("alice", GO).await.assert_waiting();
        server.leave("alice").await;
        alice.expect(found(&id, &opponent)).await;
        alice.expect(json!({"type": "match_finished", "matchId": id})).await;
        alice.expect(json!({"type": "search_ended", "reason": "left"})).await;
    }
    alice.expect_silence().await;
}
