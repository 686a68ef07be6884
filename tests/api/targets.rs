//! Request targets and heads that no ordinary client sends.

use std::time::Duration;

use serde_json::json;

use crate::support::{CHESS, TestServer, seconds};

#[tokio::test]
async fn a_target_in_absolute_form_is_its_path() {
    let server = TestServer::start().await;
    let mut raw = server.raw().await;
    raw.send("GET http://elsewhere.test:81/api/find-match/alice?x HTTP/1.1\r\nhost: x\r\n\r\n").await;
    raw.answer().await.assert_ok(&json!({"status": "idle"}));
    raw.send("GET http://elsewhere.test HTTP/1.1\r\nhost: x\r\n\r\n").await;
    raw.answer().await.assert_problem(426, "upgrade_required");
    raw.send("GET http://elsewhere.test/healthz/ HTTP/1.1\r\nhost: x\r\n\r\n").await;
    raw.answer().await.assert_problem(404, "not_found");
}

#[tokio::test]
async fn a_target_without_a_path_is_not_found() {
    let server = TestServer::start().await;
    for target in [
        "CONNECT matchmaker.test:443",
        "CONNECT matchmaker.test",
        "GET matchmaker.test:443",
        "OPTIONS *",
        "GET *",
        "GET x",
    ] {
        let mut raw = server.raw().await;
        raw.send(format!("{target} HTTP/1.1\r\nhost: x\r\n\r\n")).await;
        let answer = raw.answer().await;
        assert_eq!(answer.status, 404, "{target}: {answer:?}");
        answer.assert_problem(404, "not_found");
    }
    assert_eq!(server.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn what_the_parser_refuses_is_refused_and_closed() {
    let server = TestServer::start().await;
    let refused = [
        ("GARBAGE\r\n\r\n".to_owned(), 400),
        ("GET /healthz HTTP/9.9\r\n\r\n".into(), 400),
        ("GET /healthz HTTP/1.1\r\nno colon\r\n\r\n".into(), 400),
        ("GET /healthz HTTP/1.1\r\nx: \0\r\n\r\n".into(), 400),
        ("GET /a b HTTP/1.1\r\nhost: x\r\n\r\n".into(), 400),
        ("POST /api/find-match HTTP/1.1\r\ncontent-length: -1\r\n\r\n".into(), 400),
        ("POST /api/find-match HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n".into(), 400),
        (format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(64 * 1024)), 431),
        (format!("GET /healthz HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(64 * 1024)), 431),
        (format!("GET /healthz HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(1_000)), 431),
    ];
    for (head, status) in refused {
        let mut raw = server.raw().await;
        // The refusal can come before all is sent.
        raw.try_send(&head).await.ok();
        let answer = raw.answer().await;
        let beginning: String = head.chars().take(60).collect();
        assert_eq!(answer.status, status, "{beginning:?}");
        assert_eq!(answer.text, "", "{beginning:?}");
    }
    assert_eq!(server.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn a_request_of_http_1_0_is_answered_and_closed() {
    let server = TestServer::start().await;
    let body = CHESS.body("alice");
    let mut raw = server.raw().await;
    let head = "POST /api/find-match HTTP/1.0\r\ncontent-type: application/json\r\n";
    raw.send(format!("{head}content-length: {}\r\n\r\n{body}", body.len())).await;

    raw.answer().await.assert_waiting();
    raw.assert_closed().await;
}

#[tokio::test]
async fn a_connection_whose_first_request_does_not_come_within_ten_seconds_is_closed() {
    let server = TestServer::start().await;
    for sent in ["", "GET /healthz HT", "GET /healthz HTTP/1.1\r\nhost: x\r\n"] {
        let mut raw = server.raw().await;
        raw.send(sent).await;
        server.metric_reaches("matchmaker_open_connections", 2).await;

        server.pass(seconds(9)).await;
        assert_eq!(server.metric("matchmaker_open_connections").await, 2, "{sent:?}");
        server.pass(seconds(1)).await;

        raw.assert_closed().await;
        server.metric_reaches("matchmaker_open_connections", 1).await;
    }
}

/// Hyper's header timeout runs on tokio's clock, which stands still here and jumps when nothing else can happen.
#[tokio::test(start_paused = true)]
async fn a_connection_that_is_kept_alive_is_closed_when_no_request_follows() {
    for (server, time) in
        [(TestServer::start().await, seconds(75)), (TestServer::with(["--keep-alive=20s"]).await, seconds(20))]
    {
        expect_idle_connections_to_last(&server, time).await;
    }
}

async fn expect_idle_connections_to_last(server: &TestServer, time: Duration) {
    for begun in ["", "GET /healthz HTTP/1.1\r\nhost: x\r\n"] {
        let opened = tokio::time::Instant::now();
        let mut stream = server.raw().await.into_stream();
        let sent = format!("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n{begun}");
        tokio::io::AsyncWriteExt::write_all(&mut stream, sent.as_bytes()).await.expect("the connection takes it");
        let mut read = Vec::new();
        tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut read).await.expect("the connection is closed");
        assert!(opened.elapsed() >= time, "{begun:?} was given {:?}", opened.elapsed());
        assert!(opened.elapsed() < time + seconds(5), "{begun:?} was given {:?}", opened.elapsed());
        assert!(read.starts_with(b"HTTP/1.1 200"), "{begun:?}");
    }
}

#[tokio::test]
async fn a_client_that_never_reads_its_answers_loses_its_connection() {
    let server = TestServer::start().await;
    let stream = server.raw().await.into_stream();
    let requests = "GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n".repeat(100);
    // It asks for as long as the server reads; that ends when the answers fill every buffer on their way.
    let mut stalled = 0;
    while stalled < 1_000 {
        match stream.try_write(requests.as_bytes()) {
            Ok(_) => stalled = 0,
            Err(_) => stalled += 1,
        }
        tokio::task::yield_now().await;
    }

    for _ in 0..20 {
        server.pass(seconds(30)).await;
        if server.metric("matchmaker_open_connections").await == 1 {
            return;
        }
    }
    panic!("the connection is still open");
}
