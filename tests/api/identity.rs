//! Who may do what when callers show who they are, over HTTP.

use http_body_util::Full;
use hyper::body::Bytes;
use serde_json::json;

use crate::support::{Answer, CHESS, GO, Issuer, Key, TestServer, request, seconds};

const UNKNOWN_MATCH: &str = "4a244db3-0093-465c-8c52-239e6dee1455";

async fn call_as(server: &TestServer, token: &str, method: &str, target: &str) -> Answer {
    let request = request(method, target).header("authorization", format!("Bearer {token}"));
    server.send(request.body(Full::default()).expect("a request")).await
}

async fn ask_as(server: &TestServer, token: &str, body: impl Into<Bytes>) -> Answer {
    let request = request("POST", "/api/find-match").header("content-type", "application/json");
    let request = request.header("authorization", format!("Bearer {token}"));
    server.send(request.body(Full::new(body.into())).expect("a request")).await
}

async fn find_as(server: &TestServer, token: &str, player: &str, key: Key) -> Answer {
    ask_as(server, token, key.body(player)).await
}

/// Both ask for themselves; gives their match.
async fn pair(server: &TestServer, issuer: &Issuer, first: &str, second: &str) -> String {
    find_as(server, &issuer.player(first), first, CHESS).await.assert_waiting();
    find_as(server, &issuer.player(second), second, CHESS).await.match_id()
}

