//! The URL of a Redis. What is wrong with one is told without a piece of it, since any piece may be of the password.

use std::net::{Ipv4Addr, Ipv6Addr};

use percent_encoding::percent_decode_str;

const DEFAULT_PORT: u16 = 6379;

/// The longest name that the domain name system has.
const LONGEST_HOST: usize = 253;

/// The most databases that Redis can be told to have.
const MAX_DATABASE: u32 = i32::MAX.cast_unsigned();

const NO_END: &str =
    "something follows the database: nothing may, and in a password / is written %2F, ? is %3F and # is %23";
const NO_DATABASE: &str = "the database is no whole number from 0 to 2147483647 (in a password / is written %2F)";
const NO_PORT: &str = "the port is no whole number from 1 to 65535 (an IPv6 address stands in brackets)";
const NO_HOST: &str = "the host is no name and no IP address (an IPv6 address stands in brackets)";
const UNESCAPED: &str = "% begins no byte in two hexadecimal digits (in a password % itself is written %25)";

/// Whether the connection is encrypted, and the other side's certificate checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Plain,
    Tls,
}

/// The parts of a URL.
#[derive(PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub(super) struct RedisUrl {
    pub(super) scheme: Scheme,
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    /// A name, or an IP address without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) database: u32,
}

impl RedisUrl {
    /// Gives what is wrong if it is none, in words that follow "in what was given".
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let (scheme, rest) = split_scheme(text).ok_or("the scheme is another, or none")?;
        if rest.contains(['?', '#']) {
            return Err(NO_END);
        }
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        // First, since with an unescaped / in a password the rest is no better, and says less.
        let database = parse_database(database)?;
        let (credentials, address) = match authority.rsplit_once('@') {
            Some((credentials, address)) => (Some(credentials), address),
            None => (None, authority),
        };
        let (user, password) = credentials.map_or(Ok((None, None)), parse_credentials)?;
        let (host, port) = parse_address(address)?;
        Ok(Self { scheme, user, password, host, port, database })
    }
}

/// Whether this is meant as the URL of a Redis, right or wrong.
pub(in super::super) fn is_redis_url(text: &str) -> bool {
    split_scheme(text).is_some()
}

fn split_scheme(text: &str) -> Option<(Scheme, &str)> {
    let schemes = [("redis://", Scheme::Plain), ("rediss://", Scheme::Tls)];
    schemes.into_iter().find_map(|(written, scheme)| Some((scheme, text.strip_prefix(written)?)))
}

fn parse_credentials(text: &str) -> Result<(Option<String>, Option<String>), &'static str> {
    let (user, password) = match text.split_once(':') {
        Some((_, "")) => return Err("a password is announced with : and not there"),
        Some((user, password)) => (user, Some(password)),
        None => (text, None),
    };
    let user = Some(user).filter(|user| !user.is_empty());
    if user.is_none() && password.is_none() {
        return Err("a user is announced with @ and not there");
    }
    Ok((user.map(decoded).transpose()?, password.map(decoded).transpose()?))
}

/// Encoded bytes are decoded once, and have to be text.
fn decoded(text: &str) -> Result<String, &'static str> {
    let is_byte = |digits: &str| digits.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    if !text.split('%').skip(1).all(is_byte) {
        return Err(UNESCAPED);
    }
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map(Into::into).map_err(|_| "the user or the password is no UTF-8")
}

fn parse_address(text: &str) -> Result<(String, u16), &'static str> {
    let (host, port) = if let Some(bracketed) = text.strip_prefix('[') {
        let (host, port) = bracketed.split_once(']').ok_or(NO_HOST)?;
        (host.parse::<Ipv6Addr>().map_err(|_| NO_HOST)?.to_string(), port)
    } else {
        let (host, port) = text.split_at(text.find(':').unwrap_or(text.len()));
        (parse_host(host)?.to_owned(), port)
    };
    let is_wildcard = host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_unspecified()) || host == "::";
    if is_wildcard {
        return Err("the host is a wildcard, which only listens: name one, such as 127.0.0.1");
    }
    let port = match port.strip_prefix(':') {
        None if port.is_empty() => DEFAULT_PORT,
        None => return Err(NO_HOST),
        Some(port) => number(port).and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0).ok_or(NO_PORT)?,
    };
    Ok((host, port))
}

fn parse_host(text: &str) -> Result<&str, &'static str> {
    if text.is_empty() {
        return Err("the host is missing");
    }
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if text.len() <= LONGEST_HOST && text.bytes().all(is_part) { Ok(text) } else { Err(NO_HOST) }
}

fn parse_database(text: &str) -> Result<u32, &'static str> {
    if text.is_empty() {
        return Ok(0);
    }
    number(text).filter(|database| *database <= MAX_DATABASE).ok_or(NO_DATABASE)
}

/// Digits alone, as Rust's own parser also takes a sign.
fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}
