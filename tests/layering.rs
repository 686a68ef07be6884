//! The rules of the house that no compiler keeps: what must never be known where, and how large a file may grow.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// What the files under a folder may know. The first rule whose folder fits a file is the one that counts.
struct Rule {
    folder: &'static str,
    /// The other layers it must not name.
    foreign_layers: &'static [&'static str],
    /// The crates it may use; of all others that the package depends on, none.
    crates: &'static [&'static str],
    /// What of the language and its library it must not use.
    foreign_words: &'static [&'static str],
}

const RULES: &[Rule] = &[
    Rule {
        folder: "src/domain/",
        foreign_layers: &["ports", "matchmaking", "adapters"],
        crates: &["thiserror", "uuid"],
        foreign_words: &[
            "async",
            "await",
            "Instant",
            "SystemTime",
            "thread",
            "net",
            "fs",
            "env",
            "new_v4",
            "now_v7",
            "rand",
        ],
    },
    Rule {
        folder: "src/ports/contract",
        foreign_layers: &["matchmaking", "adapters"],
        crates: &["async_trait", "fastrand", "futures_util", "thiserror", "tokio", "uuid"],
        foreign_words: &[],
    },
    Rule {
        folder: "src/ports/",
        foreign_layers: &["matchmaking", "adapters"],
        crates: &["async_trait", "mockall", "thiserror"],
        foreign_words: &["Instant", "SystemTime"],
    },
    Rule {
        folder: "src/matchmaking/",
        foreign_layers: &["adapters"],
        crates: &["futures_util", "thiserror", "tokio", "tracing"],
        foreign_words: &["Instant", "SystemTime", "new_v4", "spawn", "net"],
    },
    Rule {
        folder: "src/adapters/in_memory/kind.rs",
        // A server gets the hub of its sockets with its stores.
        foreign_layers: &["matchmaking", "configuration", "http", "redis"],
        crates: &["async_trait", "tokio"],
        foreign_words: &["Instant", "SystemTime", "spawn", "net"],
    },
    Rule {
        folder: "src/adapters/in_memory/",
        foreign_layers: &["matchmaking", "configuration", "http", "websocket", "redis"],
        crates: &["async_trait", "thiserror", "tokio"],
        foreign_words: &["Instant", "SystemTime", "spawn", "net"],
    },
    Rule {
        folder: "src/adapters/redis/",
        // It tells the sockets of its own node, so it knows the hub that has them.
        foreign_layers: &["matchmaking", "configuration", "http", "in_memory"],
        crates: &[
            "async_trait",
            "futures_util",
            "humantime",
            "percent_encoding",
            "redis",
            "rustls",
            "socket2",
            "thiserror",
            "tokio",
            "tracing",
            "uuid",
        ],
        // The clock of Redis is the one that counts: no node's own says what has expired.
        foreign_words: &["SystemTime", "now_v7"],
    },
    // What is common to all stores knows none of them: a further one changes nothing outside its own folder and main.
    Rule {
        folder: "src/adapters/configuration",
        foreign_layers: &["matchmaking", "in_memory", "redis"],
        crates: &["clap", "humantime", "ipnet", "thiserror", "warp"],
        foreign_words: &[],
    },
    Rule {
        folder: "src/adapters/store",
        foreign_layers: &["matchmaking", "configuration", "in_memory", "redis"],
        crates: &["async_trait", "tokio"],
        foreign_words: &[],
    },
    Rule {
        folder: "src/adapters/audit.rs",
        foreign_layers: &["matchmaking", "configuration", "in_memory", "redis"],
        crates: &[],
        foreign_words: &[],
    },
];

/// What tests beside the code may use on top.
const CRATES_OF_TESTS: &[&str] = &["async_trait", "mockall", "proptest", "tempfile", "tokio", "uuid"];

const MOST_LINES_OF_A_FILE: usize = 450;
const MOST_LINES_OF_MAIN: usize = 100;

/// Split in two, so that this file does not hold what it looks for.
const UNFINISHED: [&str; 3] = [concat!("to", "do!"), concat!("unimpl", "emented!"), concat!("db", "g!")];

#[test]
fn no_layer_knows_what_lies_outside_it() {
    let dependencies = dependencies();
    let offences: Vec<_> = sources().iter().flat_map(|(path, text)| breaches(path, text, &dependencies)).collect();
    assert!(offences.is_empty(), "{offences:#?}");
}

