//! What can be set, by a flag or by the environment variable of the same name.

mod logging;
mod matches;
mod network;
mod queue;
mod refusal;
#[cfg(test)]
mod tests;
mod values;

use std::ffi::OsString;

use clap::{Command, CommandFactory, FromArgMatches, Parser};

pub use logging::LogSettings;
pub use network::NetworkSettings;
pub use refusal::Refusal;

use matches::MatchFlags;
use queue::QueueFlags;

use super::in_memory::RepositorySettings;
use crate::domain::QueueSettings;

/// What holds for every setting; the end of the help.
const NOTES: &str = "\
Every setting is a flag or an environment variable of the same name: --search-time 5m is SEARCH_TIME=5m. A flag wins.
A duration is written with its unit: 30s, 10m, 1h 30m, 7d; zero may be a plain 0.";

/// Pairs two real players who want the same staked 1v1 skill game, and tells both.
#[derive(Clone, Debug, Parser)]
#[command(name = "matchmaker", version, after_help = NOTES, max_term_width = 100)]
pub struct Configuration {
    /// Where to listen, and to how many.
    #[command(flatten)]
    pub network: NetworkSettings,
    #[command(flatten)]
    queue: QueueFlags,
    #[command(flatten)]
    matches: MatchFlags,
    /// What is logged, and how.
    #[command(flatten)]
    pub log: LogSettings,
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

    /// The times and bounds of the queue.
    #[must_use]
    pub const fn queue_settings(&self) -> QueueSettings {
        QueueSettings {
            disconnect_grace: self.queue.disconnect_grace,
            search_time: self.queue.search_time,
            max_waiting: self.queue.max_waiting,
            max_matches: self.matches.max_matches,
            pair_only_connected: false,
        }
    }

    /// The times and the bound of the match repository.
    #[must_use]
    pub fn repository_settings(&self) -> RepositorySettings {
        RepositorySettings {
            match_lifetime: Some(self.matches.match_lifetime).filter(|lifetime| !lifetime.is_zero()),
            match_retention: self.matches.match_retention,
            max_matches: self.matches.max_matches,
        }
    }
}
