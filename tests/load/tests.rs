//! The load generator itself: that it measures what it says, and hides no delay.

mod asking;
mod blocking;
mod burst;
#[path = "../client/mod.rs"]
mod client;
mod closed;
mod connection;
mod crowd;
mod engine;
mod filling;
mod growth;
mod listening;
mod matches;
mod open;
mod options;
mod pairs;
mod places;
mod planted;
mod play;
mod plot;
mod rates;
mod reading;
#[path = "../redis_server/mod.rs"]
mod redis_server;
mod report;
mod requests;
mod rounds;
mod run;
mod schedule;
mod sizes;
mod sockets;
mod stalls;
mod start;
mod statistics;
mod stores;
mod subject;
mod tidying;
mod usage;
mod wire;

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use clap::Parser;

use engine::{Outcome, Wrong};
use options::Options;
use redis_server::RedisServer;
use subject::{Origin, Subject};

const PROGRAM: &str = env!("CARGO_BIN_EXE_matchmaker");

/// A program that is started as the bare route is, and is the server all the same.
fn stand_in_for_the_floor(folder: &Path) -> String {
    let path = folder.join("floor");
    fs::write(&path, format!("#!/bin/sh\nexec {PROGRAM} --port=\"$1\"\n")).expect("a script can be written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it can be run");
    path.to_string_lossy().into_owned()
}

/// Measures these parts shortly; what is printed, and what is written.
fn measure(parts: &str, more: &[&str]) -> (String, serde_json::Value, bool) {
    try_to_measure(parts, more).expect("it can be measured")
}

fn try_to_measure(parts: &str, more: &[&str]) -> Outcome<(String, serde_json::Value, bool)> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let (floor, json, svg) = (stand_in_for_the_floor(folder.path()), path("new/bench.json"), path("new/latency.svg"));
    let short =
        ["load", "--rounds=2", "--time=100ms", "--pairs=200", "--most=10000", "--sockets=1000", "--rates=10,50"];
    let programs = ["--server", PROGRAM, "--floor", &floor];
    let files = ["--only", parts, "--json", &json, "--svg", &svg];
    let options = Options::parse_from(short.into_iter().chain(programs).chain(files).chain(more.iter().copied()));
    let (report, measured) = run::run(&options);
    measured.and_then(|()| run::write(&options, &report))?;
    Ok((report.to_string(), serde_json::from_str(&fs::read_to_string(&json)?)?, fs::exists(&svg)?))
}

/// Every figure has a number for each server.
fn assert_measured(written: &serde_json::Value, figures: usize) {
    let found = written["figures"].as_array().expect("figures");
    assert_eq!(found.len(), figures, "{written:#}");
    for figure in found {
        for measured in figure["measured"].as_array().expect("what was measured") {
            assert!(measured["value"].as_f64().is_some_and(|value| value > 0.0), "{figure:#}");
        }
    }
}

#[test]
fn requests_and_matches_of_two_servers_are_measured_side_by_side() {
    let (report, written, drawn) = measure("requests,matches", &["--against", PROGRAM]);
    println!("{report}");
    assert_measured(&written, 6);
    assert!(drawn);
    assert_eq!(written["curves"].as_array().map(Vec::len), Some(2));
}

#[test]
fn memory_growth_and_starts_are_measured() {
    let (report, written, drawn) = measure("memory,growth,start", &["--still=200ms"]);
    println!("{report}");
    assert_measured(&written, 4 + 1 + 2);
    assert!(!drawn);
}

/// What a table has in this row for one of its columns.
fn cell(table: &serde_json::Value, row: &str, column: usize) -> Option<f64> {
    let mut rows = table["rows"].as_array().expect("rows").iter();
    let row = rows.find(|found| found["what"] == row).unwrap_or_else(|| panic!("{row} is not in {table:#}"));
    row["cells"][column]["median"].as_f64()
}

#[test]
fn memory_is_measured_beside_redis_where_there_is_one() {
    if RedisServer::start(redis_server::Options::default()).is_none() {
        return;
    }
    // Other tests run beside this one, and on a machine that is too busy Redis may be late once; a benchmark ends there.
    let is_late = |error: &Wrong| error.to_string().contains("store_unavailable");
    let mut tries = (0..3).map(|_| try_to_measure("redis", &["--in-flight=16"]));
    let measured = tries.find(|measured| !measured.as_ref().is_err_and(is_late));
    let (report, written, _) = measured.expect("Redis is not late each time").expect("it can be measured");
    println!("{report}");
    let [beside, calls, bytes] = written["tables"].as_array().expect("tables").as_slice() else {
        panic!("{written:#}")
    };
    for (row, least, most) in [
        ("32 connections: requests/s", 1.0, 1e6),
        ("  server CPU a request, µs", 1.0, 1e5),
        ("16 at a time: matches/s", 1.0, 1e6),
        ("one at a time: second request to both told, p50, µs", 1.0, 1e6),
    ] {
        for column in 0..3 {
            let measured = cell(beside, row, column).expect("it is measured");
            assert!((least..most).contains(&measured), "{row}: {measured}");
        }
    }
    // Two players ask. What servers do by themselves comes on top, and is much where matches are few.
    for (row, least, most) in
        [("  FCALL a match", 2.0, 50.0), ("  FCALL a request", 1.0, 2.0), ("  FCALL a player", 3.0, 3.5)]
    {
        assert_eq!(cell(beside, row, 0), None, "{row}");
        for column in 1..3 {
            let measured = cell(beside, row, column).expect("it is counted");
            assert!((least..most).contains(&measured), "{row}: {measured}");
        }
    }
    for (row, each) in [("  connect", 1.0), ("  find", 2.0), ("  finish", 1.0)] {
        for column in 0..2 {
            let called = cell(calls, row, column).expect("it is counted");
            assert!((each..=each + 0.1).contains(&called), "{row}: {called}");
        }
    }
    for row in ["waiting ticket with its key", "finished match"] {
        assert!(cell(bytes, row, 0).is_some_and(|bytes| (100.0..2000.0).contains(&bytes)), "{row}");
    }
}

#[test]
fn a_server_that_ran_before_is_left_as_it_was() {
    let server = Subject { name: "server".to_owned(), origin: Origin::Server(PROGRAM.into(), Vec::new()) };
    let server = server.start(&[]).expect("a server");
    let options = ["--only=requests", "--rounds=1", "--time=50ms"].map(ToOwned::to_owned);
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let [floor, json, svg] = [stand_in_for_the_floor(folder.path()), path("bench.json"), path("latency.svg")];
    let files = [format!("--floor={floor}"), format!("--json={json}"), format!("--svg={svg}")];
    let url = [format!("--url=http://{}", server.address)];
    let arguments = ["load".to_owned()].into_iter().chain(options).chain(files).chain(url);
    let options = Options::parse_from(arguments);
    for _ in 0..2 {
        run::run(&options).1.expect("it can be measured");
        let metrics = server.metrics().expect("an answer").expect("it counts");
        assert!(metrics.get("matches_created_total").expect("it counts matches") > 0);
        for left in ["waiting_players", "active_matches"] {
            assert_eq!(metrics.get(left).expect("it counts them"), 0, "{left}");
        }
    }
    server.end().expect("nothing was lost");
    let (report, measured) = run::run(&options);
    let error = measured.expect_err("it is gone").to_string();
    assert!(report.tables.is_empty() && error.starts_with("Requests of server at 127.0.0.1:"), "{error}");
    assert!(error.ends_with("is it running?"), "{error}");
}
