//! How often a player, an address and a socket may come.

use serde_json::json;

use crate::support::{CHESS, Connection, GO, TestServer, request, seconds};

/// A request that came through proxies.
async fn get_by(server: &TestServer, target: &str, headers: &[(&str, &str)]) -> crate::support::Answer {
    let request = headers.iter().fold(request("GET", target), |request, (name, value)| request.header(*name, *value));
    server.send(request.body(http_body_util::Full::default()).expect("a request")).await
}

#[tokio::test]
async fn a_player_who_calls_too_often_is_refused_until_he_has_rested() {
    let server = TestServer::with(["--rate-limit-player=2", "--rate-limit-player-burst=3"]).await;
    server.find("alice", CHESS).await.assert_waiting();
    assert_eq!(server.standing("alice").await.status, 200);
    server.leave("alice").await.assert_ok(&json!({"status": "idle"}));

    for refused in [server.find("alice", CHESS).await, server.standing("alice").await, server.leave("alice").await] {
        refused.assert_problem(429, "rate_limited");
        refused.assert_header("retry-after", "1");
    }

    server.pass(seconds(1)).await;
    server.assert_idle("alice").await;
    server.find("alice", CHESS).await.assert_waiting();
    server.standing("alice").await.assert_problem(429, "rate_limited");
}

#[tokio::test]
async fn what_is_refused_changes_nothing_and_is_not_counted() {
    let server = TestServer::with(["--rate-limit-player=1", "--rate-limit-player-burst=1"]).await;
    server.find("alice", CHESS).await.assert_waiting();
    for _ in 0..20 {
        server.leave("alice").await.assert_problem(429, "rate_limited");
    }
    server.find("bob", GO).await.assert_waiting();
    server.pass(seconds(1)).await;
    assert_eq!(server.standing("alice").await.json()["status"], "waiting");
}

#[tokio::test]
async fn the_time_to_wait_is_true() {
    let server = TestServer::with(["--rate-limit-player=1", "--rate-limit-player-burst=1"]).await;
    server.assert_idle("alice").await;
    let refused = server.standing("alice").await;
    let wait: u64 = refused.header("retry-after").expect("a time").parse().expect("seconds");

    server.pass(seconds(wait)).await;

    server.assert_idle("alice").await;
}

#[tokio::test]
async fn one_player_does_not_use_up_the_calls_of_another() {
    let server = TestServer::with(["--rate-limit-player=1", "--rate-limit-player-burst=1"]).await;
    let mut connection = Connection::open(server.address).await;
    for number in 0..500 {
        let target = format!("/api/find-match/player{number}");
        let request = request("GET", &target).body(http_body_util::Full::default()).expect("a request");
        connection.send(request).await.assert_ok(&json!({"status": "idle"}));
    }
}

