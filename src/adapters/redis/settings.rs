//! What a Redis is reached by.

#[cfg(test)]
mod tests;
mod url;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use redis::{
    Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisConnectionInfo, RedisError, TlsCertificates,
    io::tcp::TcpSettings,
};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use socket2::TcpKeepalive;

pub(super) use url::is_redis_url;
use url::{RedisUrl, Scheme};

use crate::adapters::{StoreSource, small_file};

/// What the names of all keys begin with, where nothing else is asked for.
const DEFAULT_PREFIX: &str = "matchmaker";

const LONGEST_PREFIX: usize = 64;

/// As long as a URL can carry a password; the longest that Redis itself makes (ACL GENPASS) has 1024 letters.
const MAX_PASSWORD_FILE: u64 = 64 * 1024;

/// A system's whole bundle of authorities is smaller.
const MAX_AUTHORITY_FILE: u64 = 1024 * 1024;

/// How long what was sent may stay unacknowledged before the connection counts as broken.
const UNACKNOWLEDGED: Duration = Duration::from_secs(5);

/// How long a connection is silent before the system asks whether the other side is still there.
const PROBE_AFTER: Duration = Duration::from_secs(5);

/// How long the system waits for an answer before it asks again.
const PROBE_INTERVAL: Duration = Duration::from_secs(2);

/// How often it asks in vain before it gives the connection up.
const PROBES: u32 = 3;

/// Which Redis a store is in, and under which names. Neither `Debug` nor `Display` tells the user or the password.
#[derive(Clone)]
pub struct RedisSettings {
    client: Arc<Client>,
    prefix: Arc<str>,
}

/// Why there is no telling which Redis is meant. One line, which says what would be right and repeats no password.
#[derive(Debug, thiserror::Error)]
pub enum UnusableRedis {
    /// The URL is not one.
    #[error(
        "a Redis is redis://[user[:password]@]host[:port][/database], or the same with rediss:// for TLS, such as \
         redis://127.0.0.1:6379/0; in what was given {0}"
    )]
    Url(&'static str),
    /// The prefix has other characters, or none, or too many.
    #[error("a prefix is 1 to {LONGEST_PREFIX} of letters, digits and _ - . :, such as {DEFAULT_PREFIX}")]
    Prefix,
    /// A password in the URL, and one in a file.
    #[error("the URL has a password, and --store-password-file names another: give one of them, the file rather")]
    TwoPasswords,
    /// A user, and no password for him.
    #[error("the URL has a user without a password: give --store-password-file, or redis://user:password@host")]
    NoPassword,
    /// Authorities for a connection that checks no certificate.
    #[error("--store-ca-file does nothing without TLS: give a rediss:// URL, or no such file")]
    NoTls,
    /// A file that does not hold what it should.
    #[error("the file {} of {flag} {why}", file.display())]
    File {
        /// The flag that names it.
        flag: &'static str,
        /// Where it lies.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// What the library has against it, though it is as it should be.
    #[error("no connection can be made of it: {0}")]
    Library(#[from] RedisError),
}

impl RedisSettings {
    /// Reads what was given, with its files as they are now. Connects to nothing.
    ///
    /// The store is `redis://[user[:password]@]host[:port][/database]`, or the same with `rediss://` for TLS. The port is 6379
    /// and the database 0 if they are not there. In the user and the password `%` begins the two hexadecimal digits of a byte.
    /// The password can stand in a file instead, and one newline at its end is not part of it. The names of all keys begin with
    /// the prefix: 1 to 64 of letters, digits and `_ - . :`, by default `matchmaker`. Without a file of authorities those are
    /// trusted that the system trusts, and with one no others.
    ///
    /// # Errors
    ///
    /// When it contradicts itself, is not as said here, or a file does not hold what it should.
    pub fn read(source: &StoreSource<'_>) -> Result<Self, UnusableRedis> {
        let RedisUrl { scheme, user, password, host, port, database } =
            RedisUrl::parse(source.store).map_err(UnusableRedis::Url)?;
        let prefix = source.prefix.unwrap_or(DEFAULT_PREFIX);
        if !is_prefix(prefix) {
            return Err(UnusableRedis::Prefix);
        }
        let password = match (password, source.password_file) {
            (Some(_), Some(_)) => return Err(UnusableRedis::TwoPasswords),
            (None, None) if user.is_some() => return Err(UnusableRedis::NoPassword),
            (None, Some(file)) => Some(read_file("--store-password-file", file, MAX_PASSWORD_FILE, password_in)?),
            (password, None) => password,
        };
        let mut redis = RedisConnectionInfo::default().set_db(database.into()).set_skip_set_lib_name();
        if let Some(user) = user {
            redis = redis.set_username(user);
        }
        if let Some(password) = password {
            redis = redis.set_password(password);
        }
        let address = match scheme {
            Scheme::Plain if source.authority_file.is_some() => return Err(UnusableRedis::NoTls),
            Scheme::Plain => ConnectionAddr::Tcp(host, port),
            Scheme::Tls => ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None },
        };
        let connection = address.into_connection_info()?.set_redis_settings(redis).set_tcp_settings(tcp_settings());
        let client = match source.authority_file {
            None => Client::open(connection)?,
            Some(file) => {
                read_file("--store-ca-file", file, MAX_AUTHORITY_FILE, |content| trusting(connection, content))?
            }
        };
        Ok(Self { client: client.into(), prefix: prefix.into() })
    }

    /// What the name of every key begins with. It has no braces, so that a hash slot can be named around it.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Opens connections, and has none yet. They send small writes without delay; what stays unacknowledged for 5 s breaks
    /// one, and one that was silent for 5 s is probed.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::clone(&self.client)
    }
}

