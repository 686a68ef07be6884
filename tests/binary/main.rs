//! The program itself, as an operator starts and stops it.

mod log;
mod process;
mod settings;
mod signals;
