use std::time::Duration;

use super::{Refusal, values};
use crate::domain::{Game, QueueSettings, Stake, Terms};

/// How long players wait, how many may, and for what.
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
    disconnect_grace: Duration,

    /// How long a waiting player without a WebSocket keeps his place after he last asked or looked.
    ///
    /// With a WebSocket he waits for as long as it lives. From 1s to 10y.
    ///
    /// Example: --search-time 5m
    #[arg(long, env, hide_env_values = true, value_name = "DURATION", default_value = "10m")]
    #[arg(value_parser = values::duration_from_one_second)]
    search_time: Duration,

    /// The most players who may wait at once; past it nobody new can join a queue, while pairing goes on.
    ///
    /// Example: --max-waiting 50000
    #[arg(long, env, hide_env_values = true, value_name = "COUNT", default_value = "1000000")]
    #[arg(value_parser = values::count_from_one)]
    pub(super) max_waiting: usize,

    /// Pair only players who have a live WebSocket.
    ///
    /// A waiting player without one keeps his place, is passed over, and is paired when he comes back.
    ///
    /// Example: --pair-only-connected
    #[arg(long, env, hide_env_values = true, value_name = "BOOL", default_value = "false")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = values::switch)]
    pair_only_connected: bool,

    /// The games that exist; by default every game does. Can be repeated, or hold several with commas between them.
    ///
    /// Example: --games chess,go
    #[arg(long, env, hide_env_values = true, value_name = "GAME", value_delimiter = ',', value_parser = values::game)]
    games: Vec<Game>,

    /// The least stake in an asset; can be repeated for others.
    ///
    /// Example: --min-stake USDT=5
    #[arg(long, env, hide_env_values = true, value_name = "ASSET=AMOUNT", value_delimiter = ',')]
    #[arg(value_parser = values::stake)]
    min_stake: Vec<Stake>,

    /// The greatest stake in an asset; can be repeated for others.
    ///
    /// Example: --max-stake ETH=0.5
    #[arg(long, env, hide_env_values = true, value_name = "ASSET=AMOUNT", value_delimiter = ',')]
    #[arg(value_parser = values::stake)]
    max_stake: Vec<Stake>,
}

impl QueueFlags {
    pub(super) const fn settings(&self, max_matches: usize) -> QueueSettings {
        QueueSettings {
            disconnect_grace: self.disconnect_grace,
            search_time: self.search_time,
            max_waiting: self.max_waiting,
            max_matches,
            pair_only_connected: self.pair_only_connected,
        }
    }

    pub(super) fn terms(&self) -> Result<Terms, Refusal> {
        let games = (!self.games.is_empty()).then(|| self.games.clone());
        Terms::new(games, self.min_stake.clone(), self.max_stake.clone())
            .map_err(|error| Refusal::Invalid(format!("{error}; see --games, --min-stake and --max-stake")))
    }
}
