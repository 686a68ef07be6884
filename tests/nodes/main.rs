//! Several servers on one Redis, as processes, seen from outside.

#[path = "../redis_server/mod.rs"]
mod redis_server;