impl fmt::Display for RedisSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let connection = self.client.get_connection_info();
        let (scheme, host, port) = match connection.addr() {
            ConnectionAddr::TcpTls { host, port, .. } => ("rediss", host, port),
            ConnectionAddr::Tcp(host, port) => ("redis", host, port),
            other => return write!(formatter, "{other}"),
        };
        let database = connection.redis_settings().db();
        if host.contains(':') {
            write!(formatter, "{scheme}://[{host}]:{port}/{database}")
        } else {
            write!(formatter, "{scheme}://{host}:{port}/{database}")
        }
    }
}

impl fmt::Debug for RedisSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "RedisSettings({self}, {})", self.prefix)
    }
}

fn is_prefix(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte);
    (1..=LONGEST_PREFIX).contains(&text.len()) && text.bytes().all(is_part)
}

fn tcp_settings() -> TcpSettings {
    let probes = TcpKeepalive::new().with_time(PROBE_AFTER).with_interval(PROBE_INTERVAL).with_retries(PROBES);
    TcpSettings::default().set_nodelay(true).set_keepalive(probes).set_user_timeout(UNACKNOWLEDGED)
}

fn read_file<T>(
    flag: &'static str,
    file: &Path,
    most: u64,
    meaning: impl FnOnce(&[u8]) -> Result<T, String>,
) -> Result<T, UnusableRedis> {
    let content = small_file::read(file, most).map_err(|error| format!("cannot be read: {error}"));
    content.and_then(|content| meaning(&content)).map_err(|why| UnusableRedis::File {
        flag,
        file: file.to_owned(),
        why,
    })
}

fn password_in(content: &[u8]) -> Result<String, String> {
    let password = str::from_utf8(small_file::without_newline(content));
    match password {
        Ok("") => Err("holds no password: it holds the password and nothing else".to_owned()),
        Ok(password) => Ok(password.to_owned()),
        Err(_) => Err("is no text: it holds the password and nothing else".to_owned()),
    }
}

/// The same connection, to a side whose certificate one of these authorities signed.
fn trusting(connection: ConnectionInfo, authorities: &[u8]) -> Result<Client, String> {
    let needed = "a PEM file with certificates of authorities (BEGIN CERTIFICATE) is needed";
    // A file without any would be taken, and every certificate be refused.
    if CertificateDer::from_pem_slice(authorities).is_err() {
        return Err(format!("does not hold what it should: {needed}"));
    }
    let certificates = TlsCertificates { client_tls: None, root_cert: Some(authorities.to_vec()) };
    Client::build_with_tls(connection, certificates).map_err(|_| format!("holds a broken certificate: {needed}"))
}
