//! How requests may be written, and what every answer looks like.

use http_body_util::Full;
use serde_json::json;

use crate::support::{CHESS, TestServer, request};

#[tokio::test]
async fn json_is_taken_in_any_case_and_with_parameters() {
    let server = TestServer::start().await;
    for content_type in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=latin1",
        "APPLICATION/JSON ; a=b; c=\"d\"",
    ] {
        let answer = server.post("/api/find-match", content_type, CHESS.body("alice")).await;
        answer.assert_waiting();
    }
}

#[tokio::test]
async fn another_content_type_or_none_is_refused() {
    let server = TestServer::start().await;
    for content_type in [
        "text/plain",
        "text/json",
        "application/jsonx",
        "application/problem+json",
        "application/x-www-form-urlencoded",
        "json",
        "application/*",
        "",
        "text/plain, application/json",
    ] {
        let answer = server.post("/api/find-match", content_type, CHESS.body("alice")).await;
        answer.assert_problem(415, "unsupported_media_type");
    }
    let without = request("POST", "/api/find-match").body(Full::from(CHESS.body("alice"))).expect("a request");
    server.send(without).await.assert_problem(415, "unsupported_media_type");
    let body = CHESS.body("alice");
    for no_text in [&b"\xff\xfe"[..], b"application/json; charset=\xff"] {
        let mut raw = server.raw().await;
        raw.send([b"POST /api/find-match HTTP/1.1\r\nhost: x\r\ncontent-type: ", no_text, b"\r\n"].concat()).await;
        raw.send(format!("content-length: {}\r\n\r\n{body}", body.len())).await;
        raw.answer().await.assert_problem(415, "unsupported_media_type");
    }
    server.assert_idle("alice").await;
}

#[tokio::test]
async fn members_that_are_not_known_are_ignored() {
    let server = TestServer::start().await;
    let deep = format!("{}{}", "[".repeat(3_000), "]".repeat(3_000));
    let body = format!(
        r#" {{"game":"chess","id":7,"Game":"go","asset":"USDT","":{{"game":"go"}},"amount":20,"x":{deep},"playerId":"alice"}} "#
    );

    server.ask(body).await.assert_waiting();

    assert_eq!(server.standing("alice").await.json()["game"], "chess");
}

#[tokio::test]
async fn a_member_that_is_given_twice_is_refused() {
    let server = TestServer::start().await;
    for body in [
        r#"{"game":"chess","asset":"USDT","amount":20,"playerId":"alice","playerId":"alice"}"#,
        r#"{"game":"chess","asset":"USDT","amount":20,"playerId":"alice","amount":21}"#,
        r#"{"game":"chess","g\u0061me":"chess","asset":"USDT","amount":20,"playerId":"alice"}"#,
        r#"{"game":"chess","asset":"USDT","amount":20,"playerId":"alice","x":1,"x":1}"#,
        r#"{"x":1,"\u0078":1}"#,
    ] {
        server.ask(body).await.assert_problem(400, "malformed_json");
    }
    server.assert_idle("alice").await;
}

#[tokio::test]
async fn what_is_no_json_is_refused() {
    let server = TestServer::start().await;
    let whole = CHESS.body("alice");
    let mut bodies: Vec<Vec<u8>> = (0..whole.len()).map(|length| whole.as_bytes()[..length].to_vec()).collect();
    bodies.extend([
        format!("{whole}}}").into_bytes(),
        format!("{whole}{whole}").into_bytes(),
        format!("\u{feff}{whole}").into_bytes(),
        whole.replace('"', "'").into_bytes(),
        whole.replace("20", "20,").into_bytes(),
        whole.replace("alice", "al\nice").into_bytes(),
        whole.replace("alice", "\\x").into_bytes(),
        [b"{\"playerId\":\"\xff\"", &whole.as_bytes()[1..]].concat(),
        whole.bytes().flat_map(|byte| [byte, 0]).collect(),
        b"game=chess&asset=USDT&amount=20&playerId=alice".to_vec(),
        "[".repeat(16_000).into_bytes(),
        b"nul".to_vec(),
        b"\0".to_vec(),
    ]);
    for body in bodies {
        server.ask(body).await.assert_problem(400, "malformed_json");
    }
    server.assert_idle("alice").await;
}

#[tokio::test]
async fn json_that_is_no_object_is_an_invalid_body() {
    let server = TestServer::start().await;
    for body in ["[]", "null", "true", "20", "\"alice\"", " [1, {}] ", r#"[{"game":"chess"}]"#] {
        server.ask(body).await.assert_invalid("body");
    }
    server.ask("{}").await.assert_invalid("game");
}

