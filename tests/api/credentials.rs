//! Who may register on a socket when callers show who they are, and for how long.

use std::{
    io,
    sync::{Arc, Mutex},
};

use serde_json::json;

use crate::support::{CHESS, Fault, Gate, Issuer, Socket, TestServer, minutes, seconds};

async fn registered(server: &TestServer, player: &str, token: &str) -> Socket {
    let mut socket = server.open_socket().await;
    socket.register_with(player, token).await;
    socket.expect_registered(player, "idle").await;
    socket
}

/// Time goes by, and the client answers what pings come in it.
async fn pass(server: &TestServer, socket: &mut Socket, count: u64) {
    for _ in 0..count {
        server.pass(seconds(1)).await;
        socket.expect_silence().await;
    }
}

#[tokio::test]
async fn a_socket_is_registered_by_the_player_himself_alone() {
    let (server, issuer) = Issuer::serve([]).await;
    let mut socket = server.open_socket().await;
    socket.register("alice").await;
    socket.expect_error("unauthenticated").await;
    socket.register_with("alice", "a.b.c").await;
    socket.expect_error("unauthenticated").await;
    socket.register_with("alice", &issuer.player("mallory")).await;
    socket.expect_error("forbidden").await;
    socket.register_with("alice", &issuer.game_server("matches:read matches:write")).await;
    socket.expect_error("forbidden").await;
    assert_eq!(server.metric("matchmaker_registrations_total").await, 0);
    assert_eq!(server.metric("matchmaker_connected_players").await, 0);

    // A refused one binds the socket to nobody.
    socket.register_with("bob", &issuer.player("bob")).await;
    socket.expect_registered("bob", "idle").await;
    socket.register_with("alice", &issuer.player("alice")).await;
    socket.expect_error("already_registered").await;
    socket.expect_close(1008).await;
}

