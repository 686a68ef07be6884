//! `GET` and `DELETE /api/find-match/:playerId`.

use serde_json::json;

use crate::support::{CHESS, GO, TestServer};

#[tokio::test]
async fn a_standing_is_idle_waiting_or_matched() {
    let server = TestServer::start().await;
    server.assert_standing("alice", json!({"status": "idle"})).await;

    server.find("alice", GO).await.assert_waiting();
    let waiting = json!({"status": "waiting", "game": "go", "asset": "TON", "amount": 0.5});
    server.assert_standing("alice", waiting).await;

    let id = server.find("bob", GO).await.match_id();
    server.assert_standing("alice", json!({"status": "matched", "matchId": id})).await;

    server.finish(&id).await;
    server.assert_standing("alice", json!({"status": "idle"})).await;
}

#[tokio::test]
async fn whoever_leaves_waits_no_more() {
    let server = TestServer::start().await;
    server.find("alice", CHESS).await.assert_waiting();

    server.leave("alice").await.assert_ok(&json!({"status": "idle"}));

    server.assert_idle("alice").await;
    server.find("bob", CHESS).await.assert_waiting();
    assert_eq!(server.metric(r#"matchmaker_tickets_ended_total{reason="left"}"#).await, 1);
}

#[tokio::test]
async fn whoever_does_not_wait_leaves_all_the_same() {
    let server = TestServer::start().await;

    server.leave("alice").await.assert_ok(&json!({"status": "idle"}));
    server.leave("alice").await.assert_ok(&json!({"status": "idle"}));

    assert_eq!(server.metric(r#"matchmaker_tickets_ended_total{reason="left"}"#).await, 0);
}

#[tokio::test]
async fn whoever_is_matched_cannot_leave() {
    let server = TestServer::start().await;
    let id = server.pair("alice", "bob", CHESS).await;

    for player in ["alice", "bob"] {
        server.leave(player).await.assert_problem_with(409, "already_matched", &json!({"matchId": id}));
        server.assert_matched(player, &id).await;
    }
}

#[tokio::test]
async fn whoever_left_can_ask_for_another_key_and_comes_last() {
    let server = TestServer::start().await;
    server.find("alice", CHESS).await.assert_waiting();
    server.leave("alice").await;
    server.find("bob", CHESS).await.assert_waiting();

    let id = server.find("alice", CHESS).await.match_id();

    assert_eq!(server.match_(&id).await.json()["players"], json!(["bob", "alice"]));
}

#[tokio::test]
async fn a_player_in_a_path_is_percent_decoded_once() {
    let server = TestServer::start().await;
    server.find("a+b|c=d@e:f", CHESS).await.assert_waiting();
    for same in ["a+b|c=d@e:f", "a%2Bb%7Cc%3Dd%40e%3Af", "%61%2b%62%7c%63%3d%64%40%65%3a%66"] {
        assert_eq!(server.standing(same).await.json()["status"], "waiting", "{same}");
    }
    for invalid in
        ["a%252Bb", "a%20b", "a%2Fb", "%2e", "%2E%2e", "..", ".", "%", "%zz", "%ff", "%00", "%C3%A9", "a%0Ab"]
    {
        server.standing(invalid).await.assert_invalid("playerId");
        server.leave(invalid).await.assert_invalid("playerId");
    }
    server.standing(&"x".repeat(128)).await.assert_ok(&json!({"status": "idle"}));
    server.standing(&"x".repeat(129)).await.assert_invalid("playerId");
    server.leave("a%2Bb%7Cc%3Dd%40e%3Af").await.assert_ok(&json!({"status": "idle"}));
    server.assert_idle("a+b|c=d@e:f").await;
}
