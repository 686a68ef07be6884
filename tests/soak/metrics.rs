//! What all servers count together.

use std::io;

use crate::client::metrics::ServerMetrics;

/// What every server tells of all of them, so that it is the same number everywhere and does not add up; one may have heard of
/// a change that another has not, so the greatest is taken.
const TOLD_OF_ALL: [&str; 3] = ["waiting_players", "active_matches", "connected_players"];

/// The metrics of all servers at one moment, or nearly.
#[derive(Clone, Debug)]
pub(crate) struct Metrics(Vec<ServerMetrics>);

impl Metrics {
    pub(crate) const fn of(servers: Vec<ServerMetrics>) -> Self {
        Self(servers)
    }

    /// The number under this name, over all its labels and all servers, each of which must know it.
    pub(crate) fn get(&self, name: &str) -> io::Result<u64> {
        let numbers = self.0.iter().map(|server| server.get(name)).collect::<io::Result<Vec<u64>>>()?;
        let greatest = numbers.iter().copied().max().unwrap_or_default();
        Ok(if TOLD_OF_ALL.contains(&name) { greatest } else { numbers.iter().sum() })
    }
}
