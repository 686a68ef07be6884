use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, LazyLock},
};

use warp::http::{HeaderMap, HeaderName, HeaderValue};

use crate::adapters::{
    ManualClock,
    edge::{Edge, EdgeSettings},
    metrics::Metrics,
};

const PROXY: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// An edge that trusts the whole loopback network.
static EDGE: LazyLock<Edge> = LazyLock::new(|| {
    let trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")];
    let settings = EdgeSettings { trusted_proxies, ..EdgeSettings::default() };
    let clock: Arc<ManualClock> = Arc::default();
    Edge::new(settings, &(clock as _), Arc::new(Metrics::new(|| 0)))
});

/// Whatever forwarding headers say, a stranger is who he is, and whom a trusted proxy names stands in what it wrote.
pub(super) fn forwarding(input: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in input.split(|byte| *byte == b'\n') {
        let (name, value) = match line.split_first() {
            Some((b'f', value)) => ("forwarded", value),
            Some((_, value)) => ("x-forwarded-for", value),
            None => continue,
        };
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.append(HeaderName::from_static(name), value);
        }
    }
    assert_eq!(EDGE.client(STRANGER, &headers).address, STRANGER);
    let client = EDGE.client(PROXY, &headers).address;
    // An IPv6 address has many spellings, and an IPv4 address one in each of them.
    if client != PROXY && client.is_ipv4() && !input.contains(&b':') {
        let written = client.to_string();
        let written = written.as_bytes();
        assert!(input.windows(written.len()).any(|part| part == written), "{client} was named by nobody");
    }
}
