//! What fulfils the ports, and what drives the use cases.

pub mod in_memory;

#[cfg(any(test, feature = "testing"))]
mod manual_clock;
mod random_match_ids;
mod system_clock;

#[cfg(any(test, feature = "testing"))]
pub use manual_clock::ManualClock;
pub use random_match_ids::RandomMatchIds;
pub use system_clock::SystemClock;