#[tokio::test]
async fn a_call_that_names_no_player_and_one_that_is_not_understood_are_not_counted() {
    let server = TestServer::with(["--rate-limit-player=1", "--rate-limit-player-burst=2"]).await;
    let id = server.pair("alice", "bob", CHESS).await;
    for _ in 0..10 {
        assert_eq!(server.match_(&id).await.status, 200);
        assert_eq!(server.finish(&id).await.status, 200);
        server.ask(r#"{"game":"chess","asset":"USDT","amount":0,"playerId":"alice"}"#).await.assert_invalid("amount");
    }
    server.assert_idle("alice").await;
}

#[tokio::test]
async fn fifty_calls_a_second_and_a_hundred_at_once_are_the_players_by_default() {
    let server = TestServer::with(["--rate-limit-player=50"]).await;
    for expected in [100, 50, 50] {
        let mut passed = 0;
        while server.standing("alice").await.status == 200 {
            passed += 1;
        }
        assert_eq!(passed, expected);
        server.pass(seconds(1)).await;
    }
}

#[tokio::test]
async fn an_address_that_calls_too_often_is_refused_but_for_what_load_balancers_ask() {
    let server = TestServer::with(["--rate-limit-address=1", "--rate-limit-address-burst=3"]).await;
    for (target, status) in [("/nowhere", 404), ("/ws", 426), ("/api/match/x", 404)] {
        assert_eq!(server.get(target).await.status, status);
    }
    for target in ["/nowhere", "/ws", "/api/match/x", "/api/find-match/alice", "/metrics"] {
        let refused = server.get(target).await;
        refused.assert_problem(429, "rate_limited");
        refused.assert_header("retry-after", "1");
        for path in ["/healthz", "/readyz"] {
            assert_eq!(server.get(path).await.status, 200);
        }
    }
    server.pass(seconds(2)).await;
    server.assert_idle("alice").await;
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_address_is_the_one_it_tells() {
    let flags = ["--rate-limit-address=1", "--rate-limit-address-burst=1", "--trusted-proxy=127.0.0.0/8"];
    let server = TestServer::with(flags).await;
    for (headers, status) in [
        (&[("x-forwarded-for", "192.0.2.1")][..], 200),
        (&[("x-forwarded-for", "192.0.2.1")], 429),
        // What the client made up stands further left.
        (&[("x-forwarded-for", "198.51.100.9, 192.0.2.1, 127.0.0.9")], 429),
        (&[("forwarded", "for=\"192.0.2.1:4711\";proto=https")], 429),
        (&[("x-forwarded-for", "::ffff:192.0.2.1")], 429),
        (&[("x-forwarded-for", "192.0.2.2")], 200),
        (&[("forwarded", "for=192.0.2.9, for=192.0.2.3")], 200),
        (&[("x-forwarded-for", "192.0.2.3"), ("forwarded", "for=192.0.2.3")], 429),
        // A client with IPv6 has many addresses.
        (&[("forwarded", "for=\"[2001:db8::1]:1\"")], 200),
        (&[("x-forwarded-for", "2001:db8::ffff:2")], 429),
        (&[("x-forwarded-for", "2001:db8:0:1::1")], 200),
        // Where the two disagree, one is made up, and the proxy itself counts.
        (&[("x-forwarded-for", "192.0.2.77"), ("forwarded", "for=192.0.2.78")], 200),
        (&[("x-forwarded-for", "192.0.2.79"), ("forwarded", "for=192.0.2.80")], 429),
        (&[("x-forwarded-for", "unknown")], 429),
        (&[], 429),
    ] {
        let answer = get_by(&server, "/api/find-match/alice", headers).await;
        assert_eq!(answer.status, status, "{headers:?}");
    }
}

#[tokio::test]
async fn whoever_is_no_trusted_proxy_cannot_choose_his_address() {
    let flags = ["--rate-limit-address=1", "--rate-limit-address-burst=1", "--trusted-proxy=192.0.2.1"];
    let server = TestServer::with(flags).await;
    assert_eq!(get_by(&server, "/nowhere", &[("x-forwarded-for", "1.1.1.1")]).await.status, 404);
    for headers in
        [[("x-forwarded-for", "2.2.2.2")], [("forwarded", "for=3.3.3.3")], [("x-forwarded-for", "192.0.2.1")]]
    {
        get_by(&server, "/nowhere", &headers).await.assert_problem(429, "rate_limited");
    }
}

#[tokio::test]
async fn a_socket_registers_ten_times_a_minute_and_what_comes_beyond_is_refused() {
    let server = TestServer::start().await;
    let mut socket = server.open_socket().await;
    for _ in 0..10 {
        socket.register("alice").await;
        socket.expect_registered("alice", "idle").await;
    }
    for _ in 0..4 {
        socket.register("alice").await;
        socket.expect_error("rate_limited").await;
    }
    assert_eq!(server.metric("matchmaker_registrations_total").await, 10);

    for _ in 0..3 {
        server.pass(seconds(20)).await;
        socket.expect_ping().await;
        socket.expect_silence().await;
    }
    socket.register("alice").await;
    socket.expect_registered("alice", "idle").await;
    for _ in 0..9 {
        socket.register("alice").await;
        socket.expect_registered("alice", "idle").await;
    }

    socket.register("alice").await;

    socket.expect_error("rate_limited").await;
    socket.expect_close(1008).await;
}

#[tokio::test]
async fn registrations_are_calls_of_the_player_on_however_many_sockets() {
    let server = TestServer::with(["--rate-limit-player=1", "--rate-limit-player-burst=3"]).await;
    for _ in 0..3 {
        server.connect("alice").await;
    }
    let mut fourth = server.open_socket().await;
    fourth.register("alice").await;
    fourth.expect_error("rate_limited").await;
    server.connect("bob").await;

    server.pass(seconds(1)).await;
    fourth.register("alice").await;
    fourth.expect_registered("alice", "idle").await;
}
