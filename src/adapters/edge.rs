//! Where clients come from: whose address counts, how many connections and calls an address may have, and which web pages
//! may call at all.

mod addresses;
mod connections;
mod nodes;
mod origins;

use std::{net::IpAddr, sync::Arc};

pub(crate) use addresses::Client;
use addresses::{TrustedProxies, block};
pub(crate) use connections::AddressPlace;
use connections::ConnectionsByAddress;
use ipnet::IpNet;
pub use origins::{InvalidOrigin, Origin};
pub(crate) use origins::{Origins, Page};
use warp::http::HeaderMap;

use super::{
    metrics::{Limit, Metrics},
    problem::{Code, Problem},
    rate_limit::{Rate, RateLimit, TooOften},
};
use crate::ports::Clock;

/// What clients are let in by; by default all of them.
#[derive(Clone, Debug, Default)]
pub struct EdgeSettings {
    /// Whose word counts on who a client is.
    pub trusted_proxies: Vec<IpNet>,
    /// How many connections an address may have at once; `None` sets no bound.
    pub max_connections_per_address: Option<usize>,
    /// How often an address may call; `None` sets no bound.
    pub calls_of_addresses: Option<Rate>,
    /// The web pages that may call; with none there are no rules for web pages.
    pub origins: Vec<Origin>,
}

/// Lets clients in, by their address and their origin.
pub struct Edge {
    proxies: TrustedProxies,
    connections: ConnectionsByAddress,
    calls: RateLimit,
    origins: Origins,
    metrics: Arc<Metrics>,
}

impl Edge {
    /// Lets clients in by these settings and this clock.
    #[must_use]
    pub fn new(settings: EdgeSettings, clock: &Arc<dyn Clock>, metrics: Arc<Metrics>) -> Self {
        let EdgeSettings { trusted_proxies, max_connections_per_address, calls_of_addresses, origins } = settings;
        Self {
            proxies: TrustedProxies::new(trusted_proxies),
            connections: ConnectionsByAddress::new(max_connections_per_address),
            calls: RateLimit::new(calls_of_addresses, clock),
            origins: Origins::new(origins),
            metrics,
        }
    }

    /// Lets a connection in. A trusted proxy has as many as it needs: its clients are counted by their sockets.
    pub(crate) fn admit_connection(&self, peer: IpAddr) -> Result<Option<AddressPlace>, Problem> {
        let peer = peer.to_canonical();
        if self.proxies.trusts(peer) { Ok(None) } else { self.place(peer) }
    }

    /// Who made a request that came from `peer`.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Client {
        self.proxies.client(peer, headers)
    }

    /// Counts a client's call.
    pub(crate) fn admit_call(&self, client: Client) -> Result<(), Problem> {
        let checked = self.calls.check(block(client.address));
        checked.map_err(|TooOften { wait }| {
            self.metrics.limit_hit(Limit::AddressRate);
            Problem::rate_limited("this address", wait)
        })
    }

    /// Lets a client's WebSocket in, if web pages of its origin may have one. A client that is connected directly has its
    /// place already.
    pub(crate) fn admit_socket(&self, client: Client, headers: &HeaderMap) -> Result<Option<AddressPlace>, Problem> {
        if matches!(self.origins.page(headers), Page::Foreign) {
            return Err(Problem::new(Code::ForbiddenOrigin, "web pages of this origin may open no WebSocket here"));
        }
        if client.by_proxy { self.place(client.address) } else { Ok(None) }
    }

    /// The web pages that may call.
    pub(crate) const fn origins(&self) -> &Origins {
        &self.origins
    }

    fn place(&self, address: IpAddr) -> Result<Option<AddressPlace>, Problem> {
        self.connections.place(block(address)).map_err(|_| {
            self.metrics.limit_hit(Limit::AddressConnections);
            Problem::too_many_connections()
        })
    }
}
