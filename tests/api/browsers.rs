//! Web pages of other origins.

use http_body_util::Full;
use serde_json::json;

use crate::support::{Answer, CHESS, Fault, TestServer, request};

const PLAY: &str = "https://play.example.com";
const FLAGS: [&str; 2] = ["--cors-origin=https://Play.Example.com:443", "--cors-origin=http://localhost:3000"];

async fn call(server: &TestServer, method: &str, target: &str, headers: &[(&str, &str)]) -> Answer {
    let request = headers.iter().fold(request(method, target), |request, (name, value)| request.header(*name, *value));
    server.send(request.body(Full::default()).expect("a request")).await
}

#[track_caller]
fn assert_open_to(answer: &Answer, origin: &str) {
    answer.assert_header("access-control-allow-origin", origin);
    answer.assert_header("access-control-expose-headers", "retry-after, x-request-id, www-authenticate");
    answer.assert_header("vary", "Origin");
    assert_eq!(answer.header("access-control-allow-credentials"), None);
}

#[track_caller]
fn assert_open_to_nobody(answer: &Answer) {
    let told = answer.headers.keys().find(|name| name.as_str().starts_with("access-control-"));
    assert_eq!(told, None, "{answer:?}");
}

#[tokio::test]
async fn a_page_of_a_listed_origin_may_read_every_answer() {
    let server = TestServer::with(FLAGS).await;
    for origin in [PLAY, "http://localhost:3000"] {
        for (target, status) in [
            ("/api/find-match/alice", 200),
            ("/api/find-match/a%20b", 422),
            ("/nowhere", 404),
            ("/api/find-match", 405),
        ] {
            let answer = call(&server, "GET", target, &[("origin", origin)]).await;
            assert_eq!(answer.status, status);
            assert_open_to(&answer, origin);
        }
    }
}

#[tokio::test]
async fn a_page_may_read_refusals_of_every_kind() {
    let server = TestServer::with([FLAGS[0], "--rate-limit-player=1", "--rate-limit-player-burst=1"]).await;
    for (verb, fault, status) in [("look", Fault::Refuses, 503), ("look", Fault::Panics, 500)] {
        server.break_store(verb, fault);
        let answer = call(&server, "GET", &format!("/api/find-match/p{status}"), &[("origin", PLAY)]).await;
        assert_eq!(answer.status, status);
        assert_open_to(&answer, PLAY);
    }
    let answer = call(&server, "GET", "/api/find-match/p500", &[("origin", PLAY)]).await;
    answer.assert_problem(429, "rate_limited");
    assert_open_to(&answer, PLAY);
}

#[tokio::test]
async fn a_preflight_of_a_listed_origin_is_told_what_may_be_sent() {
    let server = TestServer::with(FLAGS).await;
    for method in ["POST", "DELETE", "GET"] {
        let asked = [
            ("origin", PLAY),
            ("access-control-request-method", method),
            ("access-control-request-headers", "content-type,authorization"),
        ];
        let answer = call(&server, "OPTIONS", "/api/find-match/alice", &asked).await;
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (204, ""));
        assert_open_to(&answer, PLAY);
        answer.assert_header("access-control-allow-methods", "GET, HEAD, POST, DELETE");
        answer.assert_header("access-control-allow-headers", "content-type, authorization, x-request-id");
        answer.assert_header("access-control-max-age", "600");
    }
}

#[tokio::test]
async fn another_origin_is_answered_as_ever_and_may_not_read_it() {
    let server = TestServer::with(FLAGS).await;
    for origin in [
        "https://evil.example.com",
        "https://play.example.com.evil.com",
        "https://play.example.com:8443",
        "http://play.example.com",
        "https://play.example.com/",
        "null",
        "",
    ] {
        let answer = call(&server, "GET", "/api/find-match/alice", &[("origin", origin)]).await;
        answer.assert_ok(&json!({"status": "idle"}));
        assert_open_to_nobody(&answer);
        answer.assert_header("vary", "Origin");
        let asked = [("origin", origin), ("access-control-request-method", "POST")];
        let answer = call(&server, "OPTIONS", "/api/find-match", &asked).await;
        answer.assert_problem(405, "method_not_allowed");
        assert_open_to_nobody(&answer);
        answer.assert_header("vary", "Origin");
    }
    let answer = call(&server, "GET", "/nowhere", &[("origin", PLAY), ("origin", PLAY)]).await;
    assert_open_to_nobody(&answer);
}

#[tokio::test]
async fn an_answer_to_nobodys_page_tells_caches_that_it_would_be_another_for_a_page() {
    let server = TestServer::with(FLAGS).await;
    for target in ["/api/find-match/alice", "/nowhere", "/ws"] {
        let answer = server.get(target).await;
        assert_open_to_nobody(&answer);
        answer.assert_header("vary", "Origin");
    }
}

#[tokio::test]
async fn options_that_is_no_preflight_is_a_method_like_others() {
    let server = TestServer::with(FLAGS).await;
    let answer = call(&server, "OPTIONS", "/api/find-match", &[("origin", PLAY)]).await;
    answer.assert_problem(405, "method_not_allowed");
    answer.assert_header("allow", "POST");
    assert_open_to(&answer, PLAY);
    let answer = call(&server, "OPTIONS", "/api/find-match", &[("access-control-request-method", "POST")]).await;
    answer.assert_problem(405, "method_not_allowed");
}

#[tokio::test]
async fn without_configured_origins_there_are_no_rules_for_pages() {
    let server = TestServer::start().await;
    let answer = call(&server, "GET", "/api/find-match/alice", &[("origin", PLAY)]).await;
    assert_open_to_nobody(&answer);
    assert_eq!(answer.header("vary"), None);
    let asked = [("origin", PLAY), ("access-control-request-method", "POST")];
    call(&server, "OPTIONS", "/api/find-match", &asked).await.assert_problem(405, "method_not_allowed");
}

/// The answer to a handshake with these headers on top.
async fn handshake(server: &TestServer, headers: &str) -> Answer {
    let mut raw = server.raw().await;
    raw.send(format!(
        "GET /ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
    ))
    .await;
    raw.answer().await
}

#[tokio::test]
async fn a_page_opens_a_websocket_if_its_origin_is_listed() {
    let server = TestServer::with(FLAGS).await;
    for headers in ["", "origin: https://play.example.com\r\n", "origin: http://localhost:3000\r\n"] {
        assert_eq!(handshake(&server, headers).await.status, 101, "{headers:?}");
    }
    for headers in [
        "origin: https://evil.example.com\r\n",
        "origin: null\r\n",
        "origin:\r\n",
        "origin: https://play.example.com\r\norigin: https://play.example.com\r\n",
    ] {
        handshake(&server, headers).await.assert_problem(403, "forbidden_origin");
    }
    let open = TestServer::start().await;
    assert_eq!(handshake(&open, "origin: https://evil.example.com\r\n").await.status, 101);
    server.find("alice", CHESS).await.assert_waiting();
}
