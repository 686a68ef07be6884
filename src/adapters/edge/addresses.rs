use std::net::{IpAddr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net};
use warp::http::{
    HeaderMap,
    header::{FORWARDED, HeaderName},
};

use super::nodes;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Who made a request, as far as it can be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Client {
    /// Never an IPv4 address in IPv6 clothes.
    pub(crate) address: IpAddr,
    /// Whether it came through a trusted proxy.
    pub(crate) by_proxy: bool,
}

/// The proxies whose word on their clients' addresses counts.
pub(super) struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    pub(super) fn new(networks: Vec<IpNet>) -> Self {
        Self(networks.into_iter().map(canonical).collect())
    }

    pub(super) fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Who made a request with these headers that came from `peer`.
    ///
    /// A proxy writes one of the two headers and passes the other one on as the client made it up, and nobody here knows
    /// which. So where both are present they have to agree, or the client is whom the connection comes from.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Client {
        let peer = peer.to_canonical();
        if !self.trusts(peer) {
            return Client { address: peer, by_proxy: false };
        }
        let told = |name, read: fn(_) -> _| {
            headers.contains_key(&name).then(|| self.origin_of(peer, read(headers.get_all(&name).iter())))
        };
        let address = match (told(X_FORWARDED_FOR, nodes::forwarded_for), told(FORWARDED, nodes::forwarded)) {
            (Some(one), Some(other)) if one != other => peer,
            (Some(address), _) | (None, Some(address)) => address,
            (None, None) => peer,
        };
        Client { address, by_proxy: true }
    }

    /// Follows the nodes back to the first that is no trusted proxy; where one is no address, those before it could be
    /// anybody's invention, and the last that was named counts.
    fn origin_of(&self, peer: IpAddr, nodes: Vec<Option<IpAddr>>) -> IpAddr {
        let mut origin = peer;
        for node in nodes.into_iter().rev() {
            let Some(address) = node else { return origin };
            origin = address;
            if !self.trusts(origin) {
                break;
            }
        }
        origin
    }
}

/// An IPv4 network that is written as an IPv6 one is itself.
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(mapped) = network else { return network };
    let address = mapped.addr().to_ipv4_mapped();
    let length = mapped.prefix_len().checked_sub(96);
    address.zip(length).and_then(|(address, length)| Ipv4Net::new(address, length).ok()).map_or(network, IpNet::V4)
}

/// What limits take for one client: an IPv4 address, or the /64 that an IPv6 subscriber has at least for himself.
pub(super) fn block(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    use warp::http::HeaderValue;

    use super::*;

    const PROXY: &str = "10.0.0.1";

    fn proxies() -> TrustedProxies {
        let networks = ["10.0.0.0/8", "2001:db8:1::/48", "::ffff:172.16.0.0/108"];
        TrustedProxies::new(networks.iter().map(|network| network.parse().expect("a network")).collect())
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    /// The client's address, asked from `peer` with these headers.
    fn client(peer: &str, lines: &[(&'static str, &str)]) -> String {
        let lines = lines.iter().map(|(name, value)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header's value"))
        });
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, value);
        }
        proxies().client(ip(peer), &headers).address.to_string()
    }

    fn by_x(value: &str) -> String {
        client(PROXY, &[("x-forwarded-for", value)])
    }

    #[test]
    fn a_peer_that_is_no_trusted_proxy_is_the_client_whatever_it_says() {
        let lines = [("x-forwarded-for", "1.1.1.1"), ("forwarded", "for=1.1.1.1")];
        for (peer, address) in
            [("9.9.9.9", "9.9.9.9"), ("::ffff:9.9.9.9", "9.9.9.9"), ("2001:db8:2::1", "2001:db8:2::1")]
        {
            assert_eq!(client(peer, &lines), address);
            assert!(!proxies().client(ip(peer), &HeaderMap::new()).by_proxy);
        }
    }

    #[test]
    fn a_trusted_proxy_names_the_client() {
        for peer in [PROXY, "::ffff:10.0.0.1", "2001:db8:1::9", "172.31.255.1"] {
            assert_eq!(client(peer, &[("x-forwarded-for", "1.1.1.1")]), "1.1.1.1");
            assert_eq!(client(peer, &[("forwarded", "for=1.1.1.1")]), "1.1.1.1");
            assert!(proxies().client(ip(peer), &HeaderMap::new()).by_proxy);
        }
        assert_eq!(client("172.32.0.1", &[("x-forwarded-for", "1.1.1.1")]), "172.32.0.1");
    }

    #[test]
    fn a_trusted_proxy_that_names_nobody_is_the_client_itself() {
        assert_eq!(client(PROXY, &[]), PROXY);
        assert_eq!(by_x(""), PROXY);
    }

    #[test]
    fn the_rightmost_address_that_is_no_trusted_proxy_counts() {
        assert_eq!(by_x("6.6.6.6, 1.1.1.1"), "1.1.1.1");
        assert_eq!(by_x("6.6.6.6, 1.1.1.1, 10.1.1.1, 10.2.2.2"), "1.1.1.1");
        assert_eq!(by_x("10.1.1.1, 10.2.2.2"), "10.1.1.1");
        let lines = [("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "1.1.1.1, 10.1.1.1")];
        assert_eq!(client(PROXY, &lines), "1.1.1.1");
        let lines = [("forwarded", "for=6.6.6.6"), ("forwarded", "for=\"[2001:db8::1]:1\";by=_x, for=10.1.1.1")];
        assert_eq!(client(PROXY, &lines), "2001:db8::1");
    }

    #[test]
    fn where_a_node_is_no_address_the_last_good_one_counts() {
        assert_eq!(by_x("6.6.6.6, unknown"), PROXY);
        assert_eq!(by_x("6.6.6.6, _x, 10.1.1.1"), "10.1.1.1");
        assert_eq!(client(PROXY, &[("forwarded", "for=6.6.6.6, for=\"")]), PROXY);
        assert_eq!(client(PROXY, &[("forwarded", "for=6.6.6.6, by=1.1.1.1, for=10.1.1.1")]), "10.1.1.1");
    }

    #[test]
    fn two_headers_that_disagree_are_both_not_believed() {
        let both = |x, forwarded| client(PROXY, &[("x-forwarded-for", x), ("forwarded", forwarded)]);
        assert_eq!(both("1.1.1.1", "for=1.1.1.1"), "1.1.1.1");
        assert_eq!(both("6.6.6.6, 1.1.1.1", "for=7.7.7.7, for=1.1.1.1"), "1.1.1.1");
        assert_eq!(both("1.1.1.1", "for=6.6.6.6"), PROXY);
        assert_eq!(both("1.1.1.1", "for=unknown"), PROXY);
        assert_eq!(both("1.1.1.1", ""), PROXY);
    }

    #[test]
    fn limits_take_an_ipv6_client_by_its_network() {
        assert_eq!(block(ip("2001:db8:1:2:3:4:5:6")), ip("2001:db8:1:2::"));
        assert_eq!(block(ip("1.2.3.4")), ip("1.2.3.4"));
    }
}
