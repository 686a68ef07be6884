//! What the server counts itself.

use std::io;

/// The server's metrics at one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServerMetrics(String);

impl ServerMetrics {
    /// What `/metrics` was answered with.
    pub(crate) fn of(body: Vec<u8>) -> io::Result<Self> {
        String::from_utf8(body).map(Self).map_err(io::Error::other)
    }

    /// The number under this name, over all its labels, which the server must know.
    pub(crate) fn get(&self, name: &str) -> io::Result<u64> {
        let series = self.0.lines().filter_map(|line| line.strip_prefix("matchmaker_")?.strip_prefix(name));
        let of_name = series.filter(|rest| rest.starts_with([' ', '{']));
        let numbers = of_name.map(|rest| rest.rsplit(' ').next()?.parse::<u64>().ok());
        numbers
            .reduce(|sum, number| Some(sum? + number?))
            .flatten()
            .ok_or_else(|| io::Error::other(format!("the server does not count {name}")))
    }
}