/// Nobody knows who made the call, since there was no token at all.
#[track_caller]
fn assert_token_needed(answer: &Answer) {
    answer.assert_problem(401, "unauthenticated");
    answer.assert_header("www-authenticate", r#"Bearer realm="matchmaker""#);
}

/// Nobody knows who made the call, since the token was bad.
#[track_caller]
fn assert_bad_token(answer: &Answer) {
    answer.assert_problem(401, "unauthenticated");
    answer.assert_header("www-authenticate", r#"Bearer realm="matchmaker", error="invalid_token""#);
}

fn every_call() -> [(&'static str, String); 6] {
    [
        ("POST", "/api/find-match".to_owned()),
        ("GET", "/api/find-match/alice".to_owned()),
        ("HEAD", "/api/find-match/alice".to_owned()),
        ("DELETE", "/api/find-match/alice".to_owned()),
        ("GET", format!("/api/match/{UNKNOWN_MATCH}")),
        ("POST", format!("/api/match/{UNKNOWN_MATCH}/finish")),
    ]
}

#[tokio::test]
async fn every_call_of_players_and_game_servers_needs_a_token() {
    let (server, _issuer) = Issuer::serve([]).await;
    for (method, target) in every_call() {
        let (none, bad) = (server.call(method, &target).await, call_as(&server, "a.b.c", method, &target).await);
        if method == "HEAD" {
            assert_eq!((none.status.as_u16(), bad.status.as_u16()), (401, 401));
            none.assert_header("www-authenticate", r#"Bearer realm="matchmaker""#);
        } else {
            assert_token_needed(&none);
            assert_bad_token(&bad);
        }
    }
    assert_token_needed(&server.find("alice", CHESS).await);
    assert_eq!(server.metric("matchmaker_queue_joins_total").await, 0);
}

#[tokio::test]
async fn health_readiness_metrics_and_the_handshake_need_none() {
    let (server, _issuer) = Issuer::serve([]).await;
    for target in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(server.get(target).await.status, 200, "{target}");
    }
    server.open_socket().await.expect_silence().await;
}

#[tokio::test]
async fn what_is_not_there_is_told_without_a_token() {
    let (server, _issuer) = Issuer::serve([]).await;
    server.get("/api/nothing").await.assert_problem(404, "not_found");
    server.get("/api/find-match/alice/").await.assert_problem(404, "not_found");
    server.get("/api/find-match").await.assert_problem(405, "method_not_allowed");
    server.call("PUT", "/api/find-match/alice").await.assert_problem(405, "method_not_allowed");
    server.call("DELETE", &format!("/api/match/{UNKNOWN_MATCH}")).await.assert_problem(405, "method_not_allowed");
    server.get(&format!("/api/match/{UNKNOWN_MATCH}/finish")).await.assert_problem(405, "method_not_allowed");
}

#[tokio::test]
async fn who_calls_is_asked_before_the_body_is_looked_at_and_what_he_may_do_after() {
    let (server, issuer) = Issuer::serve([]).await;
    assert_token_needed(&server.ask("{").await);
    assert_token_needed(&server.post("/api/find-match", "text/plain", "{").await);
    assert_token_needed(&server.ask("x".repeat(900_000)).await);

    let mallory = issuer.player("mallory");
    ask_as(&server, &mallory, "{").await.assert_problem(400, "malformed_json");
    ask_as(&server, &mallory, "x".repeat(900_000)).await.assert_problem(413, "body_too_large");
    let bad_amount = Key { amount: "0", ..CHESS };
    find_as(&server, &mallory, "alice", bad_amount).await.assert_invalid("amount");
    call_as(&server, &mallory, "GET", "/api/find-match/a%20b").await.assert_invalid("playerId");
    find_as(&server, &mallory, "alice", CHESS).await.assert_problem(403, "forbidden");
}

#[tokio::test]
async fn a_player_asks_looks_and_leaves_for_himself_alone() {
    let (server, issuer) = Issuer::serve([]).await;
    let (alice, mallory) = (issuer.player("alice"), issuer.player("mallory"));
    find_as(&server, &mallory, "alice", CHESS).await.assert_problem(403, "forbidden");
    find_as(&server, &alice, "alice", CHESS).await.assert_waiting();

    for method in ["GET", "DELETE"] {
        call_as(&server, &mallory, method, "/api/find-match/alice").await.assert_problem(403, "forbidden");
    }

    let waiting = json!({"status": "waiting", "game": "chess", "asset": "USDT", "amount": 20});
    call_as(&server, &alice, "GET", "/api/find-match/alice").await.assert_ok(&waiting);
    call_as(&server, &alice, "DELETE", "/api/find-match/alice").await.assert_ok(&json!({"status": "idle"}));
    assert_eq!(server.metric("matchmaker_queue_joins_total").await, 1);
}

#[tokio::test]
async fn a_match_is_read_by_its_players_and_by_whoever_reads_every_match() {
    let (server, issuer) = Issuer::serve([]).await;
    let id = pair(&server, &issuer, "alice", "bob").await;
    let target = format!("/api/match/{id}");
    for reader in [issuer.player("alice"), issuer.player("bob"), issuer.game_server("openid matches:read")] {
        let answer = call_as(&server, &reader, "GET", &target).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["players"]), (200, &json!(["alice", "bob"])));
    }
    for stranger in [issuer.player("mallory"), issuer.game_server("matches:write"), issuer.game_server("")] {
        call_as(&server, &stranger, "GET", &target).await.assert_problem(403, "forbidden");
    }
    let unknown = format!("/api/match/{UNKNOWN_MATCH}");
    call_as(&server, &issuer.player("mallory"), "GET", &unknown).await.assert_problem(404, "not_found");
}

#[tokio::test]
async fn a_match_is_finished_by_whoever_writes_matches_and_not_by_its_players() {
    let (server, issuer) = Issuer::serve([]).await;
    let id = pair(&server, &issuer, "alice", "bob").await;
    let target = format!("/api/match/{id}/finish");
    for stranger in [issuer.player("alice"), issuer.player("mallory"), issuer.game_server("matches:read")] {
        call_as(&server, &stranger, "POST", &target).await.assert_problem(403, "forbidden");
    }
    assert_eq!(server.metric("matchmaker_matches_finished_total").await, 0);

    let game_server = issuer.game_server("matches:write");
    let answer = call_as(&server, &game_server, "POST", &target).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["status"]), (200, &json!("finished")));
    let unknown = format!("/api/match/{UNKNOWN_MATCH}/finish");
    call_as(&server, &game_server, "POST", &unknown).await.assert_problem(404, "not_found");
}

