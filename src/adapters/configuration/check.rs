use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use warp::http::Uri;

use super::{Refusal, values};
use crate::adapters::check::CheckSettings;

/// The port of a URL that names none.
const HTTP_PORT: u16 = 80;

/// Asks a running server whether it is ready: exits with 0 if it is, and with 1 and one line on standard error if not.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct CheckFlags {
    /// The server to ask, as `http://host:port`; by default the one that these settings would start, on this machine.
    #[arg(long, value_name = "URL", value_parser = values::server_url)]
    url: Option<Uri>,

    /// How long the whole may take. From 1s to 10y.
    ///
    /// Example: --timeout 2s
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = values::duration_from_one_second)]
    timeout: Duration,
}

impl CheckFlags {
    /// Whom to ask: the server of the URL, or else the one that listens on this address.
    pub(super) fn settings(&self, listening: SocketAddr) -> Result<CheckSettings, Refusal> {
        let (host, port) = match &self.url {
            Some(url) => {
                let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
                (host.to_owned(), url.port_u16().unwrap_or(HTTP_PORT))
            }
            None if listening.port() == 0 => {
                let line = "with port 0 the server listens on a port that only its log tells: name it with --url";
                return Err(Refusal::Invalid(line.to_owned()));
            }
            None => (reachable(listening.ip()).to_string(), listening.port()),
        };
        Ok(CheckSettings { host, port, timeout: self.timeout })
    }
}

/// Where a server that listens on this address can be asked from its own machine.
const fn reachable(listening: IpAddr) -> IpAddr {
    match listening {
        IpAddr::V4(address) if address.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(address) if address.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        address => address,
    }
}
