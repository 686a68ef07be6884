//! What happens at each bound.

use crate::support::{CHESS, GO, Key, Raw, Socket, TestServer, seconds};

const DOTA: Key = Key { game: "dota", asset: "ETH", amount: "1" };

#[tokio::test]
async fn as_many_wait_as_may_and_retries_leaves_and_pairings_go_on() {
    let server = TestServer::with(["--max-waiting=2"]).await;
    server.find("alice", CHESS).await.assert_waiting();
    server.find("bob", GO).await.assert_waiting();

    let refused = server.find("carol", DOTA).await;
    refused.assert_problem(503, "at_capacity");
    refused.assert_retry_after();
    server.assert_idle("carol").await;

    server.find("alice", CHESS).await.assert_waiting();
    assert_eq!(server.find("alice", DOTA).await.status, 409);
    server.find("dave", GO).await.match_id();
    server.find("carol", DOTA).await.assert_waiting();
    server.find("erin", GO).await.assert_problem(503, "at_capacity");
    server.leave("alice").await;
    server.find("erin", GO).await.assert_waiting();
}

#[tokio::test]
async fn a_ticket_past_its_time_makes_room() {
    let server = TestServer::with(["--max-waiting=1"]).await;
    server.find("alice", CHESS).await.assert_waiting();
    server.pass_unswept(seconds(600)).await;

    server.find("bob", GO).await.assert_waiting();

    server.assert_idle("alice").await;
}

#[tokio::test]
async fn as_many_matches_are_stored_as_may_and_finished_ones_go_first() {
    let server = TestServer::with(["--max-matches=2"]).await;
    let first = server.pair("alice", "bob", CHESS).await;
    let second = server.pair("carol", "dave", CHESS).await;
    server.find("erin", CHESS).await.assert_waiting();

    let refused = server.find("frank", CHESS).await;
    refused.assert_problem(503, "at_capacity");
    refused.assert_retry_after();
    server.assert_idle("frank").await;
    assert_eq!(server.standing("erin").await.json()["status"], "waiting");

    server.finish(&second).await;
    server.pass(seconds(1)).await;
    server.finish(&first).await;
    let third = server.find("frank", CHESS).await.match_id();
    server.match_(&second).await.assert_problem(404, "not_found");
    assert_eq!(server.match_(&first).await.json()["status"], "finished");

    let fourth = server.pair("gina", "hugo", CHESS).await;
    server.match_(&first).await.assert_problem(404, "not_found");
    for active in [third, fourth] {
        assert_eq!(server.match_(&active).await.json()["status"], "active");
    }
}

/// The refusal of a connection comes by itself, before anything was asked.
async fn expect_refusal(server: &TestServer) {
    let mut raw = server.raw().await;
    let answer = raw.answer().await;
    answer.assert_problem(503, "at_capacity");
    answer.assert_retry_after();
    answer.assert_header("connection", "close");
    raw.assert_closed().await;
}

async fn greeted(mut raw: Raw) -> Raw {
    raw.send("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(raw.answer().await.status, 200);
    raw
}

#[tokio::test]
async fn a_connection_past_the_bound_is_told_so_and_closed() {
    let server = TestServer::with(["--max-connections=2"]).await;
    let first = greeted(server.raw().await).await;
    let mut socket = server.connect("alice").await;

    for _ in 0..5 {
        expect_refusal(&server).await;
    }
    let mut asking = server.raw().await;
    asking.send("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    asking.answer().await.assert_problem(503, "at_capacity");

    socket.expect_silence().await;
    drop(first);
    served_again(&server).await;
}

#[tokio::test]
async fn a_place_is_free_again_once_a_socket_has_closed() {
    let server = TestServer::with(["--max-connections=2"]).await;
    let _first = greeted(server.raw().await).await;
    let socket = server.connect("alice").await;
    expect_refusal(&server).await;

    socket.close().await;

    served_again(&server).await;
}

async fn served_again(server: &TestServer) {
    let asking = async {
        loop {
            let mut raw = server.raw().await;
            raw.try_send("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.ok();
            if raw.answer().await.status == 200 {
                return;
            }
        }
    };
    crate::support::soon("a connection is served again", asking).await;
}

#[tokio::test]
async fn a_refused_connection_that_does_not_close_is_dropped_after_a_moment() {
    let server = TestServer::with(["--max-connections=2"]).await;
    let _first = greeted(server.raw().await).await;
    let _second = Socket::open(server.address, "/").await;
    // More at once than are read on: the others are answered and closed at once.
    let mut opened = Vec::new();
    for _ in 0..200 {
        opened.push(server.raw().await);
    }
    for raw in &mut opened {
        assert!(raw.rest().await.starts_with(b"HTTP/1.1 503 "));
    }

    server.pass(seconds(2)).await;

    expect_refusal(&server).await;
}
