//! The server as its clients see it: real sockets on a free port, a clock that only the test moves, and nothing known of
//! its inside.

mod addresses;
mod amounts;
mod bodies;
mod browsers;
mod capacity;
mod clock_jumps;
mod credentials;
mod draining;
mod failures;
mod fair_play;
mod find_match;
mod frames;
mod handshake;
mod identity;
mod limits;
mod manners;
mod matches;
mod metrics;
mod operations;
mod operators;
mod presence;
mod protocol;
mod pushes;
#[path = "../redis_server/mod.rs"]
mod redis_server;
mod registration;
mod request_ids;
mod shutdown;
mod smuggling;
mod standing;
mod storms;
mod support;
mod targets;
mod time_limits;
