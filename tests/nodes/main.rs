//! Several servers on one Redis, as processes, seen from outside.

mod proxy;
#[path = "../redis_server/mod.rs"]
mod redis_server;
