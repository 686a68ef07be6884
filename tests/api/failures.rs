//! What clients see while a store fails, and after it.

use serde_json::Value;
use serde_json::json;

use crate::support::{Answer, CHESS, Fault, GO, TestServer, seconds};

#[track_caller]
fn assert_unavailable(answer: &Answer) {
    answer.assert_problem(503, "store_unavailable");
    answer.assert_retry_after();
    assert!(!answer.text.contains("secret"), "{answer:?}");
}

fn found(id: &str, opponent: &str) -> Value {
    json!({"type": "match_found", "matchId": id, "game": "chess", "asset": "USDT", "amount": 20, "opponentId": opponent})
}

#[tokio::test]
async fn every_call_tells_that_a_store_fails_and_works_again_after() {
    let server = TestServer::start().await;
    let id = server.pair("alice", "bob", CHESS).await;
    for fault in [Fault::Refuses, Fault::LosesItsAnswer] {
        server.break_store("find", fault.clone());
        assert_unavailable(&server.find("carol", GO).await);
        server.mend_store("find");
        server.find("carol", GO).await.assert_waiting();

        server.break_store("look", fault.clone());
        assert_unavailable(&server.standing("carol").await);
        server.mend_store("look");
        assert_eq!(server.standing("carol").await.json()["status"], "waiting");

        server.break_store("leave", fault.clone());
        assert_unavailable(&server.leave("carol").await);
        server.mend_store("leave");
        server.leave("carol").await.assert_ok(&json!({"status": "idle"}));

        server.break_store("get", fault.clone());
        assert_unavailable(&server.match_(&id).await);
        assert_unavailable(&server.find("alice", CHESS).await);
        assert_unavailable(&server.leave("alice").await);
        assert_unavailable(&server.finish(&id).await);
        server.mend_store("get");
        server.assert_matched("alice", &id).await;
    }
    assert_eq!(server.match_(&id).await.json()["status"], "active");
}

/// Each step that carries a match on, and what it means when it fails.
const STEPS: [&str; 2] = ["insert", "settle"];

#[tokio::test]
async fn a_match_that_could_not_be_stored_is_told_once_the_caller_repeats() {
    for step in STEPS {
        for fault in [Fault::Refuses, Fault::LosesItsAnswer] {
            let server = TestServer::start().await;
            let mut alice = server.connect("alice").await;
            server.find("alice", CHESS).await.assert_waiting();
            server.break_store(step, fault);
            assert_unavailable(&server.find("bob", CHESS).await);
            server.mend_store(step);

            let id = server.find("bob", CHESS).await.match_id();

            alice.expect(found(&id, "bob")).await;
            alice.expect_silence().await;
            server.reconnect("bob", "matched").await.expect(found(&id, "alice")).await;
            assert_eq!(server.match_(&id).await.json()["status"], "active");
            assert_eq!(server.metric("matchmaker_active_matches").await, 1);
        }
    }
}

#[tokio::test]
async fn a_match_that_could_not_be_stored_is_told_within_seconds_though_nobody_calls() {
    for step in STEPS {
        for fault in [Fault::Refuses, Fault::LosesItsAnswer] {
            let server = TestServer::start().await;
            let mut alice = server.connect("alice").await;
            let mut bob = server.connect("bob").await;
            server.find("alice", CHESS).await.assert_waiting();
            server.break_store(step, fault);
            assert_unavailable(&server.find("bob", CHESS).await);
            server.pass(seconds(3)).await;
            server.mend_store(step);

            server.pass(seconds(2)).await;

            let id = server.find("alice", CHESS).await.match_id();
            alice.expect(found(&id, "bob")).await;
            bob.expect(found(&id, "alice")).await;
            alice.expect_silence().await;
            bob.expect_silence().await;
        }
    }
}

#[tokio::test]
async fn a_match_is_named_to_nobody_before_it_can_be_read() {
    let server = TestServer::start().await;
    let mut alice = server.connect("alice").await;
    server.find("alice", CHESS).await.assert_waiting();
    server.break_store("insert", Fault::Refuses);
    assert_unavailable(&server.find("bob", CHESS).await);

    alice.expect_silence().await;
    for player in ["alice", "bob"] {
        assert_unavailable(&server.standing(player).await);
        assert_unavailable(&server.leave(player).await);
        assert_unavailable(&server.find(player, GO).await);
    }
    let mut bob = server.open_socket().await;
    bob.register("bob").await;
    bob.expect_error("store_unavailable").await;
    bob.expect_silence().await;

    server.mend_store("insert");
    server.pass(seconds(2)).await;
    bob.register("bob").await;
    bob.expect_registered("bob", "matched").await;
    let id = server.find("bob", CHESS).await.match_id();
    alice.expect(found(&id, "bob")).await;
    bob.expect(found(&id, "alice")).await;
    bob.expect_silence().await;
}

