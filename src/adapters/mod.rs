//! What fulfils the ports, and what drives the use cases.

pub mod http;
pub mod in_memory;
mod json;
pub mod metrics;
pub mod server;
mod shutdown;
pub mod websocket;

#[cfg(any(test, feature = "testing"))]
mod manual_clock;
mod random_match_ids;
mod system_clock;

#[cfg(any(test, feature = "testing"))]
pub use manual_clock::ManualClock;
pub use random_match_ids::RandomMatchIds;
pub use shutdown::Shutdown;
pub use system_clock::SystemClock;