#[test]
fn every_layer_is_where_the_rules_look_for_it() {
    let sources = sources();
    for Rule { folder, .. } in RULES {
        assert!(
            sources.iter().any(|(path, _)| path.starts_with(folder)),
            "{folder} is empty, so its rule says nothing"
        );
    }
    for name in ["serde_json", "tokio", "warp", "hyper_util", "tracing", "proptest"] {
        assert!(
            dependencies().iter().any(|dependency| dependency == name),
            "{name} is no dependency that is looked for"
        );
    }
}

#[test]
fn a_breach_is_found_in_whatever_way_it_is_written() {
    let breaches_planted = [
        ("src/domain/queue.rs", "use crate::ports::Clock;"),
        ("src/domain/queue.rs", "use crate::{\n    adapters,\n};"),
        ("src/domain/queue.rs", "fn f() { super::super::matchmaking::f() }"),
        ("src/domain/queue.rs", "async fn find() {}"),
        ("src/domain/queue.rs", "fn f() { g().await }"),
        ("src/domain/stake.rs", "#[derive(serde::Serialize)]"),
        ("src/domain/stake.rs", "use ::serde::Serialize;"),
        ("src/domain/stake.rs", "use {serde_json::Value, std::fmt};"),
        ("src/domain/stake.rs", "use tokio as runtime;"),
        ("src/domain/stake.rs", "use warp;"),
        ("src/domain/time.rs", "use std::time::{Duration, Instant};"),
        ("src/domain/time.rs", "let now = std::time::SystemTime::now();"),
        ("src/domain/match_.rs", "let id = Uuid::new_v4();"),
        ("src/domain/player.rs", "tracing::info!(\"hello\");"),
        ("src/domain/queue/tests.rs", "use crate::adapters::ManualClock;"),
        ("src/domain/queue/tests.rs", "use serde_json::json;"),
        ("src/domain/player.rs", "use proptest::prelude::*;"),
        ("src/ports/clock.rs", "use crate::adapters::SystemClock;"),
        ("src/ports/clock.rs", "use crate::matchmaking::Matchmaking;"),
        ("src/ports/clock.rs", "tokio::time::sleep(time)"),
        ("src/ports/contract/races.rs", "use crate::adapters::in_memory::InMemoryQueueStore;"),
        ("src/ports/contract/races.rs", "use warp::Filter;"),
        ("src/matchmaking/mod.rs", "use crate::{adapters::ManualClock, domain::Match};"),
        ("src/matchmaking/mod.rs", "fn f() -> hyper::Response<()> {}"),
        ("src/matchmaking/mod.rs", "use serde::Serialize;"),
        ("src/matchmaking/tests.rs", "use warp::Filter;"),
        ("src/adapters/in_memory/queue_store.rs", "use crate::adapters::http::Problem;"),
        ("src/adapters/in_memory/queue_store.rs", "use super::super::websocket::Session;"),
        ("src/adapters/in_memory/queue_store.rs", "tokio::spawn(task)"),
        ("src/adapters/redis/queue_store.rs", "use crate::matchmaking::Matchmaking;"),
        ("src/adapters/redis/queue_store.rs", "use super::super::in_memory::InMemoryQueueStore;"),
        ("src/adapters/redis/queue_store.rs", "let now = std::time::SystemTime::now();"),
        ("src/adapters/redis/audit/state.rs", "use warp::Filter;"),
        ("src/adapters/in_memory/kind.rs", "use crate::adapters::redis::RedisSettings;"),
        ("src/adapters/redis/kind.rs", "use crate::adapters::configuration::Refusal;"),
        ("src/adapters/configuration.rs", "use super::in_memory::InMemory;"),
        ("src/adapters/configuration/store.rs", "use crate::adapters::redis::RedisSettings;"),
        ("src/adapters/configuration/refusal.rs", "line.find(\"redis\")"),
        ("src/adapters/stores.rs", "use super::in_memory::InMemoryQueueStore;"),
        ("src/adapters/store_kind.rs", "use super::redis::RedisSettings;"),
        ("src/adapters/audit.rs", "use super::redis::look;"),
    ];
    let dependencies = dependencies();
    for (path, text) in breaches_planted {
        assert_ne!(breaches(path, text, &dependencies), Vec::<String>::new(), "nothing found in {path}: {text}");
    }
}

