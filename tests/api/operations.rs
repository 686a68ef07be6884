//! Liveness, readiness and metrics.

use serde_json::json;

use crate::support::{CHESS, Fault, TestServer, seconds};

#[tokio::test]
async fn a_server_that_serves_is_alive_and_ready() {
    let server = TestServer::start().await;
    server.get("/healthz").await.assert_ok(&json!({"status": "ok"}));
    server.get("/readyz").await.assert_ok(&json!({"status": "ready"}));
}

#[tokio::test]
async fn a_server_whose_store_fails_is_alive_and_not_ready() {
    let server = TestServer::start().await;
    for verb in ["count", "census"] {
        for fault in [Fault::Refuses, Fault::LosesItsAnswer] {
            server.break_store(verb, fault);
            let answer = server.get("/readyz").await;
            answer.assert_problem(503, "store_unavailable");
            answer.assert_retry_after();
            assert_eq!(server.get("/healthz").await.status, 200);
            server.mend_store(verb);
            assert_eq!(server.get("/readyz").await.status, 200);
        }
    }
}

#[tokio::test]
async fn every_metric_stands_at_zero_from_the_start() {
    let server = TestServer::start().await;
    for series in [
        "matchmaker_registrations_total",
        "matchmaker_queue_joins_total",
        "matchmaker_matches_created_total",
        "matchmaker_matches_finished_total",
        r#"matchmaker_tickets_ended_total{reason="left"}"#,
        r#"matchmaker_tickets_ended_total{reason="expired"}"#,
        r#"matchmaker_tickets_ended_total{reason="disconnected"}"#,
        "matchmaker_waiting_players",
        "matchmaker_active_matches",
        "matchmaker_connected_players",
        "matchmaker_open_sockets",
        "matchmaker_log_lines_dropped_total",
    ] {
        assert_eq!(server.metric(series).await, 0, "{series}");
    }
    let answer = server.get("/metrics").await;
    assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("application/openmetrics-text")));
    assert!(answer.text.ends_with("# EOF\n"));
}

#[tokio::test]
async fn the_metrics_tell_what_happened() {
    let server = TestServer::start().await;
    let alice = server.connect("alice").await;
    let _bob = server.connect("bob").await;
    let mut nameless = server.open_socket().await;
    let id = server.pair("alice", "bob", CHESS).await;
    server.pair("carol", "dave", CHESS).await;
    server.find("erin", CHESS).await.assert_waiting();
    server.leave("erin").await;
    server.find("frank", CHESS).await.assert_waiting();

    for (series, value) in [
        ("matchmaker_registrations_total", 2),
        ("matchmaker_queue_joins_total", 4),
        ("matchmaker_matches_created_total", 2),
        ("matchmaker_matches_finished_total", 0),
        (r#"matchmaker_tickets_ended_total{reason="left"}"#, 1),
        ("matchmaker_waiting_players", 1),
        ("matchmaker_active_matches", 2),
        ("matchmaker_connected_players", 2),
        ("matchmaker_open_sockets", 3),
    ] {
        assert_eq!(server.metric(series).await, value, "{series}");
    }

    server.finish(&id).await;
    alice.close().await;
    server.metric_reaches("matchmaker_open_sockets", 2).await;
    server.metric_reaches("matchmaker_connected_players", 1).await;
    server.pass(seconds(10)).await;
    nameless.expect_close(4002).await;
    drop(nameless);
    server.metric_reaches("matchmaker_open_sockets", 1).await;
    assert_eq!(server.metric("matchmaker_matches_finished_total").await, 1);
    assert_eq!(server.metric("matchmaker_active_matches").await, 1);
}

#[tokio::test]
async fn metrics_are_given_without_what_only_the_store_knows_while_it_fails() {
    let server = TestServer::start().await;
    server.find("alice", CHESS).await.assert_waiting();
    server.break_store("census", Fault::Refuses);

    let answer = server.get("/metrics").await;

    assert_eq!(answer.status, 200);
    assert!(answer.text.contains("matchmaker_queue_joins_total 1"));
    assert!(!answer.text.contains("matchmaker_waiting_players"));
}