#[tokio::test]
async fn a_token_that_is_no_string_is_a_bad_one() {
    let (server, _issuer) = Issuer::serve([]).await;
    let mut socket = server.open_socket().await;
    for token in [json!(7), json!(null), json!({}), json!(["a.b.c"])] {
        socket.say(&json!({"type": "register", "playerId": "alice", "token": token})).await;
        socket.expect_error("unauthenticated").await;
    }
    socket.say_text(r#"{"type":"register","playerId":"alice","token":"a","token":"b"}"#).await;
    socket.expect_error("malformed_json").await;
    socket.expect_close(1008).await;
}

#[tokio::test]
async fn a_registered_player_is_told_of_his_match() {
    let (server, issuer) = Issuer::serve([]).await;
    let mut socket = registered(&server, "alice", &issuer.player("alice")).await;
    for player in ["alice", "bob"] {
        let request = crate::support::request("POST", "/api/find-match")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", issuer.player(player)));
        server.send(request.body(CHESS.body(player).into()).expect("a request")).await;
    }
    assert!(socket.text().await.contains("match_found"));
}

#[tokio::test]
async fn a_socket_is_closed_when_its_token_expires() {
    let (server, issuer) = Issuer::serve([]).await;
    let mut brief = registered(&server, "alice", &issuer.player_until("alice", seconds(30))).await;
    let mut lasting = registered(&server, "bob", &issuer.player("bob")).await;

    pass(&server, &mut brief, 34).await;
    server.pass(seconds(1)).await;

    brief.expect_close(4003).await;
    lasting.expect_silence().await;
    server.metric_reaches("matchmaker_connected_players", 1).await;
}

#[tokio::test]
async fn registering_again_with_a_fresh_token_prolongs_a_socket() {
    let (server, issuer) = Issuer::serve([]).await;
    let mut socket = registered(&server, "alice", &issuer.player_until("alice", seconds(30))).await;
    pass(&server, &mut socket, 20).await;

    socket.register_with("alice", &issuer.player_until("alice", seconds(60))).await;
    socket.expect_registered("alice", "idle").await;

    pass(&server, &mut socket, 44).await;
    server.pass(seconds(1)).await;
    socket.expect_close(4003).await;
}

#[tokio::test]
async fn of_two_registrations_the_later_one_counts_whichever_token_lasts_longer() {
    let (server, issuer) = Issuer::serve([]).await;
    let mut socket = server.open_socket().await;
    // Sent at once, so that the second is there while the first is looked at.
    for end in [minutes(60), seconds(10)] {
        socket.register_with("alice", &issuer.player_until("alice", end)).await;
    }
    for _ in 0..2 {
        socket.expect_registered("alice", "idle").await;
    }
    pass(&server, &mut socket, 14).await;
    server.pass(seconds(1)).await;
    socket.expect_close(4003).await;
}

#[tokio::test]
async fn a_refused_registration_neither_prolongs_nor_shortens() {
    let (server, issuer) = Issuer::serve([]).await;
    let mut socket = registered(&server, "alice", &issuer.player_until("alice", seconds(30))).await;
    socket.register_with("alice", &issuer.player("bob")).await;
    socket.expect_error("forbidden").await;
    socket.register("alice").await;
    socket.expect_error("unauthenticated").await;
    server.break_store("connect", Fault::Refuses);
    for end in [seconds(5), minutes(60)] {
        socket.register_with("alice", &issuer.player_until("alice", end)).await;
        socket.expect_error("store_unavailable").await;
    }
    server.mend_store("connect");

    pass(&server, &mut socket, 34).await;
    server.pass(seconds(1)).await;
    socket.expect_close(4003).await;
}

#[tokio::test]
async fn a_registration_that_is_under_way_when_its_token_expires_does_not_outlive_it() {
    let (server, issuer) = Issuer::serve([]).await;
    let gate = Gate::new();
    server.break_store("connect", Fault::Waits(Arc::clone(&gate)));
    let mut socket = server.open_socket().await;
    socket.register_with("alice", &issuer.player_until("alice", seconds(1))).await;
    gate.reached().await;

    server.pass(seconds(6)).await;
    gate.open();

    socket.expect_close(4003).await;
    server.metric_reaches("matchmaker_connected_players", 0).await;
}

#[tokio::test]
async fn a_player_whose_token_expired_connects_anew_and_keeps_his_place() {
    let (server, issuer) = Issuer::serve(["--disconnect-grace=30s"]).await;
    let mut socket = registered(&server, "alice", &issuer.player_until("alice", seconds(10))).await;
    let request = crate::support::request("POST", "/api/find-match")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {}", issuer.player("alice")));
    server.send(request.body(CHESS.body("alice").into()).expect("a request")).await.assert_waiting();
    pass(&server, &mut socket, 14).await;
    server.pass(seconds(1)).await;
    socket.expect_close(4003).await;

    let mut anew = server.open_socket().await;
    anew.register_with("alice", &issuer.player("alice")).await;
    anew.expect_registered("alice", "waiting").await;
}

#[tokio::test]
async fn without_identity_a_token_is_ignored_and_nothing_expires() {
    let server = TestServer::start().await;
    let mut socket = server.open_socket().await;
    socket.say(&json!({"type": "register", "playerId": "alice", "token": {"not": "a token"}})).await;
    socket.expect_registered("alice", "idle").await;
    socket.register_with("alice", "a.b.c").await;
    socket.expect_registered("alice", "idle").await;
    for _ in 0..100 {
        server.pass(seconds(40)).await;
        socket.expect_silence().await;
    }
}

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panics with it").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_token_stands_in_the_log_at_any_level_nor_in_an_error() {
    let log = Captured::default();
    let sink = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || sink.clone())
        .finish();
    // The server runs on this thread, as all of this test does.
    let _logging = tracing::subscriber::set_default(subscriber);
    let (server, issuer) = Issuer::serve([]).await;
    let good = issuer.player("alice");
    let expired = issuer.token(&json!({"sub": "alice", "exp": 1}));
    let tampered = format!("{}x", issuer.player("tamperer"));
    let tokens = [good, expired, tampered];
    let mut said = String::new();
    for token in &tokens {
        for header in [format!("Bearer {token}"), format!("Basic {token}"), format!("{token}: {token}")] {
            let request = crate::support::request("GET", "/api/find-match/alice").header("authorization", header);
            said += &server.send(request.body(hyper::body::Bytes::new().into()).expect("a request")).await.text;
        }
        let mut socket = server.open_socket().await;
        socket.register_with("alice", token).await;
        said += &socket.text().await;
        socket.say_text(&format!(r#"{{"type":"register","playerId":"alice","token":"{token}""#)).await;
        said += &socket.text().await;
        server.break_store("connect", Fault::Panics);
        socket.register_with("alice", token).await;
        said += &socket.text().await;
        server.mend_store("connect");
    }

    let log = String::from_utf8(log.0.lock().expect("nobody panics with it").clone()).expect("text");
    assert!(log.contains("player registered") && log.contains("TRACE"), "{log}");
    assert!(said.contains("the token has expired"), "{said}");
    for part in tokens.iter().flat_map(|token| token.split('.').skip(1)) {
        assert!(!log.contains(part) && !said.contains(part), "{part} in {log} or in {said}");
    }
}
