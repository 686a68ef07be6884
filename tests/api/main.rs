//! The server as its clients see it: real sockets on a free port, a clock that only the test moves, and nothing known of
//! its inside.

mod amounts;
mod bodies;
mod capacity;
mod credentials;
mod failures;
mod find_match;
mod frames;
mod handshake;
mod identity;
mod manners;
mod matches;
mod operations;
mod presence;
mod protocol;
mod pushes;
mod registration;
mod shutdown;
mod standing;
mod storms;
mod support;
mod targets;
