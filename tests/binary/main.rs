//! The program itself, as an operator starts and stops it.

mod identity;
mod log;
mod process;
mod settings;
mod signals;
