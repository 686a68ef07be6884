//! The values that a setting can have; each error says what would be right.

use std::{net::IpAddr, num::NonZeroU32, str::FromStr, time::Duration};

use ipnet::IpNet;

use warp::http::uri::Authority;

use crate::{
    adapters::edge::Origin,
    domain::{Asset, Game, InvalidAmount, InvalidAsset, Stake},
};

/// The most of anything that can be asked for; far more than fits a machine, and far from every overflow.
pub(super) const MAX_COUNT: usize = 1_000_000_000;

/// The most calls a second that can be told from no limit.
const MAX_CALLS: u32 = 1_000_000;

/// The port of a URL that names none.
const HTTP_PORT: u16 = 80;

/// With one connection no two players could be told of a match.
pub(super) const MIN_CONNECTIONS: usize = 2;

/// Ten years of 365.25 days, as `humantime` counts them.
const MAX_DURATION: Duration = Duration::from_hours(10 * 8_766);

const ONE_SECOND: Duration = Duration::from_secs(1);

pub(super) fn port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| "a port is a whole number from 0 to 65535, such as 5000".into())
}

pub(super) fn host(text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|_| "a host is an IP address, such as 127.0.0.1, 0.0.0.0 or ::1".into())
}

pub(super) fn duration_from_zero(text: &str) -> Result<Duration, String> {
    duration(text, Duration::ZERO)
        .ok_or_else(|| "a duration from 0 to 10y with its unit is needed, such as 30s, 10m or 1h 30m".into())
}

/// Zero would end every ticket or forget every match in the moment it is made.
pub(super) fn duration_from_one_second(text: &str) -> Result<Duration, String> {
    duration(text, ONE_SECOND)
        .ok_or_else(|| "a duration from 1s to 10y with its unit is needed, such as 30s, 10m or 1h 30m".into())
}

pub(super) fn duration_or_none(text: &str) -> Result<Duration, String> {
    duration(text, Duration::ZERO).filter(|duration| duration.is_zero() || *duration >= ONE_SECOND).ok_or_else(|| {
        "a duration from 1s to 10y with its unit is needed, such as 10m, 24h or 1h 30m, or 0 for no end".into()
    })
}

/// A further request may take no less time than the first one has.
pub(super) fn keep_alive(text: &str) -> Result<Duration, String> {
    duration(text, Duration::from_secs(10))
        .filter(|duration| *duration <= Duration::from_hours(1))
        .ok_or_else(|| "a duration from 10s to 1h with its unit is needed, such as 75s or 2m".into())
}

/// Longer than that nobody waits for a server to end.
pub(super) fn drain_delay(text: &str) -> Result<Duration, String> {
    duration(text, Duration::ZERO)
        .filter(|duration| *duration <= Duration::from_hours(1))
        .ok_or_else(|| "a duration from 0 to 1h with its unit is needed, such as 10s".into())
}

fn duration(text: &str, least: Duration) -> Option<Duration> {
    humantime::parse_duration(text).ok().filter(|duration| (least..=MAX_DURATION).contains(duration))
}

/// An address by itself is the network that has it alone.
pub(super) fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    network.map_err(|_| "a proxy is an IP address or a network, such as 10.0.0.7, 10.0.0.0/8 or fd00::/8".into())
}

pub(super) fn calls(text: &str) -> Result<u32, String> {
    text.parse()
        .ok()
        .filter(|calls| *calls <= MAX_CALLS)
        .ok_or_else(|| format!("a whole number from 0 to {MAX_CALLS} is needed, such as 50; 0 sets no limit"))
}

pub(super) fn burst(text: &str) -> Result<NonZeroU32, String> {
    text.parse()
        .ok()
        .filter(|burst: &NonZeroU32| burst.get() <= MAX_CALLS)
        .ok_or_else(|| format!("a whole number from 1 to {MAX_CALLS} is needed, such as 100"))
}

pub(super) fn count_or_none(text: &str) -> Result<usize, String> {
    let refusal = || format!("a whole number from 0 to {MAX_COUNT} is needed, such as 100; 0 sets no bound");
    count(text, 0).map_err(|_| refusal())
}

pub(super) fn count_from_one(text: &str) -> Result<usize, String> {
    count(text, 1)
}

pub(super) fn count_from_two(text: &str) -> Result<usize, String> {
    count(text, MIN_CONNECTIONS)
}

/// Where a server is, as a URL says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ServerUrl {
    /// A name, or an IP address without brackets.
    pub(super) host: String,
    pub(super) port: u16,
}

/// The server knows no path of its own to stand behind, and speaks no TLS.
pub(super) fn server_url(text: &str) -> Result<ServerUrl, String> {
    read_server_url(text).ok_or_else(|| "a URL is http://host:port, such as http://127.0.0.1:5000".into())
}

fn read_server_url(text: &str) -> Option<ServerUrl> {
    let rest = text.strip_prefix("http://")?;
    let authority: Authority = rest.strip_suffix('/').unwrap_or(rest).parse().ok()?;
    let after_host = authority.as_str().strip_prefix(authority.host())?;
    let port = match after_host.strip_prefix(':') {
        None if after_host.is_empty() => HTTP_PORT,
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => port.parse().ok().filter(|port| *port > 0)?,
        None | Some(_) => return None,
    };
    let host = authority.host().trim_matches(['[', ']']);
    (!host.is_empty()).then(|| ServerUrl { host: host.to_owned(), port })
}

pub(super) fn switch(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| "true or false is needed".into())
}

fn count(text: &str, least: usize) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|count| (least..=MAX_COUNT).contains(count))
        .ok_or_else(|| format!("a whole number from {least} to {MAX_COUNT} is needed, such as 10000"))
}

pub(super) fn origin(text: &str) -> Result<Origin, <Origin as FromStr>::Err> {
    text.trim().parse()
}

pub(super) fn game(text: &str) -> Result<Game, String> {
    Game::parse(text.trim()).map_err(|error| error.to_string())
}

pub(super) fn stake(text: &str) -> Result<Stake, String> {
    let (asset, amount) = text.trim().split_once('=').ok_or("an asset and an amount are needed, such as USDT=5")?;
    let asset: Asset = asset.parse().map_err(|error: InvalidAsset| error.to_string())?;
    Stake::parse(asset, amount).map_err(|error| match error {
        InvalidAmount::NotANumber => "an amount is a plain number, such as 20 or 0.5".into(),
        other => other.to_string(),
    })
}
