use std::{net::Ipv6Addr, str::FromStr};

use warp::http::{HeaderMap, HeaderValue, header::ORIGIN};

/// A web origin, written the way browsers write it in the `Origin` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(HeaderValue);

/// The text is no origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an origin is scheme://host or scheme://host:port and nothing more, such as https://play.example.com")]
pub struct InvalidOrigin;

impl FromStr for Origin {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let text = text.to_ascii_lowercase();
        let (scheme, authority) = text.split_once("://").ok_or(InvalidOrigin)?;
        let in_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        if !scheme.starts_with(|first: char| first.is_ascii_lowercase()) || !scheme.bytes().all(in_scheme) {
            return Err(InvalidOrigin);
        }
        let colon = authority.rfind(':').filter(|colon| !authority[*colon..].contains(']'));
        let (host, port) = authority.split_at(colon.unwrap_or(authority.len()));
        let host = read_host(host).ok_or(InvalidOrigin)?;
        let port = port.strip_prefix(':').map(read_port).transpose()?;
        // Browsers leave out the port that goes without saying.
        let port = port.filter(|port| !matches!((scheme, port), ("http" | "ws", 80) | ("https" | "wss", 443)));
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        HeaderValue::try_from(format!("{scheme}://{host}{port}")).map(Self).map_err(|_| InvalidOrigin)
    }
}

fn read_host(host: &str) -> Option<String> {
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().ok().map(|address| format!("[{address}]"));
    }
    let in_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    (!host.is_empty() && host.bytes().all(in_host)).then(|| host.to_owned())
}

fn read_port(port: &str) -> Result<u16, InvalidOrigin> {
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    port.parse().ok().filter(|port| digits && *port > 0).ok_or(InvalidOrigin)
}

/// The origins whose web pages may call.
pub(crate) struct Origins(Vec<Origin>);

/// What web page a request comes from.
pub(crate) enum Page {
    /// None that there are rules for: a program, an app, or any page while no origins are configured.
    None,
    /// One that may call.
    Listed(HeaderValue),
    /// One that may not, or that does not say which.
    Foreign,
}

impl Origins {
    pub(super) const fn new(origins: Vec<Origin>) -> Self {
        Self(origins)
    }

    /// Whether there are rules for web pages.
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The page that a request with these headers comes from.
    pub(crate) fn page(&self, headers: &HeaderMap) -> Page {
        let mut told = headers.get_all(ORIGIN).iter();
        match (told.next(), told.next()) {
            (None, _) => Page::None,
            _ if self.is_empty() => Page::None,
            (Some(told), None) => {
                let listed = self.0.iter().find(|Origin(origin)| origin == told);
                // Ours, since the request's would keep its buffer alive.
                listed.map_or(Page::Foreign, |Origin(origin)| Page::Listed(origin.clone()))
            }
            (Some(_), Some(_)) => Page::Foreign,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for (text, written) in [
            ("https://play.example.com", "https://play.example.com"),
            ("HTTPS://Play.Example.COM:443", "https://play.example.com"),
            ("http://localhost:80", "http://localhost"),
            ("http://localhost:443", "http://localhost:443"),
            ("http://127.0.0.1:03000", "http://127.0.0.1:3000"),
            ("http://[2001:DB8:0:0::1]:8080", "http://[2001:db8::1]:8080"),
            ("https://[::1]", "https://[::1]"),
            ("capacitor://localhost", "capacitor://localhost"),
            ("chrome-extension://abc", "chrome-extension://abc"),
        ] {
            let origin: Origin = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(origin.0, written);
        }
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for text in [
            "",
            "*",
            "null",
            "play.example.com",
            "//play.example.com",
            "https:play.example.com",
            "https://",
            "https://play.example.com/",
            "https://play.example.com/path",
            "https://play.example.com?x",
            "https://user@play.example.com",
            "https://*.example.com",
            "https://play.example.com:",
            "https://play.example.com:0",
            "https://play.example.com:65536",
            "https://play.example.com:+80",
            "https://play.example.com:http",
            "https://:443",
            "https://[::1",
            "https://[1.2.3.4]",
            "https://::1",
            "https://münchen.example",
            "https://a b",
            "1https://a",
            "https://a,https://b",
            "https://a\n",
        ] {
            assert_eq!(text.parse::<Origin>(), Err(InvalidOrigin), "{text}");
        }
    }
}
