//! What an operator may set so that play is fair: who is paired, which games there are, and how high the stakes.

use serde_json::json;

use crate::support::{CHESS, GO, Key, TestServer, seconds};

const WAITING: &str = "waiting";

#[tokio::test]
async fn a_player_without_a_socket_is_passed_over_until_he_comes_back() {
    let server = TestServer::with(["--pair-only-connected"]).await;
    let _bob = server.connect("bob").await;
    server.find("alice", CHESS).await.assert_waiting();

    // Neither the one who waits without a socket, nor the one who asks without one.
    server.find("bob", CHESS).await.assert_waiting();
    server.find("carol", CHESS).await.assert_waiting();
    server.assert_standing("carol", json!({"status": WAITING, "game": "chess", "asset": "USDT", "amount": 20})).await;
}

#[tokio::test]
async fn a_player_who_comes_back_is_paired_with_the_one_who_waits_and_both_are_told_once() {
    let server = TestServer::with(["--pair-only-connected"]).await;
    server.find("alice", CHESS).await.assert_waiting();
    let mut bob = server.connect("bob").await;
    server.find("bob", CHESS).await.assert_waiting();

    let mut alice = server.reconnect("alice", "matched").await;

    let id = server.find("alice", CHESS).await.match_id();
    let found = |opponent| {
        json!({
            "type": "match_found", "matchId": id, "game": "chess", "asset": "USDT", "amount": 20, "opponentId": opponent
        })
    };
    alice.expect(found("bob")).await;
    bob.expect(found("alice")).await;
    alice.expect_silence().await;
    bob.expect_silence().await;
    server.match_(&id).await.assert_ok(&json!({
        "id": id, "game": "chess", "asset": "USDT", "amount": 20, "players": ["alice", "bob"], "status": "active"
    }));
}

#[tokio::test]
async fn a_player_whose_socket_closed_is_passed_over_and_keeps_his_place_for_the_grace() {
    let server = TestServer::with(["--pair-only-connected"]).await;
    let alice = server.connect("alice").await;
    server.find("alice", CHESS).await.assert_waiting();
    alice.close().await;
    server.metric_reaches("matchmaker_connected_players", 0).await;
    let _bob = server.connect("bob").await;
    server.find("bob", CHESS).await.assert_waiting();

    server.pass(seconds(29)).await;
    server.reconnect("alice", "matched").await;
}

#[tokio::test]
async fn another_game_than_those_there_are_is_refused() {
    let server = TestServer::with(["--games=chess,checkers"]).await;
    server.find("alice", CHESS).await.assert_waiting();
    let refused = server.find("bob", GO).await;
    refused.assert_invalid("game");
    assert!(refused.text.contains("the games here are checkers, chess"), "{}", refused.text);
}

#[tokio::test]
async fn a_stake_below_the_least_or_above_the_greatest_is_refused() {
    let server = TestServer::with(["--min-stake=USDT=5", "--max-stake=USDT=100,TON=1"]).await;
    for amount in ["4.999999", "100.000001"] {
        server.find("alice", Key { amount, ..CHESS }).await.assert_invalid("amount");
    }
    for (player, amount) in [("alice", "5"), ("bob", "1e2")] {
        server.find(player, Key { amount, ..CHESS }).await.assert_waiting();
    }
    server.find("carol", Key { amount: "1000000000000", asset: "ETH", ..CHESS }).await.assert_waiting();
}
