//! For whom a socket speaks, and which socket lives.

use futures_util::future::join_all;
use serde_json::json;

use crate::support::{CHESS, TestServer, seconds};

#[tokio::test]
async fn registration_tells_where_the_player_stands() {
    let server = TestServer::start().await;
    server.reconnect("alice", "idle").await.close().await;

    server.find("alice", CHESS).await.assert_waiting();
    server.reconnect("alice", "waiting").await.close().await;

    let id = server.find("bob", CHESS).await.match_id();
    let mut socket = server.reconnect("alice", "matched").await;
    let found = json!({
        "type": "match_found", "matchId": id, "game": "chess", "asset": "USDT", "amount": 20, "opponentId": "bob",
    });
    socket.expect(found).await;
    socket.close().await;

    server.finish(&id).await;
    server.reconnect("alice", "idle").await.expect_silence().await;
}

#[tokio::test]
async fn members_that_are_not_known_are_ignored_in_a_registration() {
    let server = TestServer::start().await;
    let mut socket = server.open_socket().await;
    socket.say_text(" {\"x\":{},\"playerId\":\"\\u0061lice\",\"type\":\"register\",\"version\":2}\n").await;
    socket.expect_registered("alice", "idle").await;
}

#[tokio::test]
async fn registering_again_is_answered_like_the_first_time() {
    let server = TestServer::start().await;
    let mut socket = server.connect("alice").await;
    socket.register("alice").await;
    socket.expect_registered("alice", "idle").await;

    server.find("alice", CHESS).await.assert_waiting();
    socket.register("alice").await;
    socket.expect_registered("alice", "waiting").await;

    let id = server.find("bob", CHESS).await.match_id();
    let found = json!({
        "type": "match_found", "matchId": id, "game": "chess", "asset": "USDT", "amount": 20, "opponentId": "bob",
    });
    socket.expect(found.clone()).await;
    socket.register("alice").await;
    socket.expect_registered("alice", "matched").await;
    socket.expect(found).await;
    socket.expect_silence().await;
}

#[tokio::test]
async fn a_socket_speaks_for_one_player_only() {
    let server = TestServer::start().await;
    let mut socket = server.connect("alice").await;

    socket.register("mallory").await;

    socket.expect_error("already_registered").await;
    server.pair("mallory", "bob", CHESS).await;
    socket.expect_silence().await;
    socket.register("alice").await;
    socket.expect_registered("alice", "idle").await;
}

#[tokio::test]
async fn a_newer_socket_replaces_the_older_one() {
    let server = TestServer::start().await;
    let mut older = server.connect("alice").await;

    let mut newer = server.connect("alice").await;

    older.expect_close(4001).await;
    server.find("alice", CHESS).await.assert_waiting();
    server.find("bob", CHESS).await.match_id();
    assert!(newer.text().await.contains("match_found"));
    newer.expect_silence().await;
}

#[tokio::test]
async fn the_closing_of_a_replaced_socket_has_no_effect_on_the_player() {
    let server = TestServer::with(["--disconnect-grace=30s", "--search-time=1m"]).await;
    let older = server.connect("alice").await;
    server.find("alice", CHESS).await.assert_waiting();
    let mut newer = server.reconnect("alice", "waiting").await;
    older.close().await;
    server.metric_reaches("matchmaker_open_sockets", 1).await;

    for _ in 0..20 {
        server.pass(seconds(10)).await;
        newer.expect_silence().await;
    }

    assert_eq!(server.metric("matchmaker_connected_players").await, 1);
    server.find("bob", CHESS).await.match_id();
    assert!(newer.text().await.contains("match_found"));
}

#[tokio::test]
async fn nothing_is_pushed_before_registration() {
    let server = TestServer::start().await;
    let mut nameless = server.open_socket().await;
    server.find("alice", CHESS).await.assert_waiting();
    let id = server.find("bob", CHESS).await.match_id();
    nameless.expect_silence().await;

    nameless.register("alice").await;

    nameless.expect_registered("alice", "matched").await;
    assert!(nameless.text().await.contains(&id));
    nameless.expect_silence().await;
}

#[tokio::test]
async fn a_refused_registration_registers_nobody() {
    let server = TestServer::start().await;
    let mut socket = server.open_socket().await;
    let refused = [
        ("invalid_field", r#"{"type":"register"}"#),
        ("invalid_field", r#"{"type":"register","playerId":"a b"}"#),
        ("invalid_field", r#"{"type":"register","playerId":7}"#),
        ("malformed_json", r#"{"type":"register","playerId":"alice","playerId":"alice"}"#),
    ];
    for (code, text) in refused {
        socket.say_text(text).await;
        socket.expect_error(code).await;
    }
    assert_eq!(server.metric("matchmaker_registrations_total").await, 0);
    assert_eq!(server.metric("matchmaker_connected_players").await, 0);

    socket.register("alice").await;
    socket.expect_registered("alice", "idle").await;
}

#[tokio::test]
async fn of_many_sockets_that_register_at_once_one_lives() {
    let server = TestServer::start().await;
    let mut sockets = join_all((0..50).map(|_| server.open_socket())).await;

    join_all(sockets.iter_mut().map(|socket| socket.register("alice"))).await;

    // Once this has gone through all sockets, every registration has been dealt with.
    let mut greeted = Vec::new();
    for socket in &mut sockets {
        greeted.push(socket.unread().await);
    }
    server.pair("alice", "bob", CHESS).await;
    let mut live = 0;
    for (socket, (texts, code)) in sockets.iter_mut().zip(greeted) {
        assert!(texts.len() <= 1, "{texts:?}");
        assert!(texts.iter().all(|text| text == r#"{"type":"registered","playerId":"alice","status":"idle"}"#));
        let (told, code) = if code.is_some() { (Vec::new(), code) } else { socket.unread().await };
        match code {
            None => {
                assert_eq!((texts.len(), told.len()), (1, 1), "{texts:?} {told:?}");
                assert!(told[0].contains("match_found"), "{told:?}");
                live += 1;
            }
            Some(code) => assert_eq!((code, told.len()), (4001, 0), "{told:?}"),
        }
    }
    assert_eq!(live, 1);
}
