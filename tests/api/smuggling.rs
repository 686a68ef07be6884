//! Requests on whose bounds two readers could disagree: each is answered once, or not at all, and then nothing that follows
//! it on the connection is taken for a request that it is not.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{CHESS, TestServer, soon};

/// What would be smuggled in, and answered by 426, which nothing else here is.
const SMUGGLED: &str = "GET /ws HTTP/1.1\r\nhost: x\r\n\r\n";

const GET: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\n";
const POST: &str = "POST /api/find-match HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";

/// The statuses of all answers to these bytes, until the server has closed the connection.
async fn statuses(server: &TestServer, bytes: impl AsRef<[u8]>) -> Vec<u16> {
    let mut stream = server.raw().await.into_stream();
    // The server may close before all is sent, and a reset may follow what it said.
    stream.write_all(bytes.as_ref()).await.ok();
    stream.shutdown().await.ok();
    let mut read = Vec::new();
    soon("the connection is closed", stream.read_to_end(&mut read)).await.ok();
    let mut rest = String::from_utf8(read).expect("every answer is text");
    let mut statuses = Vec::new();
    while !rest.is_empty() {
        let (head, after) = rest.split_once("\r\n\r\n").expect("a whole head");
        let status = head.split(' ').nth(1).expect("a status").parse().expect("a status");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length = length.map_or(0, |length| length.parse().expect("a length"));
        statuses.push(status);
        rest = after[length..].to_owned();
    }
    statuses
}

/// A chunked body that asks for a match; what is given stands for its last chunk.
fn chunked(player: &str, last: &str) -> String {
    let body = CHESS.body(player);
    format!("{:x}\r\n{body}\r\n{last}", body.len())
}

#[tokio::test]
async fn of_a_length_and_chunks_the_chunks_count_and_the_connection_ends_with_them() {
    let server = TestServer::start().await;
    let body = chunked("alice", "0\r\n\r\n");
    for framing in [
        "content-length: 3\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 3\r\n",
        "content-length: 3\r\nTransfer-Encoding: CHUNKED\r\ncontent-length: 4\r\n",
    ] {
        let statuses = statuses(&server, format!("{POST}{framing}\r\n{body}{SMUGGLED}")).await;
        assert_eq!(statuses, [200], "{framing:?}");
    }
}

#[tokio::test]
async fn lengths_that_differ_or_are_no_numbers_are_refused() {
    let server = TestServer::start().await;
    for framing in [
        "content-length: 3\r\ncontent-length: 4\r\n",
        "content-length: 3, 4\r\n",
        "content-length: +3\r\n",
        "content-length: -3\r\n",
        "content-length: 0x3\r\n",
        "content-length: 3 4\r\n",
        "content-length: \r\n",
        "content-length: 3a\r\n",
        "content-length: 18446744073709551616\r\n",
        "content-length: 18446744073709551615\r\n",
    ] {
        let statuses = statuses(&server, format!("{POST}{framing}\r\n{SMUGGLED}")).await;
        assert!(statuses == [400] || statuses == [431], "{framing:?}: {statuses:?}");
    }
}

#[tokio::test]
async fn a_transfer_coding_that_is_not_chunked_alone_is_refused() {
    let server = TestServer::start().await;
    for coding in [
        "chunked, identity",
        "identity",
        "xchunked",
        "chunkedx",
        "\"chunked\"",
        "chunked;q=1",
        "gzip, chunked",
        "chunked, chunked",
        "identity, chunked",
        "chunked\r\ntransfer-encoding: identity",
        "identity\r\ntransfer-encoding: chunked",
        "",
    ] {
        let body = chunked("alice", "0\r\n\r\n");
        let statuses = statuses(&server, format!("{POST}transfer-encoding: {coding}\r\n\r\n{body}{SMUGGLED}")).await;
        assert!(statuses == [400] || statuses == [501], "{coding:?}: {statuses:?}");
    }
    let body = chunked("alice", "0\r\n\r\n");
    let old = POST.replace("HTTP/1.1", "HTTP/1.0");
    let statuses = statuses(&server, format!("{old}transfer-encoding: chunked\r\n\r\n{body}{SMUGGLED}")).await;
    assert_eq!(statuses, [400]);
    server.assert_idle("alice").await;
}

#[tokio::test]
async fn a_head_that_two_readers_would_read_in_two_ways_is_refused() {
    let server = TestServer::start().await;
    for head in [
        "transfer-encoding : chunked\r\n",
        "transfer-encoding\t: chunked\r\n",
        " transfer-encoding: chunked\r\n",
        "x: y\r\n transfer-encoding: chunked\r\n",
        "x: y\r\n\ttransfer-encoding: chunked\r\n",
        "transfer-encoding\r\n",
        ": chunked\r\n",
        "x: a\0b\r\n",
        "x: a\rb\r\n",
        "x\0: a\r\n",
        "x y: a\r\n",
        "\u{b}transfer-encoding: chunked\r\n",
    ] {
        let statuses = statuses(&server, format!("{GET}{head}\r\n{SMUGGLED}")).await;
        assert_eq!(statuses, [400], "{head:?}");
    }
}

