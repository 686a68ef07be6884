use std::time::Duration;

use super::values;

/// How long players wait, and how many may.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Queue")]
pub(super) struct QueueFlags {
    /// How long a waiting player whose WebSocket closed keeps his place in the queue; 0 takes it at once.
    ///
    /// He keeps it beyond that if he registers again or makes a call within it. At most 10y.
    ///
    /// Example: --disconnect-grace 1m
    #[arg(long, env, hide_env_values = true, value_name = "DURATION", default_value = "30s")]
    #[arg(value_parser = values::duration_from_zero)]
    pub(super) disconnect_grace: Duration,

    /// How long a waiting player without a WebSocket keeps his place after he last asked or looked.
    ///
    /// With a WebSocket he waits for as long as it lives. From 1s to 10y.
    ///
    /// Example: --search-time 5m
    #[arg(long, env, hide_env_values = true, value_name = "DURATION", default_value = "10m")]
    #[arg(value_parser = values::duration_from_one_second)]
    pub(super) search_time: Duration,

    /// The most players who may wait at once; past it nobody new can join a queue, while pairing goes on.
    ///
    /// Example: --max-waiting 50000
    #[arg(long, env, hide_env_values = true, value_name = "COUNT", default_value = "1000000")]
    #[arg(value_parser = values::count_from_one)]
    pub(super) max_waiting: usize,
}
