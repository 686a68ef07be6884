//! The id that names a call, in its answer.

use http_body_util::Full;

use crate::support::{CHESS, Fault, Raw, TestServer, request};

#[tokio::test]
async fn a_sane_request_id_comes_back_and_another_is_replaced() {
    let server = TestServer::start().await;
    let answer_to = async |id: &str| {
        let request = request("GET", "/healthz").header("x-request-id", id);
        let answer = server.send(request.body(Full::default()).expect("a request")).await;
        answer.header("x-request-id").expect("every answer has an id").to_owned()
    };
    for id in ["a", "Root=1-67891233/a_b.c:d+e=@", &"x".repeat(64)] {
        assert_eq!(answer_to(id).await, id);
    }
    for id in ["", "two words", "\"quoted\"", "line\\nbreak", &"x".repeat(65)] {
        let made = answer_to(id).await;
        assert!(made != id && !made.is_empty(), "{made}");
    }
}

#[tokio::test]
async fn every_answer_has_an_id_of_its_own() {
    let server = TestServer::start().await;
    server.break_store("find", Fault::Panics);
    let mut answers = vec![
        server.get("/healthz").await,
        server.get("/nowhere").await,
        server.get("/trailing/").await,
        server.get("/ws").await,
        server.call("PUT", "/api/find-match").await,
        server.ask("{").await,
        server.find("alice", CHESS).await,
        server.get("/metrics").await,
    ];
    let mut raw = server.raw().await;
    raw.send("CONNECT host:443 HTTP/1.1\r\nhost: host\r\n\r\n").await;
    answers.push(raw.answer().await);
    answers.push(upgraded(server.raw().await).await);
    server.shut_down();

    let ids: Vec<_> = answers.iter().map(|answer| answer.header("x-request-id").expect("an id")).collect();
    for (place, id) in ids.iter().enumerate() {
        assert!(!ids[..place].contains(id), "{id} names two calls");
    }
}

async fn upgraded(mut raw: Raw) -> crate::support::Answer {
    raw.send(
        "GET /ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    )
    .await;
    let answer = raw.answer().await;
    assert_eq!(answer.status, 101);
    answer
}
