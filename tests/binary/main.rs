//! The program itself, as an operator starts and stops it.

mod access;
mod check;
#[cfg(target_os = "linux")]
mod descriptors;
mod identity;
mod log;
mod process;
mod settings;
mod signals;
mod store;
