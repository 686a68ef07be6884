//! A machine that was stopped for hours and goes on, a clock that stands still, and a wall clock that is set.
//!
//! The server was not there to hear anybody while it was stopped, so nobody's silence in that time is held against him. All
//! other times have passed for everybody: tickets, matches and tokens end when they end.

use std::time::Duration;

use http_body_util::Full;
use serde_json::json;

use crate::support::{Answer, CHESS, GO, Issuer, Socket, TestServer, minutes, request, seconds};

const EXPIRED: &str = r#"matchmaker_tickets_ended_total{reason="expired"}"#;
const DISCONNECTED: &str = r#"matchmaker_tickets_ended_total{reason="disconnected"}"#;

const SIX_HOURS: Duration = Duration::from_hours(6);

async fn registered(server: &TestServer, player: &str, token: &str) -> Socket {
    let mut socket = server.open_socket().await;
    socket.register_with(player, token).await;
    socket.expect_registered(player, "idle").await;
    socket
}

async fn look_as(server: &TestServer, player: &str, token: &str) -> Answer {
    let request =
        request("GET", &format!("/api/find-match/{player}")).header("authorization", format!("Bearer {token}"));
    server.send(request.body(Full::default()).expect("a request")).await
}

#[tokio::test]
async fn after_hours_in_which_the_server_was_stopped_sockets_are_asked_and_not_closed() {
    for flags in [&[][..], &["--pair-only-connected"]] {
        let server = TestServer::with_flags(flags).await;
        let mut unregistered = server.open_socket().await;
        let mut alice = server.connect("alice").await;
        server.find("alice", CHESS).await.assert_waiting();

        server.pass(SIX_HOURS).await;

        alice.expect_ping().await;
        alice.expect_silence().await;
        unregistered.register("bob").await;
        unregistered.expect_registered("bob", "idle").await;
        server.find("alice", CHESS).await.assert_waiting();
        let id = server.find("bob", CHESS).await.match_id();
        for mut socket in [alice, unregistered] {
            assert!(socket.text().await.contains(&id));
            socket.expect_silence().await;
        }
        assert_eq!(server.match_(&id).await.json()["players"], json!(["alice", "bob"]));
    }
}

#[tokio::test]
async fn whoever_is_silent_before_and_after_the_stop_for_forty_five_seconds_together_is_closed() {
    let server = TestServer::start().await;
    let mut silent = server.connect("alice").await;
    let mut unregistered = server.open_socket().await;
    server.pass(seconds(4)).await;
    server.pass(SIX_HOURS).await;
    server.pass(seconds(5)).await;
    assert_eq!(server.metric("matchmaker_open_sockets").await, 2);
    server.pass(seconds(1)).await;
    unregistered.expect_close(4002).await;

    server.pass(seconds(20)).await;
    server.pass(seconds(14)).await;
    assert_eq!(server.metric("matchmaker_connected_players").await, 1);
    server.pass(seconds(1)).await;

    silent.expect_close(4004).await;
}

