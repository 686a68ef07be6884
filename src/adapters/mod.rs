//! What fulfils the ports, and what drives the use cases.

pub mod audit;
#[cfg(feature = "testing")]
#[doc(hidden)]
pub mod benchmarking;
pub mod check;
pub mod configuration;
pub mod edge;
#[cfg(feature = "testing")]
pub mod fuzzing;
pub mod http;
pub mod in_memory;
pub mod log;
pub mod metrics;
pub mod rate_limit;
pub mod redis;
pub mod server;
pub mod websocket;

mod authentication;
mod authentication_off;
mod call;
mod connection;
mod descriptor_limit;
mod gate;
mod journal;
mod json;
mod jwt;
#[cfg(any(test, feature = "testing"))]
mod manual_clock;
mod problem;
mod random_match_ids;
mod reload;
mod shutdown;
mod small_file;
mod store_kind;
mod stores;
mod system_clock;
mod upkeep;
mod within;

pub use audit::audit;
pub use authentication::authenticator;
pub use authentication_off::AuthenticationOff;
pub use check::check;
pub use descriptor_limit::{descriptor_limit, raise_descriptor_limit};
pub use gate::Gate;
pub use journal::LoggingJournal;
pub use jwt::{JwtAuthenticator, JwtSettings, UnusableKey};
#[cfg(any(test, feature = "testing"))]
pub use manual_clock::ManualClock;
pub use random_match_ids::RandomMatchIds;
pub use shutdown::Shutdown;
pub use store_kind::{Store, StoreKind, StoreSetting, StoreSource};
pub use stores::{StoreNeeds, Stores};
pub use system_clock::SystemClock;
pub use upkeep::{Upkeep, UpkeepUnderWay};