#[tokio::test]
async fn scopes_let_nobody_speak_for_a_player() {
    let (server, issuer) = Issuer::serve([]).await;
    let game_server = issuer.game_server("matches:read matches:write");
    find_as(&server, &game_server, "alice", CHESS).await.assert_problem(403, "forbidden");
    call_as(&server, &game_server, "DELETE", "/api/find-match/alice").await.assert_problem(403, "forbidden");
}

#[tokio::test]
async fn a_token_is_taken_from_one_header_and_from_nowhere_else() {
    let (server, issuer) = Issuer::serve([]).await;
    let token = issuer.player("alice");
    let target = "/api/find-match/alice";
    call_as(&server, &token, "GET", target).await.assert_ok(&json!({"status": "idle"}));

    for (query, headers) in [
        (format!("?token={token}&access_token={token}"), String::new()),
        (String::new(), format!("cookie: token={token}\r\nx-authorization: Bearer {token}\r\n")),
        (String::new(), format!("authorization: Basic {token}\r\n")),
        (String::new(), format!("authorization: {token}\r\n")),
        (String::new(), format!("authorization: Bearer {token}\r\nauthorization: Bearer {token}\r\n")),
        (String::new(), format!("authorization: Bearer {token}\r\nAuthorization: Basic eDp5\r\n")),
        (String::new(), format!("authorization: Bearer {token}\u{e9}\r\n")),
    ] {
        let mut raw = server.raw().await;
        raw.send(format!("GET {target}{query} HTTP/1.1\r\nhost: x\r\n{headers}\r\n")).await;
        let answer = raw.answer().await;
        answer.assert_problem(401, "unauthenticated");
        let challenge = answer.header("www-authenticate").expect("a challenge");
        assert!(challenge.starts_with(r#"Bearer realm="matchmaker""#), "{challenge}");
        assert!(!answer.text.contains(&token));
    }
}

#[tokio::test]
async fn a_token_that_has_expired_is_refused_from_that_moment_on() {
    let (server, issuer) = Issuer::serve([]).await;
    let token = issuer.player_until("alice", seconds(60));
    server.pass_unswept(seconds(64)).await;
    call_as(&server, &token, "GET", "/api/find-match/alice").await.assert_ok(&json!({"status": "idle"}));
    server.pass_unswept(seconds(1)).await;
    let answer = call_as(&server, &token, "GET", "/api/find-match/alice").await;
    assert_bad_token(&answer);
    assert_eq!(answer.json()["detail"], "the token has expired");
}

#[tokio::test]
async fn the_issuer_and_the_audience_are_checked_where_they_are_set() {
    let (server, issuer) = Issuer::serve(["--jwt-issuer=accounts", "--jwt-audience=matchmaker"]).await;
    let token = |iss: &str, aud: &str| {
        issuer.token(&json!({"sub": "alice", "exp": Issuer::NOW.as_secs() + 60, "iss": iss, "aud": ["shop", aud]}))
    };
    find_as(&server, &token("accounts", "matchmaker"), "alice", GO).await.assert_waiting();
    for bad in [token("accounts", "mail"), token("strangers", "matchmaker"), issuer.player("alice")] {
        assert_bad_token(&find_as(&server, &bad, "alice", GO).await);
    }
}

#[tokio::test]
async fn without_identity_a_token_is_not_looked_at() {
    let server = TestServer::start().await;
    find_as(&server, "nonsense", "alice", CHESS).await.assert_waiting();
    let id = find_as(&server, "a.b.c", "bob", CHESS).await.match_id();
    let answer = call_as(&server, "", "POST", &format!("/api/match/{id}/finish")).await;
    assert_eq!(answer.status, 200);
}