#[tokio::test]
async fn tickets_and_matches_have_ended_by_the_time_that_the_server_was_stopped() {
    let server = TestServer::start().await;
    let mut carol = server.connect("carol").await;
    let id = server.pair("carol", "dave", CHESS).await;
    carol.text().await;
    let gone = server.connect("erin").await;
    server.find("erin", GO).await.assert_waiting();
    gone.close().await;
    server.metric_reaches("matchmaker_connected_players", 1).await;
    for number in 0..300 {
        let body = format!(r#"{{"game":"g{number}","asset":"TON","amount":1,"playerId":"p{number}"}}"#);
        server.ask(body).await.assert_waiting();
    }

    server.pass_unswept(SIX_HOURS).await;
    server.find("frank", GO).await.assert_waiting();
    server.pass(Duration::ZERO).await;
    server.metric_reaches(EXPIRED, 300).await;
    server.metric_reaches(DISCONNECTED, 1).await;
    assert_eq!(server.metric("matchmaker_waiting_players").await, 1);
    server.assert_matched("carol", &id).await;

    server.pass(SIX_HOURS * 3).await;
    server.metric_reaches("matchmaker_matches_finished_total", 1).await;
    assert_eq!(carol.text().await, format!(r#"{{"type":"match_finished","matchId":"{id}"}}"#));
    server.assert_idle("dave").await;
}

#[tokio::test]
async fn a_hundred_years_at_once_overflow_nothing() {
    let server = TestServer::with(["--rate-limit-player=1", "--rate-limit-player-burst=2"]).await;
    let mut alice = server.connect("alice").await;
    for _ in 0..3 {
        server.pass(Duration::from_hours(24 * 36_525)).await;
        alice.expect_silence().await;
        server.find("alice", CHESS).await.assert_waiting();
        let id = server.find("bob", CHESS).await.match_id();
        assert!(alice.text().await.contains(&id));
        // However long it was, nobody has saved up more than a burst.
        assert_eq!(server.standing("alice").await.status, 200);
        server.standing("alice").await.assert_problem(429, "rate_limited");
        server.finish(&id).await;
        alice.text().await;
    }
}

#[tokio::test]
async fn while_the_clock_stands_still_players_are_paired_in_turn_and_nothing_ends() {
    let server = TestServer::start().await;
    let mut alice = server.connect("alice").await;
    let _unregistered = server.open_socket().await;
    for round in 0..50 {
        let body = |player: &str| format!(r#"{{"game":"g","asset":"TON","amount":1,"playerId":"{player}"}}"#);
        let (first, second) = (format!("first{round}"), format!("second{round}"));
        server.ask(body(&first)).await.assert_waiting();
        server.ask(body(&first)).await.assert_waiting();
        let id = server.ask(body(&second)).await.match_id();
        assert_eq!(server.match_(&id).await.json()["players"], json!([first, second]));
    }
    server.find("alice", CHESS).await.assert_waiting();
    server.pass(Duration::ZERO).await;
    alice.expect_silence().await;
    assert_eq!(server.metric("matchmaker_open_sockets").await, 2);
    assert_eq!(server.metric("matchmaker_tickets_ended_total").await, 0);
    assert_eq!(server.metric("matchmaker_matches_created_total").await, 50);
}

#[tokio::test]
async fn a_token_that_expired_while_the_server_was_stopped_closes_its_socket() {
    let (server, issuer) = Issuer::serve([]).await;
    let mut brief = registered(&server, "alice", &issuer.player_until("alice", minutes(60))).await;
    let mut lasting = registered(&server, "bob", &issuer.player("bob")).await;

    server.pass(SIX_HOURS).await;

    brief.expect_close(4003).await;
    lasting.expect_ping().await;
    lasting.expect_silence().await;
}

#[tokio::test]
async fn a_registered_socket_goes_by_the_time_that_passes_however_the_wall_clock_is_set() {
    for wall_clock in [Issuer::NOW + SIX_HOURS, Issuer::NOW.saturating_sub(SIX_HOURS), Duration::ZERO, Duration::MAX] {
        let (server, issuer) = Issuer::serve([]).await;
        let mut socket = registered(&server, "alice", &issuer.player_until("alice", seconds(35))).await;
        server.set_wall_clock(wall_clock);
        for _ in 0..39 {
            server.pass(seconds(1)).await;
            socket.expect_silence().await;
        }
        server.pass(seconds(1)).await;
        socket.expect_close(4003).await;
    }
}

#[tokio::test]
async fn new_calls_go_by_the_wall_clock_as_it_is_set() {
    let (server, issuer) = Issuer::serve([]).await;
    let token = issuer.player_until("alice", minutes(60));
    let begins_now = issuer.token(&json!({
        "sub": "alice", "nbf": Issuer::NOW.as_secs(), "exp": (Issuer::NOW + SIX_HOURS).as_secs(),
    }));
    let endless = issuer.token(&json!({"sub": "alice", "exp": u64::MAX}));
    // Whether each of the three is taken.
    let far_future = Duration::from_secs(u64::MAX);
    for (wall_clock, taken) in [
        (Issuer::NOW, [true, true, true]),
        (Issuer::NOW + minutes(120), [false, true, true]),
        (Issuer::NOW.saturating_sub(minutes(1)), [true, false, true]),
        (Issuer::NOW + SIX_HOURS + seconds(5), [false, false, true]),
        // Before the epoch it is as at the epoch.
        (Duration::ZERO, [true, false, true]),
        (Duration::MAX, [false, false, false]),
        (far_future, [false, false, true]),
        (Issuer::NOW, [true, true, true]),
    ] {
        server.set_wall_clock(wall_clock);
        for (token, taken) in [&token, &begins_now, &endless].into_iter().zip(taken) {
            let answer = look_as(&server, "alice", token).await;
            assert_eq!(answer.status, if taken { 200 } else { 401 }, "{wall_clock:?} {answer:?}");
        }
    }
}

#[tokio::test]
async fn a_token_without_an_end_that_is_shown_at_the_epoch_keeps_its_socket() {
    let (server, issuer) = Issuer::serve([]).await;
    server.set_wall_clock(Duration::ZERO);
    let token = issuer.token(&json!({"sub": "alice", "exp": u64::MAX}));
    let mut socket = registered(&server, "alice", &token).await;
    server.set_wall_clock(Issuer::NOW);
    server.pass(SIX_HOURS).await;
    socket.expect_ping().await;
    socket.expect_silence().await;
}
