//! The program itself, as an operator starts and stops it.

mod access;
mod check;
mod log;
mod process;
mod settings;
mod signals;
