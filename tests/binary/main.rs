//! The program itself, as an operator starts and stops it.

mod access;
mod audit;
mod check;
#[cfg(target_os = "linux")]
mod descriptors;
mod identity;
mod log;
mod process;
#[path = "../redis_server/mod.rs"]
mod redis_server;
mod settings;
mod signals;
mod store;
mod tls;
