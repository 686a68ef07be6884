//! Liveness and readiness.

use serde_json::json;

use crate::support::{Fault, TestServer};

#[tokio::test]
async fn a_server_that_serves_is_alive_and_ready() {
    let server = TestServer::start().await;
    server.get("/healthz").await.assert_ok(&json!({"status": "ok"}));
    server.get("/readyz").await.assert_ok(&json!({"status": "ready"}));
}

#[tokio::test]
async fn a_server_whose_store_fails_is_alive_and_not_ready() {
    let server = TestServer::start().await;
    for verb in ["count", "census"] {
        for fault in [Fault::Refuses, Fault::LosesItsAnswer] {
            server.break_store(verb, fault);
            let answer = server.get("/readyz").await;
            answer.assert_problem(503, "store_unavailable");
            answer.assert_retry_after();
            assert_eq!(server.get("/healthz").await.status, 200);
            server.mend_store(verb);
            assert_eq!(server.get("/readyz").await.status, 200);
        }
    }
}
