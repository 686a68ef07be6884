//! The floor that the benchmark measures against: a bare warp route, small JSON in and small JSON out, without logic or log,
//! on connections with the very settings of the product's and with its allocator, on the runtime that warp's users have.

use std::{env, error::Error, net::Ipv4Addr, time::Duration};

use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use matchmaker::adapters::server::{Listeners, wire};
use serde::{Deserialize, Serialize};
use tower_service::Service as _;
use warp::Filter as _;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// What `find-match` is asked.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    #[expect(dead_code, reason = "it is read, as the product reads it, and nothing is done with it")]
    game: String,
    #[expect(dead_code, reason = "likewise")]
    asset: String,
    #[expect(dead_code, reason = "likewise")]
    amount: u64,
    #[expect(dead_code, reason = "likewise")]
    player_id: String,
}

/// And what it answers.
#[derive(Serialize)]
struct Answer {
    status: &'static str,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = env::args().nth(1).ok_or("usage: floor PORT")?.parse()?;
    let listener = Listeners::open((Ipv4Addr::LOCALHOST, port).into(), None)?.public;
    let route = warp::path!("api" / "find-match")
        .and(warp::post())
        .and(warp::body::json())
        .map(|_: Asked| warp::reply::json(&Answer { status: "waiting" }));
    let routes = warp::service(route);
    loop {
        let (stream, _) = listener.accept().await?;
        wire::prepare(&stream)?;
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let mut routes = routes;
                routes.call(request)
            });
            let connection = wire::http(KEEP_ALIVE).serve_connection(TokioIo::new(stream), service).with_upgrades();
            if let Err(error) = connection.await {
                eprintln!("a connection broke: {error}");
            }
        });
    }
}
