//! How long a player waits: with a socket, without one, and between the two.

use serde_json::json;

use crate::support::{CHESS, Fault, GO, TestServer, minutes, seconds};

const DISCONNECTED: &str = r#"matchmaker_tickets_ended_total{reason="disconnected"}"#;
const EXPIRED: &str = r#"matchmaker_tickets_ended_total{reason="expired"}"#;

/// A player who waits, and whose socket has just closed.
async fn disconnected(server: &TestServer, player: &str) {
    let socket = server.connect(player).await;
    server.find(player, CHESS).await.assert_waiting();
    socket.close().await;
    server.metric_reaches("matchmaker_connected_players", 0).await;
}

#[tokio::test]
async fn a_waiting_player_whose_socket_closed_leaves_after_the_grace() {
    let server = TestServer::start().await;
    disconnected(&server, "alice").await;

    server.pass(seconds(29)).await;
    assert_eq!(server.metric("matchmaker_waiting_players").await, 1);
    server.pass(seconds(1)).await;

    assert_eq!(server.metric("matchmaker_waiting_players").await, 0);
    assert_eq!(server.metric(DISCONNECTED).await, 1);
    server.assert_idle("alice").await;
    server.connect("alice").await.expect_silence().await;
}

#[tokio::test]
async fn a_player_within_the_grace_can_still_be_matched() {
    let server = TestServer::start().await;
    disconnected(&server, "alice").await;
    server.pass(seconds(29)).await;

    let id = server.find("bob", CHESS).await.match_id();

    server.pass(minutes(20)).await;
    assert!(server.reconnect("alice", "matched").await.text().await.contains(&id));
}

#[tokio::test]
async fn registering_within_the_grace_keeps_the_place() {
    let server = TestServer::start().await;
    disconnected(&server, "alice").await;
    server.pass(seconds(29)).await;

    let mut socket = server.reconnect("alice", "waiting").await;

    for _ in 0..120 {
        server.pass(seconds(10)).await;
        socket.expect_silence().await;
    }
    let id = server.find("bob", CHESS).await.match_id();
    assert_eq!(server.match_(&id).await.json()["players"], json!(["alice", "bob"]));
}

#[tokio::test]
async fn after_a_call_within_the_grace_the_search_time_applies() {
    let server = TestServer::start().await;
    for call in ["POST", "GET", "another key"] {
        disconnected(&server, "alice").await;
        server.pass(seconds(29)).await;
        match call {
            "POST" => server.find("alice", CHESS).await.assert_waiting(),
            "GET" => assert_eq!(server.standing("alice").await.json()["status"], "waiting"),
            _ => assert_eq!(server.find("alice", GO).await.status, 409),
        }

        server.pass(seconds(599)).await;
        assert_eq!(server.metric("matchmaker_waiting_players").await, 1, "{call}");
        server.pass(seconds(1)).await;
        assert_eq!(server.metric("matchmaker_waiting_players").await, 0, "{call}");
    }
    assert_eq!(server.metric(EXPIRED).await, 3);
    assert_eq!(server.metric(DISCONNECTED).await, 0);
}

#[tokio::test]
async fn a_player_without_a_socket_leaves_after_the_search_time() {
    let server = TestServer::start().await;
    server.find("alice", CHESS).await.assert_waiting();

    server.pass(seconds(599)).await;
    assert_eq!(server.metric("matchmaker_waiting_players").await, 1);
    server.pass(seconds(1)).await;

    assert_eq!(server.metric("matchmaker_waiting_players").await, 0);
    assert_eq!(server.metric(EXPIRED).await, 1);
    server.assert_idle("alice").await;
}

#[tokio::test]
async fn asking_and_looking_start_the_search_time_anew() {
    let server = TestServer::start().await;
    server.find("alice", CHESS).await.assert_waiting();
    for _ in 0..3 {
        server.pass(seconds(599)).await;
        server.find("alice", CHESS).await.assert_waiting();
        server.pass(seconds(599)).await;
        assert_eq!(server.standing("alice").await.json()["status"], "waiting");
        server.pass(seconds(599)).await;
        assert_eq!(server.call("HEAD", "/api/find-match/alice").await.status, 200);
    }
    server.pass(seconds(600)).await;
    assert_eq!(server.metric(EXPIRED).await, 1);
}

