//! Runs the Autobahn test suite against the product's WebSocket codec, which says back what it hears: `make autobahn`.

use std::{collections::BTreeMap, error::Error, fs, process::Command, sync::Arc};

use matchmaker::adapters::{SystemClock, websocket::echo::echo};
use serde::Deserialize;
use tokio::net::TcpListener;

/// Where `cases.json` says that the codec listens.
const ADDRESS: &str = "127.0.0.1:9001";

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/autobahn/cases.json");

/// Where `cases.json` says that the report goes; from the folder in which the suite runs.
const REPORT: &str = "target/autobahn/index.json";

/// The suite's largest message.
const MAX_MESSAGE: usize = 16 * 1024 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Verdict {
    behavior: String,
    behavior_close: String,
}

impl Verdict {
    /// What the standard leaves open counts as passed, as in the suite's own summary.
    fn is_passed(&self) -> bool {
        let passed = |word: &str| ["OK", "NON-STRICT", "INFORMATIONAL", "UNIMPLEMENTED"].contains(&word);
        passed(&self.behavior) && passed(&self.behavior_close)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(ADDRESS).await?;
    tokio::spawn(serve(listener));
    let suite = || Command::new("wstest").args(["-m", "fuzzingclient", "-s", CASES]).status();
    let ended = tokio::task::spawn_blocking(suite).await?;
    let ended = ended.map_err(|error| format!("wstest: {error}; with Python 2.7: pip install autobahntestsuite"))?;
    if !ended.success() {
        return Err(format!("wstest ended with {ended}").into());
    }
    let report: BTreeMap<String, BTreeMap<String, Verdict>> = serde_json::from_str(&fs::read_to_string(REPORT)?)?;
    let verdicts: Vec<(&String, &Verdict)> = report.values().flatten().collect();
    let failed: Vec<&String> =
        verdicts.iter().filter(|(_, verdict)| !verdict.is_passed()).map(|(case, _)| *case).collect();
    println!("{} cases, {} failed", verdicts.len(), failed.len());
    if verdicts.is_empty() || !failed.is_empty() {
        return Err(format!("failed: {failed:?}; {REPORT} has the details").into());
    }
    Ok(())
}

async fn serve(listener: TcpListener) {
    let clock = Arc::new(SystemClock::start());
    loop {
        let (stream, _) = listener.accept().await.expect("the listener stays open");
        let clock = Arc::clone(&clock);
        tokio::spawn(async move {
            match tokio_tungstenite::accept_async(stream).await {
                Ok(socket) => echo(socket.into_inner(), MAX_MESSAGE, &*clock).await,
                Err(error) => eprintln!("a handshake failed: {error}"),
            }
        });
    }
}
