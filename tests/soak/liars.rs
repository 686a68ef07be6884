//! Clients that break the rules, each on a connection of its own: what they are answered, and that they harm nobody.

use std::{io, sync::Arc, time::Duration};

use tokio_tungstenite::tungstenite::Message;

use crate::{
    checker::Promise,
    http::{Lane, request_by},
    socket::{Incoming, Socket},
    world::World,
};

/// How long one rests between two lies.
const PAUSE: Duration = Duration::from_millis(100);

/// How long a server waits for the rest of a request before it gives up, and a margin.
const CUT_OFF_TIME: Duration = Duration::from_secs(15);

/// Requests that are refused, and the status they are refused with; whoever the liar shows himself to be.
fn refused_requests(token: Option<&str>) -> Vec<(Vec<u8>, u16)> {
    let request = |method: &str, target: &str, body: &str| request_by(token, method, target, body);
    let find = |body: &str| request("POST", "/api/find-match", body);
    let with_amount =
        |amount: &str| find(&format!(r#"{{"game":"chess","asset":"USDT","amount":{amount},"playerId":"liar"}}"#));
    let filler = "x".repeat(20_000);
    vec![
        (find("{"), 400),
        (find(r#"{"game":"chess","game":"chess"}"#), 400),
        (find("[]"), 422),
        (find("{}"), 422),
        (with_amount("-1"), 422),
        (with_amount("0.0000001"), 422),
        (with_amount("1e100000000"), 422),
        (with_amount("\"twenty\""), 422),
        (find(r#"{"game":"a|b","asset":"USDT","amount":20,"playerId":"liar"}"#), 422),
        (find(r#"{"game":"chess","asset":"BTC","amount":20,"playerId":"liar"}"#), 422),
        (find(r#"{"game":"chess","asset":"USDT","amount":20,"playerId":"a b"}"#), 422),
        (find(&format!(r#"{{"game":"{filler}"}}"#)), 413),
        (request("GET", "/api/match/none", ""), 404),
        (request("POST", "/api/match/none/finish", ""), 404),
        (request("PUT", "/api/find-match", "{}"), 405),
        (request("GET", "/ws", ""), 426),
    ]
}

/// Lies until the run is over.
pub(crate) async fn lie(world: Arc<World>) {
    let requests = refused_requests(world.tokens.liar());
    for round in 0.. {
        if world.is_stopping() {
            return;
        }
        let (request, status) = &requests[round % requests.len()];
        let told = match round % 5 {
            0 => oversized_message(&world).await,
            1 => binary_message(&world).await,
            2 => half_a_request_and_gone(&world).await,
            _ => refused(&world, request, *status).await,
        };
        if let Err(error) = told {
            world.complain(Promise::Served, None, format!("a liar's round {round}: {error}"));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Sends a byte of a head now and then, and is cut off; until the run is over.
pub(crate) async fn dawdle(world: Arc<World>) {
    while !world.is_stopping() {
        if let Err(error) = slow_head(&world).await {
            world.complain(Promise::Bounded, None, format!("a slow sender: {error}"));
        }
    }
}

async fn refused(world: &World, request: &[u8], status: u16) -> io::Result<()> {
    let mut lane = Lane::connect(world.lanes.address()).await?;
    let answer = lane.call(request).await?;
    if answer.status == status {
        return Ok(());
    }
    let (request, body) = (String::from_utf8_lossy(request), String::from_utf8_lossy(&answer.body));
    Err(io::Error::other(format!("{request:.200}\nwas answered {} {body}", answer.status)))
}

async fn oversized_message(world: &World) -> io::Result<()> {
    closed_with(world, Message::text("x".repeat(5000)), 1009).await
}

async fn binary_message(world: &World) -> io::Result<()> {
    closed_with(world, Message::binary(vec![1, 2, 3]), 1003).await
}

async fn closed_with(world: &World, message: Message, code: u16) -> io::Result<()> {
    let mut socket = Socket::connect(world.lanes.address()).await?;
    socket.send(message).await?;
    match tokio::time::timeout(CUT_OFF_TIME, socket.next()).await {
        Ok(Incoming::Closed(closed)) if closed == code => Ok(()),
        other => Err(io::Error::other(format!("{code} was expected, not {other:?}"))),
    }
}

async fn half_a_request_and_gone(world: &World) -> io::Result<()> {
    let mut lane = Lane::connect(world.lanes.address()).await?;
    lane.send(
        b"POST /api/find-match HTTP/1.1\r\nhost: soak\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{",
    )
    .await?;
    lane.reset();
    Ok(())
}

async fn slow_head(world: &World) -> io::Result<()> {
    let mut lane = Lane::connect(world.lanes.address()).await?;
    let begun = tokio::time::Instant::now();
    for byte in b"GET /healthz HTTP/1.1\r\nhost: soak\r\nx: ".iter().chain(std::iter::repeat(&b'x')) {
        if world.is_stopping() || lane.send(&[*byte]).await.is_err() {
            return Ok(());
        }
        if begun.elapsed() > CUT_OFF_TIME {
            return Err(io::Error::other("was not cut off in fifteen seconds"));
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Ok(())
}
