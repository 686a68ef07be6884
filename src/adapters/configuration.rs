//! What can be set, by a flag or by the environment variable of the same name.

mod refusal;
#[cfg(test)]
mod tests;
mod values;

use std::{
    ffi::OsString,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use clap::{Command, CommandFactory, FromArgMatches, Parser};

pub use refusal::Refusal;

use super::{in_memory::RepositorySettings, log::LogFormat};
use crate::domain::QueueSettings;

/// Descriptors that are kept free of clients: for the listener, the log, and connections that are being turned away.
const RESERVED_DESCRIPTORS: u64 = 256;

/// What holds for every setting; the end of the help.
const NOTES: &str = "\
Every setting is a flag or an environment variable of the same name: --search-time 5m is SEARCH_TIME=5m. A flag wins.
A duration is written with its unit: 30s, 10m, 1h 30m, 7d; zero may be a plain 0.";

/// Pairs two real players who want the same staked 1v1 skill game, and tells both.
#[derive(Clone, Debug, Parser)]
#[command(name = "matchmaker", version, after_help = NOTES, max_term_width = 100)]
pub struct Configuration {
    /// The port to listen on, for HTTP and WebSocket alike; 0 takes any port that is free.
    ///
    /// Example: --port 8080
    #[arg(long, env, hide_env_values = true, value_name = "PORT", default_value = "5000", value_parser = values::port)]
    port: u16,

    /// The IP address to listen on; 0.0.0.0 listens on every interface, so that other machines can connect.
    ///
    /// Example: --host 0.0.0.0
    #[arg(long, env, hide_env_values = true, value_name = "IP", default_value = "127.0.0.1", value_parser = values::host)]
    host: IpAddr,

    /// How log lines are written to standard output: as text for people, or as one JSON object a line for machines.
    ///
    /// Example: --log-format json
    #[arg(long, env, hide_env_values = true, value_name = "FORMAT", default_value = "text")]
    log_format: LogFormat,

    /// How long a waiting player whose WebSocket closed keeps his place in the queue; 0 takes it at once.
    ///
    /// He keeps it beyond that if he registers again or makes a call within it. At most 10y.
    ///
    /// Example: --disconnect-grace 1m
    #[arg(long, env, hide_env_values = true, value_name = "DURATION", default_value = "30s")]
    #[arg(value_parser = values::duration_from_zero)]
    disconnect_grace: Duration,

    /// How long a waiting player without a WebSocket keeps his place after he last asked or looked.
    ///
    /// With a WebSocket he waits for as long as it lives. From 1s to 10y.
    ///
    /// Example: --search-time 5m
    #[arg(long, env, hide_env_values = true, value_name = "DURATION", default_value = "10m")]
    #[arg(value_parser = values::duration_from_one_second)]
    search_time: Duration,

    /// How long a match may go on before the server finishes it, so that its players are not locked in for ever; 0 sets no
    /// end.
    ///
    /// Zero, or from 1s to 10y.
    ///
    /// Example: --match-lifetime "1h 30m"
    #[arg(long, env, hide_env_values = true, value_name = "DURATION", default_value = "24h")]
    #[arg(value_parser = values::duration_or_none)]
    match_lifetime: Duration,

    /// How long a finished match can still be read. From 1s to 10y.
    ///
    /// Example: --match-retention 15m
    #[arg(long, env, hide_env_values = true, value_name = "DURATION", default_value = "1h")]
    #[arg(value_parser = values::duration_from_one_second)]
    match_retention: Duration,

    /// The most players who may wait at once; past it nobody new can join a queue, while pairing goes on.
    ///
    /// Example: --max-waiting 50000
    #[arg(long, env, hide_env_values = true, value_name = "COUNT", default_value = "1000000")]
    #[arg(value_parser = values::count_from_one)]
    max_waiting: usize,

    /// The most matches that are kept at once; past it finished ones are forgotten early, then no new ones are made.
    ///
    /// Example: --max-matches 100000
    #[arg(long, env, hide_env_values = true, value_name = "COUNT", default_value = "2000000")]
    #[arg(value_parser = values::count_from_one)]
    max_matches: usize,

    /// The most connections that are served at once; one past it is answered 503 and closed.
    ///
    /// At most, and by default, the limit on open files (ulimit -n) less 256.
    ///
    /// Example: --max-connections 10000
    #[arg(long, env, hide_env_values = true, value_name = "COUNT", value_parser = values::count_from_two)]
    max_connections: Option<usize>,
}

impl Configuration {
    /// Reads a program's arguments, the first of which is its name, and its environment.
    ///
    /// # Errors
    ///
    /// [`Refusal::Asked`] for `--help` and `--version`, and [`Refusal::Invalid`] for a value that cannot be.
    pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, Refusal> {
        Self::read_as(Self::command(), arguments)
    }

    fn read_as(mut command: Command, arguments: impl IntoIterator<Item = OsString>) -> Result<Self, Refusal> {
        let arguments: Vec<OsString> = arguments.into_iter().collect();
        command
            .try_get_matches_from_mut(&arguments)
            .and_then(|matches| Self::from_arg_matches(&matches))
            .map_err(|error| Refusal::new(error, &command, &arguments))
    }

    /// Where to listen.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        SocketAddr::new(self.host, self.port)
    }

    /// How to write log lines.
    #[must_use]
    pub const fn log_format(&self) -> LogFormat {
        self.log_format
    }

    /// The times and bounds of the queue.
    #[must_use]
    pub const fn queue_settings(&self) -> QueueSettings {
        QueueSettings {
            disconnect_grace: self.disconnect_grace,
            search_time: self.search_time,
            max_waiting: self.max_waiting,
            max_matches: self.max_matches,
        }
    }

    /// The times and the bound of the match repository.
    #[must_use]
    pub fn repository_settings(&self) -> RepositorySettings {
        RepositorySettings {
            match_lifetime: Some(self.match_lifetime).filter(|lifetime| !lifetime.is_zero()),
            match_retention: self.match_retention,
            max_matches: self.max_matches,
        }
    }

    /// How many connections to serve at once, in a process that may have `descriptor_limit` open files.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] when the descriptor limit allows for fewer than were asked for, or for none to speak of.
    pub fn max_connections(&self, descriptor_limit: u64) -> Result<usize, Refusal> {
        let allowed = usize::try_from(descriptor_limit.saturating_sub(RESERVED_DESCRIPTORS))
            .map_or(values::MAX_COUNT, |allowed| allowed.min(values::MAX_COUNT));
        let wanted = self.max_connections.unwrap_or(allowed).max(values::MIN_CONNECTIONS);
        if wanted <= allowed {
            return Ok(wanted);
        }
        let needed = wanted as u64 + RESERVED_DESCRIPTORS;
        Err(Refusal::Invalid(format!(
            "the limit on open files is {descriptor_limit}, and serving {wanted} connections takes at least {needed}: \
             raise it with ulimit -n {needed}, or lower --max-connections if it is set"
        )))
    }
}
