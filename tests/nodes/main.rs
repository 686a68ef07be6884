//! Several servers on one Redis, as processes, seen from outside: players hold their sockets on one node, ask another, and meet
//! opponents on a third, while nodes, Redis and what lies between them fail.

mod checker;
mod cluster;
mod cut_off;
mod deaths;
mod failover;
#[path = "../client/head.rs"]
mod head;
mod http;
mod node;
mod orders;
mod outages;
mod play;
mod proxy;
mod record;
#[path = "../redis_server/mod.rs"]
mod redis_server;
mod rolling;
mod rule;
mod scene;
mod socket;
mod storms;

use std::time::Duration;

/// How long anything that must happen may take; only a failing test ever waits for it.
const PATIENCE: Duration = Duration::from_secs(20);
