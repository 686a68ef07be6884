use crate::adapters::log::LogFormat;

/// What is logged, and how.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Log")]
pub struct LogSettings {
    /// How log lines are written to standard output: as text for people, or as one JSON object a line for machines.
    ///
    /// Example: --log-format json
    #[arg(long, env, hide_env_values = true, value_name = "FORMAT", default_value = "text")]
    log_format: LogFormat,
}

impl LogSettings {
    /// How to write log lines.
    #[must_use]
    pub const fn format(&self) -> LogFormat {
        self.log_format
    }
}
