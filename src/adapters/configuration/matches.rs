use std::time::Duration;

use super::values;

/// How long matches are played and kept, and how many.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Matches")]
pub(super) struct MatchFlags {
    /// How long a match may go on before the server finishes it, so that its players are not locked in for ever; 0 sets no
    /// end.
    ///
    /// Zero, or from 1s to 10y.
    ///
    /// Example: --match-lifetime "1h 30m"
    #[arg(long, env, hide_env_values = true, value_name = "DURATION", default_value = "24h")]
    #[arg(value_parser = values::duration_or_none)]
    pub(super) match_lifetime: Duration,

    /// How long a finished match can still be read. From 1s to 10y.
    ///
    /// Example: --match-retention 15m
    #[arg(long, env, hide_env_values = true, value_name = "DURATION", default_value = "1h")]
    #[arg(value_parser = values::duration_from_one_second)]
    pub(super) match_retention: Duration,

    /// The most matches that are kept at once; past it finished ones are forgotten early, then no new ones are made.
    ///
    /// Example: --max-matches 100000
    #[arg(long, env, hide_env_values = true, value_name = "COUNT", default_value = "2000000")]
    #[arg(value_parser = values::count_from_one)]
    pub(super) max_matches: usize,
}