#[tokio::test]
async fn a_bare_line_feed_ends_a_line_and_hides_nothing() {
    let server = TestServer::start().await;
    let unix = format!("{GET}\r\n").replace("\r\n", "\n");
    assert_eq!(statuses(&server, format!("{unix}{unix}{SMUGGLED}")).await, [200, 200, 426]);
    // To whoever takes no bare line feed for an end, the length were a part of the header before it.
    let hidden = format!("{GET}x: y\ncontent-length: {}\r\n\r\n{SMUGGLED}", SMUGGLED.len());
    assert_eq!(statuses(&server, hidden).await, [200]);
}

#[tokio::test]
async fn chunks_that_are_not_well_formed_end_the_connection() {
    let server = TestServer::start().await;
    for body in [
        "g\r\n\r\n0\r\n\r\n",
        "-1\r\n\r\n0\r\n\r\n",
        "0x1\r\na\r\n0\r\n\r\n",
        " 1\r\na\r\n0\r\n\r\n",
        "\r\n0\r\n\r\n",
        "10000000000000000\r\n",
        "ffffffffffffffffff\r\n",
        "1\r\nab\r\n0\r\n\r\n",
        "1\r\na0\r\n\r\n",
        "1\na\r\n0\r\n\r\n",
        "1\r\na\r\n0\r\nx\r\n",
        "1;x\ny\r\na\r\n0\r\n\r\n",
        "0\r\n\n",
    ] {
        let statuses = statuses(&server, format!("{POST}transfer-encoding: chunked\r\n\r\n{body}{SMUGGLED}")).await;
        assert!(statuses.len() <= 1 && !statuses.contains(&426) && !statuses.contains(&200), "{body:?}: {statuses:?}");
    }
}

#[tokio::test]
async fn extensions_of_chunks_and_trailers_are_read_over_within_bounds() {
    let server = TestServer::start().await;
    let body = CHESS.body("alice");
    let length = format!("{:x}", body.len());
    for (size, trailers) in [
        (length.clone(), ""),
        (format!("000{length}"), ""),
        (format!("{length};a=b;c=\"d;e\""), ""),
        (length.to_uppercase(), "x: y\r\nhost: z\r\n"),
    ] {
        let message = format!("{POST}transfer-encoding: chunked\r\n\r\n{size}\r\n{body}\r\n0\r\n{trailers}\r\n");
        let statuses = statuses(&server, format!("{message}{SMUGGLED}")).await;
        assert_eq!(statuses, [200, 426], "{size:?} {trailers:?}");
    }
    let long = "x".repeat(64 * 1024);
    for (size, trailers) in [
        (format!("{length};{long}"), String::new()),
        (length.clone(), format!("x: {long}\r\n")),
        (length, "x: y\r\n".repeat(2_000)),
    ] {
        let message = format!("{POST}transfer-encoding: chunked\r\n\r\n{size}\r\n{body}\r\n0\r\n{trailers}\r\n");
        let statuses = statuses(&server, format!("{message}{SMUGGLED}")).await;
        assert!(statuses.len() <= 1 && !statuses.contains(&200), "{statuses:?}");
    }
}

#[tokio::test]
async fn a_host_that_is_missing_doubled_or_no_host_is_refused() {
    let server = TestServer::start().await;
    for head in [
        "GET /healthz HTTP/1.1\r\n",
        "GET http://x/healthz HTTP/1.1\r\n",
        "GET /healthz HTTP/1.1\r\nhost: x\r\nhost: x\r\n",
        "GET /healthz HTTP/1.1\r\nhost: x\r\nHost: y\r\n",
        "GET /healthz HTTP/1.1\r\nhost: x, y\r\n",
        "GET /healthz HTTP/1.1\r\nhost: x/y\r\n",
        "GET /healthz HTTP/1.1\r\nhost: a@x\r\n",
        "GET /healthz HTTP/1.1\r\nhost: x y\r\n",
        "GET /healthz HTTP/1.1\r\nhost: x:y\r\n",
        "GET /healthz HTTP/1.0\r\nhost: x\r\nhost: y\r\n",
    ] {
        assert_eq!(statuses(&server, format!("{head}\r\n{SMUGGLED}")).await, [400], "{head:?}");
    }
    for host in ["", "x", "x:80", "[::1]:5000", "127.0.0.1", "a_b.example"] {
        let request = format!("GET /healthz HTTP/1.1\r\nhost: {host}\r\n\r\n");
        assert_eq!(statuses(&server, request).await, [200], "{host:?}");
    }
}