#[tokio::test]
async fn a_match_that_could_not_be_finished_is_finished_by_the_repeat() {
    for step in ["finish", "release", "pairing"] {
        for fault in [Fault::Refuses, Fault::LosesItsAnswer] {
            let server = TestServer::start().await;
            let mut alice = server.connect("alice").await;
            let id = server.pair("alice", "bob", CHESS).await;
            alice.expect(found(&id, "bob")).await;
            server.break_store(step, fault);
            assert_unavailable(&server.finish(&id).await);
            server.mend_store(step);

            assert_eq!(server.finish(&id).await.json()["status"], "finished", "{step}");

            server.assert_idle("alice").await;
            server.assert_idle("bob").await;
        }
    }
}

#[tokio::test]
async fn players_of_a_match_that_ended_half_way_are_freed_though_nobody_calls() {
    let server = TestServer::start().await;
    let mut alice = server.connect("alice").await;
    let id = server.pair("alice", "bob", CHESS).await;
    alice.expect(found(&id, "bob")).await;
    server.break_store("release", Fault::Refuses);
    assert_unavailable(&server.finish(&id).await);
    server.mend_store("release");

    server.pass(seconds(2)).await;

    alice.expect(json!({"type": "match_finished", "matchId": id})).await;
    server.assert_idle("bob").await;
}

#[tokio::test]
async fn a_registration_that_fails_is_told_and_can_be_repeated() {
    let server = TestServer::start().await;
    let mut socket = server.open_socket().await;
    for fault in [Fault::Refuses, Fault::LosesItsAnswer] {
        server.break_store("connect", fault);
        socket.register("alice").await;
        socket.expect_error("store_unavailable").await;
    }
    server.mend_store("connect");
    let id = server.pair("alice", "bob", CHESS).await;

    socket.register("alice").await;

    socket.expect_registered("alice", "matched").await;
    socket.expect(found(&id, "bob")).await;
    socket.expect_silence().await;
}

#[tokio::test]
async fn a_presence_whose_end_was_lost_ends_all_the_same() {
    let server = TestServer::start().await;
    let socket = server.connect("alice").await;
    server.find("alice", CHESS).await.assert_waiting();
    server.break_store("disconnect", Fault::Refuses);
    socket.close().await;
    server.metric_reaches("matchmaker_connected_players", 1).await;
    server.mend_store("disconnect");

    server.pass(seconds(1)).await;

    server.metric_reaches("matchmaker_connected_players", 0).await;
    server.pass(seconds(30)).await;
    server.assert_idle("alice").await;
}

#[tokio::test]
async fn a_bug_in_a_store_fails_its_own_request_and_no_other() {
    let server = TestServer::start().await;
    let mut bystander = server.connect("bystander").await;
    let mut raw = server.raw().await;
    server.break_store("look", Fault::Panics);

    let answer = server.standing("alice").await;
    answer.assert_problem(500, "internal");
    assert!(!answer.text.contains("secret") && !answer.text.contains(".rs"), "{answer:?}");
    raw.send("GET /api/find-match/alice HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(raw.answer().await.status, 500);

    // The connection on which it happened goes on as well.
    raw.send("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(raw.answer().await.status, 200);
    server.find("bystander", CHESS).await.assert_waiting();
    server.find("alice", CHESS).await.match_id();
    assert!(bystander.text().await.contains("match_found"));
    server.mend_store("look");
    assert_eq!(server.standing("alice").await.json()["status"], "matched");
}

#[tokio::test]
async fn a_bug_in_a_store_does_not_end_the_sweeping() {
    let server = TestServer::start().await;
    server.find("alice", CHESS).await.assert_waiting();
    server.break_store("end_overdue", Fault::Panics);
    server.pass(seconds(1)).await;
    server.mend_store("end_overdue");

    server.pass(seconds(600)).await;

    assert_eq!(server.metric("matchmaker_waiting_players").await, 0);
}

#[tokio::test]
async fn a_bug_in_a_store_during_a_registration_leaves_nobody_connected() {
    let server = TestServer::with(["--search-time=1m"]).await;
    let id = server.pair("alice", "bob", CHESS).await;
    let mut socket = server.open_socket().await;
    server.break_store("get", Fault::Panics);

    socket.register("alice").await;

    socket.expect_error("internal").await;
    server.mend_store("get");
    socket.register("alice").await;
    socket.expect_registered("alice", "matched").await;
    socket.expect(found(&id, "bob")).await;
    socket.close().await;
    server.metric_reaches("matchmaker_connected_players", 0).await;
    server.metric_reaches("matchmaker_open_sockets", 0).await;
}
