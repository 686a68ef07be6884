//! The time between being told to go away and going.

use serde_json::json;

use crate::support::{CHESS, TestServer, seconds, soon};

async fn is_ready(server: &TestServer) -> bool {
    let answer = server.get("/readyz").await;
    if answer.status != 200 {
        answer.assert_problem(503, "shutting_down");
        answer.assert_retry_after();
    }
    answer.status == 200
}

#[tokio::test]
async fn everything_is_served_while_readiness_says_no() {
    let mut server = TestServer::with(["--drain-delay=30s"]).await;
    let mut alice = server.connect("alice").await;
    assert!(is_ready(&server).await);

    server.signal();
    soon("readiness says no", async { while is_ready(&server).await {} }).await;

    server.pass(seconds(29)).await;
    alice.expect_ping().await;
    let id = server.pair("alice", "bob", CHESS).await;
    assert!(alice.text().await.contains(&id));
    let mut bob = server.reconnect("bob", "matched").await;
    assert!(bob.text().await.contains(&id));
    assert_eq!(server.match_(&id).await.header("connection"), None);
    server.get("/healthz").await.assert_ok(&json!({"status": "ok"}));
    assert!(!is_ready(&server).await);

    server.pass(seconds(1)).await;

    alice.expect_close(1001).await;
    bob.expect_close(1001).await;
    drop((alice, bob));
    server.gone().await;
}

#[tokio::test]
async fn the_delay_can_be_cut_short() {
    let mut server = TestServer::with(["--drain-delay=30s"]).await;
    server.signal();
    soon("readiness says no", async { while is_ready(&server).await {} }).await;
    assert!(!server.is_gone());

    server.shut_down();

    server.gone().await;
}
