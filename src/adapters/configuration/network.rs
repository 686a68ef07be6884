use std::net::{IpAddr, SocketAddr};

use super::{Refusal, values};

/// Descriptors that are kept free of clients: for the listener, the log, and connections that are being turned away.
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
}

impl NetworkSettings {
    /// Where to listen.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        SocketAddr::new(self.host, self.port)
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
