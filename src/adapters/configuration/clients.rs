use std::num::NonZeroU32;

use ipnet::IpNet;

use super::values;
use crate::adapters::{
    edge::{EdgeSettings, Origin},
    rate_limit::Rate,
};

/// Not a comment of its flag, where an address would have to be marked as one for the documentation.
const ORIGINS: &str = "\
An origin whose web pages may call from browsers, and may open a WebSocket. Can be repeated.

With none, no page may read an answer, and a WebSocket's origin is not asked for.

Example: --cors-origin https://play.example.com";

/// Who clients are, and how much each may do.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Clients")]
pub(super) struct ClientFlags {
    /// How many calls a second a player may make, over time; 0 sets no limit. Past it a call is answered 429.
    ///
    /// Example: --rate-limit-player 10
    #[arg(long, env, hide_env_values = true, value_name = "CALLS", default_value = "50", value_parser = values::calls)]
    rate_limit_player: u32,

    /// How many calls a player may make at once, after a rest.
    ///
    /// Example: --rate-limit-player-burst 20
    #[arg(long, env, hide_env_values = true, value_name = "CALLS", default_value = "100", value_parser = values::burst)]
    rate_limit_player_burst: NonZeroU32,

    /// How many requests a second a client's address may make, over time; 0 sets no limit.
    ///
    /// Many players can share an address. An IPv6 address counts with all of its /64. Health and readiness are
    /// free.
    ///
    /// Example: --rate-limit-address 500
    #[arg(long, env, hide_env_values = true, value_name = "CALLS", default_value = "0", value_parser = values::calls)]
    rate_limit_address: u32,

    /// How many requests a client's address may make at once, after a rest.
    ///
    /// Example: --rate-limit-address-burst 2000
    #[arg(long, env, hide_env_values = true, value_name = "CALLS", default_value = "1000", value_parser = values::burst)]
    rate_limit_address_burst: NonZeroU32,

    /// How many connections a client's address may have open; 0 sets no bound. One past it is answered 429 and closed.
    ///
    /// Behind a --trusted-proxy its WebSockets are counted, since the connections are the proxy's.
    ///
    /// Example: --max-connections-per-address 200
    #[arg(long, env, hide_env_values = true, value_name = "COUNT", default_value = "0")]
    #[arg(value_parser = values::count_or_none)]
    max_connections_per_address: usize,

    /// A proxy whose X-Forwarded-For or Forwarded header is believed; an address or a network. Can be repeated.
    ///
    /// Example: --trusted-proxy 10.0.0.0/8
    #[arg(long, env, hide_env_values = true, value_name = "IP", value_delimiter = ',', value_parser = values::network)]
    trusted_proxy: Vec<IpNet>,

    /// An origin whose web pages may call from browsers, and may open a WebSocket. Can be repeated.
    #[arg(long_help = ORIGINS)]
    #[arg(long, env, hide_env_values = true, value_name = "ORIGIN", value_delimiter = ',', value_parser = values::origin)]
    cors_origin: Vec<Origin>,
}

impl ClientFlags {
    /// How often a player may call.
    pub(super) fn calls_of_players(&self) -> Option<Rate> {
        rate(self.rate_limit_player, self.rate_limit_player_burst)
    }

    pub(super) fn edge_settings(&self) -> EdgeSettings {
        EdgeSettings {
            trusted_proxies: self.trusted_proxy.clone(),
            max_connections_per_address: Some(self.max_connections_per_address).filter(|most| *most > 0),
            calls_of_addresses: rate(self.rate_limit_address, self.rate_limit_address_burst),
            origins: self.cors_origin.clone(),
        }
    }
}

fn rate(per_second: u32, burst: NonZeroU32) -> Option<Rate> {
    NonZeroU32::new(per_second).map(|per_second| Rate { per_second, burst })
}
