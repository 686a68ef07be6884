use super::values;
use crate::adapters::log::{LogFormat, LogLevel};

/// What is logged, and how.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Log")]
pub struct LogSettings {
    /// How log lines are written to standard output: as text for people, or as one JSON object a line for machines.
    ///
    /// Example: --log-format json
    #[arg(long, env, hide_env_values = true, value_name = "FORMAT", default_value = "text")]
    log_format: LogFormat,

    /// How much is logged.
    ///
    /// A running server logs one level more with each SIGUSR1, and this much again with SIGUSR2.
    ///
    /// Example: --log-level debug
    #[arg(long, env, hide_env_values = true, value_name = "LEVEL", default_value = "info")]
    log_level: LogLevel,

    /// Log a line for each request: method, path without the query, status, duration and client address.
    ///
    /// Example: --access-log
    #[arg(long, env, hide_env_values = true, value_name = "BOOL", default_value = "false")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = values::switch)]
    access_log: bool,
}

impl LogSettings {
    /// How to write log lines.
    #[must_use]
    pub const fn format(&self) -> LogFormat {
        self.log_format
    }

    /// How much to log at first.
    #[must_use]
    pub const fn level(&self) -> LogLevel {
        self.log_level
    }

    /// Whether to log every request.
    #[must_use]
    pub const fn access_log(&self) -> bool {
        self.access_log
    }
}