#[test]
fn what_is_allowed_is_not_taken_for_a_breach() {
    let harmless = [
        ("src/domain/queue.rs", "//! Nothing here is async, or knows tokio::time or crate::ports."),
        ("src/domain/queue.rs", "let count = 1; // as crate::adapters counts"),
        ("src/domain/stake.rs", "let bytes = text.bytes().all(|byte| bytes.contains(&byte));"),
        ("src/domain/match_.rs", "use uuid::Uuid;"),
        ("src/domain/queue/tests.rs", "use proptest::prelude::*;"),
        ("src/ports/contract/races.rs", "tokio::spawn(task)"),
        ("src/matchmaking/tests/finding.rs", "use crate::{domain::Match, ports::MockQueueStore};"),
        ("src/adapters/http/routes.rs", "use warp::Filter;"),
        ("src/adapters/redis/queue_store.rs", "use redis::AsyncCommands;"),
    ];
    let dependencies = dependencies();
    for (path, text) in harmless {
        assert_eq!(breaches(path, text, &dependencies), Vec::<String>::new(), "in {path}: {text}");
    }
}

#[test]
fn no_source_file_is_too_long_to_be_read_at_once() {
    let long: Vec<_> = sources()
        .into_iter()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > MOST_LINES_OF_A_FILE)
        .collect();
    assert!(long.is_empty(), "more than {MOST_LINES_OF_A_FILE} lines: {long:#?}");
}

#[test]
fn main_fits_on_a_screen() {
    let (_, main) = sources().into_iter().find(|(path, _)| path == "src/main.rs").expect("there is a main");
    let lines = main.lines().count();
    assert!(lines <= MOST_LINES_OF_MAIN, "main has {lines} lines, more than {MOST_LINES_OF_MAIN}");
}

#[test]
fn nothing_is_left_unfinished() {
    for (path, text) in sources() {
        for word in UNFINISHED {
            assert!(!text.contains(word), "{path} holds {word}");
        }
    }
}

/// Each thing in the text that a file at this path must not know.
fn breaches(path: &str, text: &str, dependencies: &[String]) -> Vec<String> {
    let Some(rule) = RULES.iter().find(|rule| path.starts_with(rule.folder)) else { return Vec::new() };
    let of_tests = path.contains("/tests/") || path.ends_with("/tests.rs");
    let allowed = |name: &str| rule.crates.contains(&name) || (of_tests && CRATES_OF_TESTS.contains(&name));
    let code: String = text.lines().map(without_comment).collect::<Vec<_>>().join("\n");
    let words = words(&code);
    let foreign = words.iter().enumerate().filter(|&(index, word)| {
        rule.foreign_layers.contains(word)
            || rule.foreign_words.contains(word)
            || (dependencies.iter().any(|name| name == word) && !allowed(word) && names_a_crate(&words, index))
    });
    foreign.map(|(_, word)| format!("{path} names {word}")).collect()
}

/// A double slash in a string cuts the line short too, which hides nothing that matters.
fn without_comment(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

/// Identifiers whole, `::` as one word, and every other mark by itself.
fn words(code: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_part = |character: char| character.is_alphanumeric() || character == '_';
        let length = if is_part(first) {
            rest.find(|character| !is_part(character)).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        let (word, after) = rest.split_at(length);
        words.push(word);
        rest = after.trim_start();
    }
    words
}

/// A crate's name begins a path or an import; the same word elsewhere is a variable, a field or a method.
fn names_a_crate(words: &[&str], index: usize) -> bool {
    let before = index.checked_sub(1).map(|before| words[before]);
    let imported = matches!(before, Some("use" | "crate"));
    imported || words.get(index + 1) == Some(&"::")
}

/// The crates that the package depends on, in tests too, the way they are named in code.
fn dependencies() -> Vec<String> {
    let manifest = read(&root().join("Cargo.toml"));
    let mut section = "";
    let mut names = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        } else if matches!(section, "[dependencies]" | "[dev-dependencies]") && !line.starts_with('#') {
            names.extend(line.split_once('=').map(|(name, _)| name.trim().replace('-', "_")));
        }
    }
    names
}

/// Every source file of the package, by its path from the package's root.
fn sources() -> Vec<(String, String)> {
    let mut folders = vec![root().join("src"), root().join("tests")];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder can be listed") {
            let path = entry.expect("the folder can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let relative = path.strip_prefix(root()).expect("it was found below the root");
                sources.push((relative.to_string_lossy().replace('\\', "/"), read(&path)));
            }
        }
    }
    sources
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
