use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use super::{Refusal, values, values::ServerUrl};
use crate::adapters::check::CheckSettings;

/// The settings that tell where the server listens; a check hears no other from the environment.
pub(super) const HEARD: [&str; 4] = ["host", "port", "ops_host", "ops_port"];

/// The end of the help.
const NOTES: &str = "\
Without --url it goes by the environment variables HOST, PORT, OPS_HOST and OPS_PORT, as the server does.
The server's own flags stand before the word check: matchmaker --port 8080 check.
It exits with 0 or 1, and with no other code.";

/// Asks a running server whether it is ready: exits with 0 if it is, and with 1 and one line on standard error if not.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = NOTES)]
pub(super) struct CheckFlags {
    /// The server to ask, as `http://host:port`; by default the one that these settings would start, on this machine.
    #[arg(long, value_name = "URL", value_parser = values::server_url)]
    url: Option<ServerUrl>,

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
            Some(ServerUrl { host, port }) => (host.clone(), *port),
            None if listening.port() == 0 => {
                let line = "with port 0 the server listens on a port that only its log tells: name it with --url";
                return Err(Refusal::CannotCheck(line.to_owned()));
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
