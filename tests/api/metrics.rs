//! What the metrics tell.

use crate::support::{CHESS, Fault, TestServer, request, seconds};

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
        r#"matchmaker_waiting_players{game="(other)",asset="(other)"}"#,
        "matchmaker_active_matches",
        "matchmaker_connected_players",
        "matchmaker_open_sockets",
        "matchmaker_log_lines_dropped_total",
        r#"matchmaker_matches_carried_forward_total{by="call"}"#,
        r#"matchmaker_matches_carried_forward_total{by="sweep"}"#,
        "matchmaker_time_to_match_seconds_count",
        "matchmaker_time_to_tell_seconds_count",
        "matchmaker_pushes_sent_at_registration_total",
        r#"matchmaker_pushes_queued_total{message="match_found"}"#,
        r#"matchmaker_pushes_dropped_total{message="match_found"}"#,
        r#"matchmaker_sockets_closed_total{code="4001"}"#,
        r#"matchmaker_limits_hit_total{limit="waiting"}"#,
        r#"matchmaker_http_requests_total{route="find_match",status="200"}"#,
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
        (r#"matchmaker_waiting_players{game="chess",asset="USDT"}"#, 1),
        (r#"matchmaker_waiting_players{game="(other)",asset="(other)"}"#, 0),
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
    assert!(answer.text.contains("matchmaker_stores_reachable 0"));
}

#[tokio::test]
async fn requests_are_counted_by_route_and_status_and_a_path_of_ones_own_adds_no_series() {
    let server = TestServer::start().await;
    let before = server.get("/metrics").await.text.lines().count();
    let id = server.pair("alice", "bob", CHESS).await;
    server.ask("{").await;
    server.standing("alice").await;
    server.leave("alice").await;
    server.match_(&id).await;
    server.finish(&id).await;
    server.call("PUT", "/api/find-match").await;
    server.get("/healthz").await;
    server.get("/ws").await;
    server.open_socket().await;
    for path in ["/nowhere", "/api/find-match/", "/api/find-match/a/b"] {
        server.get(path).await;
    }
    server.break_store("find", Fault::Panics);
    server.find("carol", CHESS).await;
    server.mend_store("find");

    for (route, status, count) in [
        ("find_match", 200, 2),
        ("find_match", 400, 1),
        ("find_match", 405, 1),
        ("find_match", 500, 1),
        ("standing", 200, 1),
        ("leave", 409, 1),
        ("match", 200, 1),
        ("finish", 200, 1),
        ("healthz", 200, 1),
        ("websocket", 426, 1),
        ("websocket", 101, 1),
        ("unknown", 404, 3),
    ] {
        let series = format!(r#"matchmaker_http_requests_total{{route="{route}",status="{status}"}}"#);
        assert_eq!(server.metric(&series).await, count, "{series}");
    }
    let series = r#"matchmaker_http_request_duration_seconds_count{route="find_match"}"#;
    assert_eq!(server.metric(series).await, 5);
    assert_eq!(server.get("/metrics").await.text.lines().count(), before);
}

#[tokio::test]
async fn a_request_takes_as_long_as_its_answer() {
    let server = TestServer::start().await;
    let gate = crate::support::Gate::new();
    server.break_store("find", Fault::Waits(gate.clone()));
    let asking = server.find("alice", CHESS);
    let meanwhile = async {
        gate.reached().await;
        server.pass(seconds(2)).await;
        gate.open();
    };
    tokio::join!(asking, meanwhile).0.assert_waiting();

    let bucket =
        |bound: &str| format!(r#"matchmaker_http_request_duration_seconds_bucket{{le="{bound}",route="find_match"}}"#);
    assert_eq!(server.metric(&bucket("1.0")).await, 0);
    assert_eq!(server.metric(&bucket("2.5")).await, 1);
}

#[tokio::test]
async fn the_time_to_match_is_how_long_the_first_player_waited() {
    let server = TestServer::start().await;
    server.find("alice", CHESS).await.assert_waiting();
    server.pass(seconds(7)).await;
    server.find("bob", CHESS).await.match_id();

    let bucket = |bound: &str| format!(r#"matchmaker_time_to_match_seconds_bucket{{le="{bound}"}}"#);
    assert_eq!(server.metric(&bucket("5.0")).await, 0);
    assert_eq!(server.metric(&bucket("10.0")).await, 1);
}

#[tokio::test]
async fn the_time_to_tell_is_measured_for_who_is_told_at_once_and_not_for_who_is_told_at_his_registration() {
    let server = TestServer::start().await;
    let mut alice = server.connect("alice").await;
    server.pair("alice", "bob", CHESS).await;
    alice.text().await;
    let told = "matchmaker_time_to_tell_seconds_count";
    server.metric_reaches(told, 1).await;

    let mut bob = server.reconnect("bob", "matched").await;
    bob.text().await;

    assert_eq!(server.metric("matchmaker_pushes_sent_at_registration_total").await, 1);
    assert_eq!(server.metric(r#"matchmaker_pushes_queued_total{message="match_found"}"#).await, 2);
    assert_eq!(server.metric(told).await, 1);
}

#[tokio::test]
async fn what_delays_the_telling_counts_as_time_to_tell() {
    let server = TestServer::start().await;
    let mut alice = server.connect("alice").await;
    server.find("alice", CHESS).await.assert_waiting();
    server.break_store("insert", Fault::Refuses);
    server.find("bob", CHESS).await.assert_problem(503, "store_unavailable");
    server.pass_unswept(seconds(4)).await;
    server.mend_store("insert");
    server.find("bob", CHESS).await.match_id();
    alice.text().await;

    server.metric_reaches("matchmaker_time_to_tell_seconds_count", 1).await;
    let bucket = |bound: &str| format!(r#"matchmaker_time_to_tell_seconds_bucket{{le="{bound}"}}"#);
    assert_eq!(server.metric(&bucket("2.5")).await, 0);
    assert_eq!(server.metric(&bucket("5.0")).await, 1);
    assert_eq!(server.metric(r#"matchmaker_matches_carried_forward_total{by="call"}"#).await, 1);
}

#[tokio::test]
async fn every_limit_that_is_hit_is_counted() {
    let server = TestServer::with(["--max-waiting=1", "--max-matches=1", "--max-connections=3"]).await;
    let limit = |name: &str| format!(r#"matchmaker_limits_hit_total{{limit="{name}"}}"#);
    let chess_for = |amount| crate::support::Key { amount, ..CHESS };

    server.pair("alice", "bob", CHESS).await;
    server.find("carol", CHESS).await.assert_waiting();
    server.find("dave", CHESS).await.assert_problem(503, "at_capacity");
    server.find("erin", chess_for("1")).await.assert_problem(503, "at_capacity");
    server.ask(vec![b' '; 16 * 1024 + 1]).await.assert_problem(413, "body_too_large");
    let mut socket = server.open_socket().await;
    socket.say_text(&"x".repeat(4 * 1024 + 1)).await;
    assert_eq!(socket.close_code().await, 1009);
    drop(socket);
    server.metric_reaches("matchmaker_open_sockets", 0).await;

    for (name, count) in [("matches", 1), ("waiting", 1), ("body", 1), ("message", 1), ("connections", 0)] {
        assert_eq!(server.metric(&limit(name)).await, count, "{name}");
    }
    assert_eq!(server.metric(r#"matchmaker_sockets_closed_total{code="1009"}"#).await, 1);

    let mut kept = crate::support::Connection::open(server.address).await;
    kept.send(request("GET", "/healthz").body(http_body_util::Full::default()).expect("a request")).await;
    let held = [server.raw().await, server.raw().await];
    server.raw().await.rest().await;
    drop(held);
    let connections = limit("connections");
    crate::support::soon("the refusal is counted", async {
        loop {
            let metrics = request("GET", "/metrics").body(http_body_util::Full::default()).expect("a request");
            if kept.send(metrics).await.text.contains(&format!("{connections} 1\n")) {
                return;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn sockets_that_end_are_counted_by_who_ended_them_and_how() {
    let server = TestServer::start().await;
    server.connect("alice").await.close().await;
    let mut replaced = server.connect("bob").await;
    let _bob = server.connect("bob").await;
    replaced.expect_close(4001).await;

    server.metric_reaches(r#"matchmaker_sockets_closed_total{code="client"}"#, 1).await;
    server.metric_reaches(r#"matchmaker_sockets_closed_total{code="4001"}"#, 1).await;
}

#[tokio::test]
async fn however_many_games_are_invented_few_of_them_are_told_apart() {
    let server = TestServer::start().await;
    for number in 0..100 {
        let body = format!(r#"{{"game":"g{number}","asset":"TON","amount":1,"playerId":"p{number}"}}"#);
        server.ask(body).await.assert_waiting();
    }

    let answer = server.get("/metrics").await;

    let series = answer.text.lines().filter(|line| line.starts_with("matchmaker_waiting_players{"));
    assert_eq!(series.count(), 65);
    assert_eq!(server.metric(r#"matchmaker_waiting_players{game="(other)",asset="(other)"}"#).await, 36);
}

#[tokio::test]
async fn the_games_there_are_have_series_from_the_start() {
    let server = TestServer::with(["--games=chess,go"]).await;
    for game in ["chess", "go"] {
        for asset in ["USDT", "ETH", "TON"] {
            let series = format!(r#"matchmaker_waiting_players{{game="{game}",asset="{asset}"}}"#);
            assert_eq!(server.metric(&series).await, 0, "{series}");
        }
    }
    server.find("alice", CHESS).await.assert_waiting();
    assert_eq!(server.metric(r#"matchmaker_waiting_players{game="chess",asset="USDT"}"#).await, 1);
}

#[tokio::test]
async fn what_is_no_http_and_who_asks_nothing_is_counted() {
    let server = TestServer::start().await;
    let mut silent = server.raw().await;
    let mut raw = server.raw().await;
    raw.send("no HTTP\r\n\r\n").await;
    raw.rest().await;
    server.metric_reaches(r#"matchmaker_limits_hit_total{limit="parser"}"#, 1).await;
    server.pass(seconds(10)).await;
    silent.assert_closed().await;
    server.metric_reaches(r#"matchmaker_limits_hit_total{limit="first_head"}"#, 1).await;
}
