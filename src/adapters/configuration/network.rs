use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use super::{Refusal, values};
use crate::adapters::server::{ListenError, Listeners, ServerSettings};

/// Descriptors that are kept free of clients: for the listeners, the log, operators, and connections that are being turned away.
const RESERVED_DESCRIPTORS: u64 = 256;

/// Where to listen, and to how many.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Network")]
pub struct NetworkSettings {
    /// The port to listen on, for HTTP and WebSocket alike; 0 takes any port that is free.
    ///
    /// Example: --port 8080
    #[arg(long, env, hide_env_values = true, value_name = "PORT", default_value = "5000", value_parser = values::port)]
    port: u16,

    /// The IP address to listen on; 0.0.0.0 listens on every interface, so that other machines can connect.
    ///
    /// Example: --host 0.0.0.0
    #[arg(long, env, hide_env_values = true, value_name = "IP", default_value = "127.0.0.1", value_parser = values::host)]
    host: IpAddr,

    /// The most connections that are served at once; one past it is answered 503 and closed.
    ///
    /// At most, and by default, the limit on open files (ulimit -n) less 256.
    ///
    /// Example: --max-connections 10000
    #[arg(long, env, hide_env_values = true, value_name = "COUNT", value_parser = values::count_from_two)]
    max_connections: Option<usize>,

    /// How long a connection is kept open for its next request.
    ///
    /// Longer than any proxy in front keeps it for reuse, or its clients see errors. From 10s to 1h.
    ///
    /// Example: --keep-alive 2m
    #[arg(long, env, hide_env_values = true, value_name = "DURATION", default_value = "75s")]
    #[arg(value_parser = values::keep_alive)]
    keep_alive: Duration,

    /// How long everything is still served after SIGTERM, while /readyz says 503 already.
    ///
    /// So a load balancer can turn away before connections are refused. A second signal ends it early. At most 1h.
    ///
    /// Example: --drain-delay 15s
    #[arg(long, env, hide_env_values = true, value_name = "DURATION", default_value = "0s")]
    #[arg(value_parser = values::drain_delay)]
    drain_delay: Duration,

    /// A port for /metrics, /healthz and /readyz, which are then not on the public one; 0 takes any port that is free.
    ///
    /// Without it they are on the public port.
    ///
    /// Example: --ops-port 9090
    #[arg(long, env, hide_env_values = true, value_name = "PORT", value_parser = values::port)]
    ops_port: Option<u16>,

    /// The IP address for --ops-port: this machine alone by default, whatever --host is.
    ///
    /// 0.0.0.0 lets others in, as in a container that is probed or scraped from outside; keep strangers from it then.
    ///
    /// Example: --ops-host 0.0.0.0
    #[arg(long, env, hide_env_values = true, value_name = "IP", default_value = "127.0.0.1", value_parser = values::host)]
    #[arg(requires = "ops_port")]
    ops_host: IpAddr,
}

impl NetworkSettings {
    /// Where to listen.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        SocketAddr::new(self.host, self.port)
    }

    /// Where to listen for operators, if that is another port.
    #[must_use]
    pub fn operations_address(&self) -> Option<SocketAddr> {
        self.ops_port.map(|port| SocketAddr::new(self.ops_host, port))
    }

    /// Where the server tells whether it is ready.
    pub(super) fn probed_address(&self) -> SocketAddr {
        self.operations_address().unwrap_or_else(|| self.address())
    }

    /// Refuses one port for both, which no system could open.
    pub(super) fn validate(&self) -> Result<(), Refusal> {
        let port = self.port;
        if port == 0 || self.ops_port != Some(port) || !overlap(self.host, self.ops_host) {
            return Ok(());
        }
        Err(Refusal::Invalid(format!("--port and --ops-port are both {port}: give operators another port, or none")))
    }

    /// Opens the ports.
    ///
    /// # Errors
    ///
    /// When one of them cannot be opened.
    pub fn listen(&self) -> Result<Listeners, ListenError> {
        Listeners::open(self.address(), self.operations_address())
    }

    /// How long to serve everything after the first signal.
    #[must_use]
    pub const fn drain_delay(&self) -> Duration {
        self.drain_delay
    }

    /// How many connections there may be, in a process that may have `descriptor_limit` open files, and how long they live.
    ///
    /// # Errors
    ///
    /// Those of [`max_connections`](Self::max_connections).
    pub fn server_settings(&self, descriptor_limit: u64) -> Result<ServerSettings, Refusal> {
        let max_connections = self.max_connections(descriptor_limit)?;
        Ok(ServerSettings { max_connections, keep_alive: self.keep_alive })
    }

    /// How many connections to serve at once, in a process that may have `descriptor_limit` open files.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] when the descriptor limit allows for fewer than were asked for, or for none to speak of.
    pub fn max_connections(&self, descriptor_limit: u64) -> Result<usize, Refusal> {
        let allowed = usize::try_from(descriptor_limit.saturating_sub(RESERVED_DESCRIPTORS))
            .map_or(values::MAX_COUNT, |allowed| allowed.min(values::MAX_COUNT));
        let wanted = self.max_connections.unwrap_or(allowed).max(values::MIN_CONNECTIONS);
        if wanted <= allowed {
            return Ok(wanted);
        }
        let needed = wanted as u64 + RESERVED_DESCRIPTORS;
        Err(Refusal::Invalid(format!(
            "the limit on open files is {descriptor_limit}, and serving {wanted} connections takes at least {needed}: \
             raise it with ulimit -n {needed}, or lower --max-connections if it is set"
        )))
    }
}

/// Whether somebody who connects to the one could as well mean the other. `0.0.0.0` has every IPv4 address, and `::` has those
/// and the IPv6 ones.
fn overlap(one: IpAddr, other: IpAddr) -> bool {
    let [one, other] = [one, other].map(|host| host.to_canonical());
    let has = |host: IpAddr, address: IpAddr| {
        host == address || host.is_unspecified() && (host.is_ipv6() || address.is_ipv4())
    };
    has(one, other) || has(other, one)
}
