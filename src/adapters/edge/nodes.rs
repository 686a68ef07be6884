//! What proxies write about those they speak for: `X-Forwarded-For` and `Forwarded` (RFC 7239).
//!
//! Both are read to a list of nodes, from the client to the last proxy, in time linear in the headers' length. A node that
//! is no address (`unknown`, a made-up name, anything broken) is `None`.

use std::{
    borrow::Cow,
    net::{IpAddr, Ipv6Addr},
};

use warp::http::HeaderValue;

/// The nodes in `X-Forwarded-For`; its lines in their order.
pub(super) fn forwarded_for<'h>(lines: impl Iterator<Item = &'h HeaderValue>) -> Vec<Option<IpAddr>> {
    let elements = |line: &'h HeaderValue| line.to_str().unwrap_or("?").split(',').map(trimmed);
    lines.flat_map(elements).filter(|element| !element.is_empty()).map(address).collect()
}

/// The nodes in `Forwarded`; its lines in their order. A line that is not as the standard has it is one node that is no
/// address: where an element ends cannot be told in it.
pub(super) fn forwarded<'h>(lines: impl Iterator<Item = &'h HeaderValue>) -> Vec<Option<IpAddr>> {
    let mut nodes = Vec::new();
    for line in lines {
        let before = nodes.len();
        let read = line.to_str().ok().and_then(|line| read_line(line, &mut nodes));
        if read.is_none() {
            nodes.truncate(before);
            nodes.push(None);
        }
    }
    nodes
}

/// Reads `for=a;by=b, for=c`; `None` where it is not written like that.
fn read_line(line: &str, nodes: &mut Vec<Option<IpAddr>>) -> Option<()> {
    let mut rest = skip_commas(line);
    while !rest.is_empty() {
        let (node, after) = read_element(rest)?;
        nodes.push(node);
        rest = skip_commas(after);
    }
    Some(())
}

/// Past the comma before an element; a list may have empty ones.
fn skip_commas(text: &str) -> &str {
    text.trim_start_matches([',', ' ', '\t'])
}

/// Reads one element: its node, and what follows. An element that does not name its node names none.
fn read_element(text: &str) -> Option<(Option<IpAddr>, &str)> {
    let (mut node, mut named) = (None, false);
    let mut rest = text;
    loop {
        if !rest.starts_with([',', ';']) && !rest.is_empty() {
            let (name, after) = rest.split_once('=')?;
            let (value, after) = read_value(after)?;
            if !name.bytes().all(is_token) || name.is_empty() {
                return None;
            }
            if name.eq_ignore_ascii_case("for") {
                if named {
                    return None;
                }
                (node, named) = (address(&value), true);
            }
            rest = trimmed(after);
        }
        match rest.as_bytes().first() {
            Some(b';') => rest = trimmed(&rest[1..]),
            Some(b',') | None => return Some((node, rest)),
            Some(_) => return None,
        }
    }
}

/// Reads a token or a quoted string at the beginning: it, and what follows.
fn read_value(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.bytes().position(|byte| !is_token(byte)).unwrap_or(text.len());
        let (token, rest) = text.split_at(end);
        return (!token.is_empty()).then_some((Cow::Borrowed(token), rest));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((Cow::Owned(value), &quoted[at + 1..])),
            '\\' => value.push(characters.next()?.1),
            _ => value.push(character),
        }
    }
    None
}

/// What a token is made of, and the signs that addresses need and some proxies forget to quote.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~:[]".contains(&byte)
}

/// An address as proxies write it: with a port or without, IPv6 in brackets or without.
fn address(node: &str) -> Option<IpAddr> {
    let address = node.parse::<IpAddr>().ok().or_else(|| {
        let (host, port) = node.rsplit_once(':').unwrap_or((node, ""));
        if let Some(bracketed) = node.strip_prefix('[') {
            let (host, port) = bracketed.split_once(']')?;
            let port = if port.is_empty() { Some("") } else { port.strip_prefix(':').filter(|port| !port.is_empty()) };
            return host.parse::<Ipv6Addr>().ok().filter(|_| port.is_some_and(is_port)).map(IpAddr::V6);
        }
        let host = host.parse().ok().map(IpAddr::V4);
        host.filter(|_| !port.is_empty() && is_port(port))
    });
    address.map(|address| address.to_canonical())
}

/// A port, or a name that stands for one.
fn is_port(port: &str) -> bool {
    let named = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    port.bytes().all(|byte| byte.is_ascii_digit()) && port.len() <= 5 || port.strip_prefix('_').is_some_and(named)
}

fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(lines: &[&str]) -> Vec<HeaderValue> {
        lines.iter().map(|line| HeaderValue::from_str(line).expect("a header's value")).collect()
    }

    fn written(nodes: Vec<Option<IpAddr>>) -> Vec<String> {
        nodes.into_iter().map(|node| node.map_or_else(|| "?".into(), |node| node.to_string())).collect()
    }

    fn read_forwarded_for(text: &[&str]) -> Vec<String> {
        written(forwarded_for(lines(text).iter()))
    }

    fn read_forwarded(text: &[&str]) -> Vec<String> {
        written(forwarded(lines(text).iter()))
    }

    #[test]
    fn x_forwarded_for_is_a_list_of_addresses() {
        assert_eq!(read_forwarded_for(&[]), [""; 0]);
        assert_eq!(read_forwarded_for(&["203.0.113.7"]), ["203.0.113.7"]);
        assert_eq!(read_forwarded_for(&["1.2.3.4, 5.6.7.8", "9.9.9.9"]), ["1.2.3.4", "5.6.7.8", "9.9.9.9"]);
        assert_eq!(read_forwarded_for(&[" 1.2.3.4 ,\t5.6.7.8,, "]), ["1.2.3.4", "5.6.7.8"]);
        assert_eq!(read_forwarded_for(&["2001:db8::1, ::ffff:1.2.3.4"]), ["2001:db8::1", "1.2.3.4"]);
    }

    #[test]
    fn an_address_can_have_a_port() {
        for (node, address) in [
            ("1.2.3.4:80", "1.2.3.4"),
            ("1.2.3.4:_hidden", "1.2.3.4"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("[::ffff:1.2.3.4]:1", "1.2.3.4"),
        ] {
            assert_eq!(read_forwarded_for(&[node]), [address]);
            assert_eq!(read_forwarded(&[&format!("for=\"{node}\"")]), [address]);
        }
    }

    #[test]
    fn what_is_no_address_is_none() {
        for node in [
            "unknown",
            "_hidden",
            "1.2.3",
            "1.2.3.4:",
            "1.2.3.4:123456",
            "1.2.3.4:x",
            "[1.2.3.4]",
            "[::1",
            "[::1]x",
            "[::1]:",
            "::1]",
            "fe80::1%eth0",
            "01.2.3.4",
            "localhost",
            "1.2.3.4 5.6.7.8",
            "?",
            "[",
            ":",
            "[]",
        ] {
            assert_eq!(read_forwarded_for(&[node]), ["?"], "{node}");
            assert_eq!(read_forwarded(&[&format!("for=\"{node}\"")]), ["?"], "{node}");
        }
        let bytes = [HeaderValue::from_bytes(b"1.2.3.4, \xff").expect("a header's value")];
        assert_eq!(written(forwarded_for(bytes.iter())), ["?"]);
        assert_eq!(written(forwarded(bytes.iter())), ["?"]);
    }

    #[test]
    fn forwarded_is_read_as_the_standard_has_it() {
        for (line, nodes) in [
            ("for=192.0.2.60;proto=http;by=203.0.113.43", vec!["192.0.2.60"]),
            ("For=\"[2001:db8:cafe::17]:4711\"", vec!["2001:db8:cafe::17"]),
            ("for=192.0.2.43, for=198.51.100.17", vec!["192.0.2.43", "198.51.100.17"]),
            ("for=_gazonk", vec!["?"]),
            ("for=unknown, FOR=\"1.2.3.4:80\"", vec!["?", "1.2.3.4"]),
            ("by=1.2.3.4;proto=https", vec!["?"]),
            ("proto=https;for=1.2.3.4", vec!["1.2.3.4"]),
            (" for=1.2.3.4 ; by=_x ,, for=5.6.7.8 ,", vec!["1.2.3.4", "5.6.7.8"]),
            ("for=\"1.2.3\\.4\"", vec!["1.2.3.4"]),
            ("for=1.2.3.4;host=\"a, for=9.9.9.9;x=\\\"\"", vec!["1.2.3.4"]),
            ("for=[2001:db8::1]:80", vec!["2001:db8::1"]),
            ("", vec![]),
        ] {
            assert_eq!(read_forwarded(&[line]), nodes, "{line}");
        }
    }

    #[test]
    fn a_broken_line_is_one_node_that_is_none() {
        for broken in [
            "for=1.2.3.4, for=\"5.6.7.8",
            "for=\", for=1.2.3.4",
            "for=9.9.9.9;x=\", for=\"[2001:db8::1]\"",
            "for=1.2.3.4;for=1.2.3.4",
            "1.2.3.4",
            "for",
            "for=",
            "for =1.2.3.4",
            "=1.2.3.4",
            "for=1.2.3.4 by=_x",
            "for=\"1.2.3.4\"5",
            "for=\"\\",
            "for=a=b",
        ] {
            assert_eq!(
                read_forwarded(&["for=7.7.7.7", broken, "for=8.8.8.8"]),
                ["7.7.7.7", "?", "8.8.8.8"],
                "{broken}"
            );
        }
    }

    fn hostile() -> impl Strategy<Value = Vec<String>> {
        prop::collection::vec(r#"([a-f0-9:.,;=" \\\[\]]|for=|1\.2\.3\.4|unknown){0,40}"#, 0..4)
    }

    proptest! {
        #[test]
        fn anything_is_read_to_nodes(text in hostile()) {
            let text: Vec<&str> = text.iter().map(String::as_str).collect();
            read_forwarded(&text);
            read_forwarded_for(&text);
        }

        /// What a client sends in front never changes what his proxy said of him, unless it spoils the whole line.
        #[test]
        fn what_stands_in_front_cannot_pass_for_what_the_proxy_said(text in hostile(), quoted: bool) {
            let element = if quoted { r#"for="[2001:db8::7]:1234""# } else { "for=198.51.100.7" };
            let line = format!("{}, {element}", text.join(","));
            let last = read_forwarded(&[&line]).pop();
            prop_assert!(matches!(last.as_deref(), Some("?" | "2001:db8::7" | "198.51.100.7")), "{:?}", last);
        }
    }

    /// A quadratic reader would take minutes for these.
    #[test]
    fn the_longest_headers_are_read_at_once() {
        let longest = 1 << 20;
        for part in
            [",", ";", "for=", "for=1.2.3.4,", "for=\"", "for=\"\\\\\",", "[", "a=b;", "for=_;", "\"", "for=1;x=\"\","]
        {
            let line = part.repeat(longest / part.len());
            read_forwarded(&[&line]);
            read_forwarded_for(&[&line]);
        }
    }
}
