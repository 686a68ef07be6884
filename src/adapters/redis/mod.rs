//! The stores and the notifier of several nodes that share one Redis.

mod audit;
mod settings;

pub use audit::{AuditSettings, audit};
pub use settings::{RedisSettings, RedisSource, UnusableRedis};