#[tokio::test]
async fn head_is_answered_like_get_without_the_body() {
    let server = TestServer::start().await;
    let id = server.pair("alice", "bob", CHESS).await;
    server.find("carol", CHESS).await.assert_waiting();
    for target in [
        "/api/find-match/alice".to_owned(),
        "/api/find-match/carol".into(),
        "/api/find-match/nobody".into(),
        "/api/find-match/a%20b".into(),
        format!("/api/match/{id}"),
        "/api/match/unknown".into(),
        "/healthz".into(),
        "/readyz".into(),
        "/ws".into(),
        "/".into(),
        "/nowhere".into(),
    ] {
        let get = server.get(&target).await;
        let head = server.call("HEAD", &target).await;
        assert_eq!(head.text, "", "{target}");
        assert_eq!(head.status, get.status, "{target}");
        for name in ["content-type", "content-length", "allow", "upgrade", "sec-websocket-version"] {
            assert_eq!(head.header(name), get.header(name), "{name} of {target}");
        }
        assert!(!get.text.is_empty());
        assert_eq!(get.header("content-length"), Some(get.text.len().to_string().as_str()), "{target}");
    }
    let head = server.call("HEAD", "/metrics").await;
    assert_eq!((head.status.as_u16(), head.text.as_str()), (200, ""));
}

#[tokio::test]
async fn no_byte_of_a_body_follows_the_answer_to_a_head() {
    let server = TestServer::start().await;
    let mut raw = server.raw().await;

    raw.send("HEAD /ws HTTP/1.1\r\nhost: x\r\n\r\nGET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;

    assert_eq!(raw.answer_to("HEAD").await.status, 426);
    raw.answer().await.assert_ok(&json!({"status": "ok"}));
}

#[tokio::test]
async fn a_trailing_slash_makes_another_path() {
    let server = TestServer::start().await;
    for target in [
        "/api/find-match/",
        "/api/find-match/alice/",
        "/healthz/",
        "/readyz/",
        "/metrics/",
        "/ws/",
        "//",
        "/api",
        "/api/",
        "/api//find-match",
        "/API/find-match",
        "/api/find-match/alice/bob",
        "/ws/ws",
        "/favicon.ico",
        "/api/find-match/x/?y",
    ] {
        for method in ["GET", "HEAD", "DELETE", "OPTIONS"] {
            let answer = server.call(method, target).await;
            assert_eq!(answer.status, 404, "{method} {target}");
        }
        server.get(target).await.assert_problem(404, "not_found");
        server.post(target, "application/json", CHESS.body("alice")).await.assert_problem(404, "not_found");
    }
}

#[tokio::test]
async fn a_query_string_is_ignored() {
    let server = TestServer::start().await;
    let query = "?playerId=mallory&x=/../y/&z=%zz";
    server.post(&format!("/api/find-match{query}"), "application/json", CHESS.body("alice")).await.assert_waiting();
    assert_eq!(server.get(&format!("/api/find-match/alice{query}")).await.json()["status"], "waiting");
    let id = server.find("bob", CHESS).await.match_id();
    assert_eq!(server.get(&format!("/api/match/{id}{query}")).await.json()["status"], "active");
    assert_eq!(server.call("POST", &format!("/api/match/{id}/finish{query}")).await.json()["status"], "finished");
    server.call("DELETE", &format!("/api/find-match/alice{query}")).await.assert_ok(&json!({"status": "idle"}));
    for target in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(server.get(&format!("{target}{query}")).await.status, 200);
    }
    server.get(&format!("/{query}")).await.assert_problem(426, "upgrade_required");
}

#[tokio::test]
async fn a_method_that_a_path_does_not_have_is_refused_with_those_it_has() {
    let server = TestServer::start().await;
    let id = server.pair("alice", "bob", CHESS).await;
    let paths = [
        ("/api/find-match".to_owned(), "POST"),
        ("/api/find-match/alice".into(), "GET, HEAD, DELETE"),
        (format!("/api/match/{id}"), "GET, HEAD"),
        (format!("/api/match/{id}/finish"), "POST"),
        ("/healthz".into(), "GET, HEAD"),
        ("/readyz".into(), "GET, HEAD"),
        ("/metrics".into(), "GET, HEAD"),
        ("/ws".into(), "GET, HEAD"),
        ("/".into(), "GET, HEAD"),
    ];
    for (target, allowed) in paths {
        let methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "BREW"];
        for method in methods.into_iter().filter(|method| !allowed.split(", ").any(|allowed| allowed == *method)) {
            let answer = server.call(method, &target).await;
            answer.assert_problem(405, "method_not_allowed");
            answer.assert_header("allow", allowed);
        }
    }
    server.assert_matched("alice", &id).await;
}

#[tokio::test]
async fn several_requests_at_once_are_answered_in_order() {
    let server = TestServer::start().await;
    let mut raw = server.raw().await;
    let body = CHESS.body("alice");
    let ask = format!(
        "POST /api/find-match HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let look = "GET /api/find-match/alice HTTP/1.1\r\nhost: x\r\n\r\n";
    let leave = "DELETE /api/find-match/alice HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

    raw.send(format!("{look}{ask}{look}{leave}")).await;

    raw.answer().await.assert_ok(&json!({"status": "idle"}));
    raw.answer().await.assert_waiting();
    assert_eq!(raw.answer().await.json()["status"], "waiting");
    raw.answer().await.assert_ok(&json!({"status": "idle"}));
    raw.assert_closed().await;
}
