//! `GET /api/match/:id` and `POST /api/match/:id/finish`.

use http_body_util::Full;
use serde_json::json;

use crate::support::{CHESS, GO, TestServer, request, seconds};

const UNKNOWN: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";

#[tokio::test]
async fn a_match_shows_its_players_in_the_order_in_which_they_joined() {
    let server = TestServer::start().await;
    let id = server.pair("zoe", "adam", GO).await;

    let document = json!({
        "id": id, "game": "go", "asset": "TON", "amount": 0.5, "players": ["zoe", "adam"], "status": "active",
    });
    server.match_(&id).await.assert_ok(&document);
}

#[tokio::test]
async fn a_finished_match_stays_and_its_players_are_idle() {
    let server = TestServer::start().await;
    let id = server.pair("alice", "bob", CHESS).await;
    let finished = json!({
        "id": id, "game": "chess", "asset": "USDT", "amount": 20, "players": ["alice", "bob"], "status": "finished",
    });

    server.finish(&id).await.assert_ok(&finished);

    server.match_(&id).await.assert_ok(&finished);
    server.assert_idle("alice").await;
    server.assert_idle("bob").await;
    server.finish(&id).await.assert_ok(&finished);
    assert_eq!(server.metric("matchmaker_matches_finished_total").await, 1);
}

#[tokio::test]
async fn whoever_finished_can_play_again_at_once() {
    let server = TestServer::start().await;
    let first = server.pair("alice", "bob", CHESS).await;
    server.finish(&first).await;

    let second = server.pair("bob", "alice", CHESS).await;

    assert_ne!(first, second);
    assert_eq!(server.match_(&second).await.json()["players"], json!(["bob", "alice"]));
    // A late repeat ends the match it names, and no other.
    assert_eq!(server.finish(&first).await.json()["status"], "finished");
    server.assert_matched("alice", &second).await;
}

#[tokio::test]
async fn an_unknown_match_is_not_found_whatever_its_id_looks_like() {
    let server = TestServer::start().await;
    let id = server.pair("alice", "bob", CHESS).await;
    let unknown = [
        UNKNOWN.to_owned(),
        id.to_uppercase(),
        id.replace('-', ""),
        format!("{{{id}}}"),
        format!("urn:uuid:{id}"),
        format!("{id}%00"),
        format!("%20{id}"),
        format!("{id}0"),
        id[..35].to_owned(),
        id.replace('-', "%252d"),
        "%".into(),
        "%zz".into(),
        "%ff%fe".into(),
        "..".into(),
        "%2e%2e%2f".into(),
        "a%2Fb".into(),
        "m%C3%A4tch".into(),
        "x".repeat(4_000),
        "null".into(),
        "finish".into(),
    ];
    for unknown in unknown {
        server.match_(&unknown).await.assert_problem(404, "not_found");
        server.finish(&unknown).await.assert_problem(404, "not_found");
    }
    assert_eq!(server.match_(&id).await.json()["status"], "active");
}

#[tokio::test]
async fn a_match_id_is_percent_decoded_once() {
    let server = TestServer::start().await;
    let id = server.pair("alice", "bob", CHESS).await;
    let encoded: String = id.bytes().flat_map(|byte| format!("%{byte:02X}").into_bytes()).map(char::from).collect();

    assert_eq!(server.match_(&encoded).await.json()["id"], id.as_str());
    assert_eq!(server.match_(&id.replace('-', "%2d")).await.json()["id"], id.as_str());
    server.match_(&encoded.replace('%', "%25")).await.assert_problem(404, "not_found");
    assert_eq!(server.finish(&encoded).await.json()["status"], "finished");
}

#[tokio::test]
async fn slashes_make_other_paths() {
    let server = TestServer::start().await;
    let id = server.pair("alice", "bob", CHESS).await;
    for path in [
        format!("/api/match/{id}/"),
        format!("/api/match//{id}"),
        format!("//api/match/{id}"),
        format!("/api/match/{id}/finish/"),
        format!("/api/match/{id}//finish"),
        format!("/api/match/{id}/players"),
        "/api/match".into(),
        "/api/match/".into(),
        "/api/match//finish".into(),
    ] {
        server.get(&path).await.assert_problem(404, "not_found");
        server.call("POST", &path).await.assert_problem(404, "not_found");
    }
    assert_eq!(server.match_(&id).await.json()["status"], "active");
}

#[tokio::test]
async fn the_body_and_the_content_type_of_a_finish_are_ignored() {
    let server = TestServer::start().await;
    for (content_type, body) in [
        ("text/plain", "whatever"),
        ("application/json", "{"),
        ("application/json", r#"{"status":"active","status":"active"}"#),
        ("", "\u{0}"),
    ] {
        let id = server.pair("alice", "bob", CHESS).await;
        let answer = server.post(&format!("/api/match/{id}/finish"), content_type, body).await;
        assert_eq!(answer.json()["status"], "finished", "{answer:?}");
    }
}

#[tokio::test]
async fn a_match_is_finished_by_posting_and_nothing_else() {
    let server = TestServer::start().await;
    let id = server.pair("alice", "bob", CHESS).await;
    for method in ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "FINISH"] {
        let target = format!("/api/match/{id}/finish");
        let answer = server.send(request(method, &target).body(Full::default()).expect("a request")).await;
        assert_eq!(answer.status, 405);
        answer.assert_header("allow", "POST");
    }
    assert_eq!(server.match_(&id).await.json()["status"], "active");
}

#[tokio::test]
async fn a_finished_match_is_forgotten_after_the_retention() {
    let server = TestServer::with(["--match-retention=1h"]).await;
    let id = server.pair("alice", "bob", CHESS).await;
    server.pass(seconds(3_000)).await;
    server.finish(&id).await;

    server.pass(seconds(3_599)).await;
    assert_eq!(server.match_(&id).await.json()["status"], "finished");
    assert_eq!(server.finish(&id).await.json()["status"], "finished");

    // The repeat has not prolonged it.
    server.pass_unswept(seconds(1)).await;
    server.match_(&id).await.assert_problem(404, "not_found");
    server.finish(&id).await.assert_problem(404, "not_found");
}

#[tokio::test]
async fn a_match_that_nobody_finishes_ends_with_its_lifetime() {
    let server = TestServer::with(["--match-lifetime=2h"]).await;
    let mut socket = server.connect("alice").await;
    let id = server.pair("alice", "bob", CHESS).await;
    socket.text().await;
    for _ in 0..719 {
        server.pass(seconds(10)).await;
        socket.expect_silence().await;
    }
    server.pass(seconds(9)).await;
    server.assert_matched("bob", &id).await;

    server.pass(seconds(1)).await;

    socket.expect(json!({"type": "match_finished", "matchId": id})).await;
    assert_eq!(server.match_(&id).await.json()["status"], "finished");
    server.assert_idle("alice").await;
    server.assert_idle("bob").await;
}

#[tokio::test]
async fn a_lifetime_of_zero_sets_no_end() {
    let server = TestServer::with(["--match-lifetime=0"]).await;
    let id = server.pair("alice", "bob", CHESS).await;

    server.pass(seconds(10 * 365 * 86_400)).await;

    server.assert_matched("alice", &id).await;
    assert_eq!(server.match_(&id).await.json()["status"], "active");
}
