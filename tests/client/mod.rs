//! What the soak and the load generator have in common, as clients of a server that they start.

pub(crate) mod head;
pub(crate) mod latency;
pub(crate) mod metrics;
pub(crate) mod process;
