//! The contract suite, held against adapters that fulfil the ports and against adapters that break one guarantee each.

mod broken;
mod in_memory;
mod naive;
mod redis;
#[path = "../redis_server/mod.rs"]
mod redis_server;
