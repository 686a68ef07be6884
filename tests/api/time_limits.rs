//! How long a client may take for what it sends, and for reading what it is answered.

use tokio::net::TcpSocket;

use crate::support::{CHESS, Raw, TestServer, seconds};

const BODY_TIME: &str = r#"matchmaker_limits_hit_total{limit="body_time"}"#;
const UNREAD_ANSWER: &str = r#"matchmaker_limits_hit_total{limit="unread_answer"}"#;

/// Far more answers than all buffers on the way hold.
const FLOOD: u64 = 4_000;

/// A client whose head has been read, and of whose body of this length the server waits for the first byte.
async fn with_head_read(server: &TestServer, length: usize) -> Raw {
    let mut raw = server.raw().await;
    let head = "POST /api/find-match HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nexpect: 100-continue";
    raw.send(format!("{head}\r\ncontent-length: {length}\r\n\r\n")).await;
    assert_eq!(raw.answer().await.status, 100);
    raw
}

/// A client that asks for far more than it has room for, and reads nothing.
async fn deaf(server: &TestServer) -> Raw {
    let tcp = TcpSocket::new_v4().expect("a socket");
    tcp.set_recv_buffer_size(4_096).expect("a small buffer");
    let mut raw = Raw::open_on(tcp, server.address).await;
    let request = "GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n";
    raw.send(request.repeat(usize::try_from(FLOOD).expect("few"))).await;
    stuck(server).await;
    raw
}

/// Returns once the server answers nothing but what it is asked here, so that the deaf client's answer waits to be written.
async fn stuck(server: &TestServer) {
    let mut steady = 0;
    let mut before = answers(server).await;
    while steady < 20 {
        let now = answers(server).await;
        steady = if now == before + 1 { steady + 1 } else { 0 };
        before = now;
    }
    assert!(before < FLOOD, "every answer found room");
}

async fn answers(server: &TestServer) -> u64 {
    server.metric(r#"matchmaker_http_requests_total{route="metrics",status="200"}"#).await
}

#[tokio::test]
async fn a_body_has_ten_seconds_from_its_head_on_however_steadily_it_comes() {
    let server = TestServer::start().await;
    let mut raw = with_head_read(&server, 100).await;
    for _ in 0..9 {
        raw.send(" ").await;
        server.pass(seconds(1)).await;
    }
    assert_eq!(server.metric(BODY_TIME).await, 0);
    raw.send(" ").await;

    server.pass(seconds(1)).await;

    let answer = raw.answer().await;
    answer.assert_problem(408, "body_too_slow");
    assert_eq!(answer.header("connection"), Some("close"));
    assert_eq!(answer.json()["detail"], "the body did not arrive within 10 seconds: repeat the call");
    raw.assert_closed().await;
    assert_eq!(server.metric(BODY_TIME).await, 1);
}

#[tokio::test]
async fn a_body_that_is_whole_within_ten_seconds_is_taken() {
    let server = TestServer::start().await;
    let body = CHESS.body("alice");
    let mut raw = with_head_read(&server, body.len()).await;
    server.pass(seconds(9)).await;
    raw.send(body).await;

    raw.answer().await.assert_waiting();

    server.pass(seconds(1)).await;
    assert_eq!(server.metric(BODY_TIME).await, 0);
}

#[tokio::test]
async fn a_connection_whose_answer_nobody_reads_for_thirty_seconds_is_ended() {
    let server = TestServer::start().await;
    let raw = deaf(&server).await;
    server.pass(seconds(29)).await;
    assert_eq!(server.metric(UNREAD_ANSWER).await, 0);
    assert_eq!(server.metric("matchmaker_open_connections").await, 2);

    server.pass(seconds(1)).await;

    server.metric_reaches(UNREAD_ANSWER, 1).await;
    server.metric_reaches("matchmaker_open_connections", 1).await;
    drop(raw);
}

#[tokio::test]
async fn whoever_reads_a_little_has_thirty_seconds_more() {
    let server = TestServer::start().await;
    let mut raw = deaf(&server).await;
    for _ in 0..3 {
        server.pass(seconds(29)).await;
        let before = answers(&server).await;
        while answers(&server).await < before + 100 {
            raw.bytes(64 * 1024).await;
        }
        stuck(&server).await;
    }
    assert_eq!(server.metric(UNREAD_ANSWER).await, 0);

    server.pass(seconds(30)).await;

    server.metric_reaches(UNREAD_ANSWER, 1).await;
    server.metric_reaches("matchmaker_open_connections", 1).await;
    drop(raw);
}

#[tokio::test]
async fn one_who_does_not_read_keeps_nobody_else_waiting() {
    let server = TestServer::start().await;
    let _deaf = (deaf(&server).await, with_head_read(&server, 100).await);
    server.pair("alice", "bob", CHESS).await;
}