#[tokio::test]
async fn with_a_socket_a_player_waits_as_long_as_it_lives() {
    let server = TestServer::start().await;
    let mut socket = server.connect("alice").await;
    server.find("alice", CHESS).await.assert_waiting();
    for _ in 0..180 {
        server.pass(seconds(40)).await;
        socket.expect_silence().await;
    }
    server.find("bob", CHESS).await.match_id();
    assert!(socket.text().await.contains("match_found"));
}

#[tokio::test]
async fn the_closing_of_a_socket_whose_registration_failed_does_not_touch_the_one_that_lives() {
    let server = TestServer::start().await;
    let mut socket = server.connect("alice").await;
    server.find("alice", CHESS).await.assert_waiting();
    let mut second = server.open_socket().await;
    server.break_store("connect", Fault::LosesItsAnswer);
    second.register("alice").await;
    second.expect_error("store_unavailable").await;
    server.mend_store("connect");
    second.close().await;
    server.metric_reaches("matchmaker_open_sockets", 1).await;

    for _ in 0..30 {
        server.pass(seconds(40)).await;
        socket.expect_silence().await;
    }

    assert_eq!(server.metric("matchmaker_connected_players").await, 1);
    socket.close().await;
    server.metric_reaches("matchmaker_connected_players", 0).await;
    server.pass(seconds(30)).await;
    server.assert_idle("alice").await;
}

#[tokio::test]
async fn a_socket_that_is_opened_later_keeps_the_ticket_alive() {
    let server = TestServer::start().await;
    server.find("alice", CHESS).await.assert_waiting();
    server.pass(seconds(599)).await;
    let mut socket = server.reconnect("alice", "waiting").await;
    for _ in 0..30 {
        server.pass(seconds(40)).await;
        socket.expect_silence().await;
    }
    assert_eq!(server.metric("matchmaker_waiting_players").await, 1);
}

#[tokio::test]
async fn an_ended_ticket_is_not_paired_though_nothing_has_swept_it_away() {
    let server = TestServer::start().await;
    server.find("alice", CHESS).await.assert_waiting();
    server.pass_unswept(minutes(10)).await;

    server.find("bob", CHESS).await.assert_waiting();

    let id = server.find("alice", CHESS).await.match_id();
    assert_eq!(server.match_(&id).await.json()["players"], json!(["bob", "alice"]));
    assert_eq!(server.metric(EXPIRED).await, 1);
}

#[tokio::test]
async fn whoever_asks_after_his_ticket_ended_waits_anew() {
    let server = TestServer::start().await;
    server.find("alice", CHESS).await.assert_waiting();
    server.pass_unswept(minutes(10)).await;

    server.find("alice", GO).await.assert_waiting();

    assert_eq!(server.metric(EXPIRED).await, 1);
    assert_eq!(server.metric("matchmaker_queue_joins_total").await, 2);
}

#[tokio::test]
async fn whoever_comes_back_after_the_grace_finds_himself_idle() {
    let server = TestServer::start().await;
    disconnected(&server, "alice").await;
    server.pass_unswept(seconds(30)).await;

    let mut socket = server.connect("alice").await;

    socket.expect_silence().await;
    assert_eq!(server.metric(DISCONNECTED).await, 1);
}

#[tokio::test]
async fn the_times_are_those_that_were_set() {
    let server = TestServer::with(["--disconnect-grace=0", "--search-time=5s"]).await;
    disconnected(&server, "alice").await;
    server.assert_idle("alice").await;

    server.find("bob", CHESS).await.assert_waiting();
    server.pass(seconds(5)).await;
    assert_eq!(server.metric(EXPIRED).await, 1);
}

#[tokio::test]
async fn a_match_does_not_end_with_a_socket() {
    let server = TestServer::start().await;
    let socket = server.connect("alice").await;
    let id = server.pair("alice", "bob", CHESS).await;
    socket.close().await;

    server.pass(minutes(60)).await;

    server.assert_matched("alice", &id).await;
}