#[tokio::test]
async fn older_versions_end_the_connection_unless_they_ask_to_keep_it() {
    let server = TestServer::start().await;
    assert_eq!(statuses(&server, format!("GET /healthz\r\n{SMUGGLED}")).await, [400]);
    assert_eq!(statuses(&server, format!("GET /healthz HTTP/0.9\r\n\r\n{SMUGGLED}")).await, [400]);
    assert_eq!(statuses(&server, format!("GET /healthz HTTP/2.0\r\n\r\n{SMUGGLED}")).await, [400]);
    assert_eq!(statuses(&server, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await, [0_u16; 0]);
    let old = "GET /healthz HTTP/1.0\r\n";
    assert_eq!(statuses(&server, format!("{old}\r\n{SMUGGLED}")).await, [200]);
    assert_eq!(statuses(&server, format!("{old}connection: keep-alive\r\n\r\n{old}\r\n{SMUGGLED}")).await, [200, 200]);
    let close = "connection: close\r\nconnection: keep-alive\r\n";
    assert_eq!(statuses(&server, format!("{GET}{close}\r\n{SMUGGLED}")).await, [200]);
}

#[tokio::test]
async fn a_hundred_requests_at_once_are_answered_in_their_order() {
    let server = TestServer::start().await;
    let (mut requests, mut expected) = (String::new(), Vec::new());
    for number in 0..100 {
        let (target, status) = [("/healthz", 200), ("/nowhere", 404), ("/ws", 426)][number % 3];
        requests.push_str(&["GET ", target, " HTTP/1.1\r\nhost: x\r\n\r\n"].concat());
        expected.push(status);
    }
    assert_eq!(statuses(&server, requests).await, expected);
}

#[tokio::test]
async fn what_follows_a_body_is_the_next_request_or_none() {
    let server = TestServer::start().await;
    let body = CHESS.body("alice");
    let whole = format!("{POST}content-length: {}\r\n\r\n{body}", body.len());
    assert_eq!(statuses(&server, format!("{whole}{whole}{SMUGGLED}")).await, [200, 200, 426]);
    // A line or two between requests was common once.
    assert_eq!(statuses(&server, format!("{whole}\r\n{SMUGGLED}")).await, [200, 426]);
    assert_eq!(statuses(&server, format!("{whole}garbage\r\n\r\n{SMUGGLED}")).await, [200, 400]);
    // One that is too short takes the rest from what follows, as it said it would.
    let short = format!("{POST}content-length: {}\r\n\r\n{body}", body.len() + SMUGGLED.len());
    assert_eq!(statuses(&server, format!("{short}{SMUGGLED}")).await, [400]);
}

#[tokio::test]
async fn a_body_that_nobody_reads_is_no_request() {
    let server = TestServer::start().await;
    let length = SMUGGLED.len();
    for (line, status) in [
        ("GET /healthz", 200),
        ("GET /nowhere", 404),
        ("DELETE /api/find-match/alice", 200),
        ("PUT /api/find-match", 405),
        ("GET /ws", 426),
        ("OPTIONS *", 404),
    ] {
        let head = format!("{line} HTTP/1.1\r\nhost: x\r\n");
        let by_length = format!("{head}content-length: {length}\r\n\r\n{SMUGGLED}");
        assert_eq!(statuses(&server, by_length).await, [status], "{line}");
        let by_chunks = format!("{head}transfer-encoding: chunked\r\n\r\n{length:x}\r\n{SMUGGLED}\r\n0\r\n\r\n");
        assert_eq!(statuses(&server, by_chunks).await, [status], "{line}");
    }
    let finish = format!("POST /api/match/x/finish HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n{SMUGGLED}");
    assert_eq!(statuses(&server, finish).await, [404]);
}

#[tokio::test]
async fn a_target_names_nothing_but_its_path() {
    let server = TestServer::start().await;
    for (target, status) in [
        ("http://y/healthz", 200),
        ("https://y:1/healthz?z", 200),
        ("http://y", 426),
        ("/healthz#x", 200),
        ("/healthz\u{7f}", 400),
        ("//healthz", 404),
        ("/./healthz", 404),
        ("/x/../healthz", 404),
        ("/%68ealthz", 404),
        ("/healthz%00", 404),
        ("\\healthz", 400),
    ] {
        let found = statuses(&server, format!("GET {target} HTTP/1.1\r\nhost: x\r\n\r\n")).await;
        assert_eq!(found, [status], "{target}");
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_before_it_is_asked_for() {
    let server = TestServer::start().await;
    let head = format!("{POST}expect: 100-continue\r\n");
    assert_eq!(statuses(&server, format!("{head}content-length: 16385\r\n\r\n")).await, [413]);
    let body = CHESS.body("alice");
    let asked = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
    assert_eq!(statuses(&server, asked).await, [100, 200]);
}

#[tokio::test]
async fn content_types_that_contradict_each_other_are_none() {
    let server = TestServer::start().await;
    let body = CHESS.body("alice");
    for (second, status) in [("application/json", 200), ("text/plain", 415), ("application/json;x", 415)] {
        let request = format!("{POST}content-type: {second}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        assert_eq!(statuses(&server, request).await, [status], "{second}");
    }
}

#[tokio::test]
async fn a_head_has_a_hundred_headers_at_most() {
    let server = TestServer::start().await;
    let head = |count: usize| format!("{GET}{}\r\n", "x: y\r\n".repeat(count - 1));
    assert_eq!(statuses(&server, head(100)).await, [200]);
    assert_eq!(statuses(&server, head(101)).await, [431]);
}
