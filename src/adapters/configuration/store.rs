use std::{convert::Infallible, fmt, path::PathBuf, str::FromStr};

use super::Refusal;
use crate::adapters::redis::{RedisSettings, RedisSource, UnusableRedis};

/// The store that needs nothing else, and ends with the process.
const MEMORY: &str = "memory";

/// Not a comment of its flag, where an address would have to be marked as one for the documentation.
const STORES: &str = "\
Where tickets, standings and matches are kept: memory, or a Redis that several servers share. By default memory.

A Redis is redis://[user[:password]@]host[:port][/database], or the same with rediss:// for TLS. Flags can be seen by \
everybody on the machine: give a password with --store-password-file.

Example: --store redis://127.0.0.1:6379/0";

/// Where tickets, standings and matches are kept.
#[derive(Clone, Debug)]
pub enum StoreSettings {
    /// In the memory of this process.
    Memory,
    /// In a Redis that several processes share.
    Redis(RedisSettings),
}

/// What says where they are kept.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Store")]
pub(super) struct StoreFlags {
    /// Where tickets, standings and matches are kept: memory, or a Redis that several servers share.
    #[arg(long_help = STORES)]
    #[arg(long, env, hide_env_values = true, value_name = "STORE")]
    store: Option<Written>,

    /// What the names of all keys in Redis begin with: 1 to 64 of letters, digits and _ - . :, by default matchmaker.
    ///
    /// Servers that play together have the same; others can use the same Redis with another.
    ///
    /// Example: --store-prefix matchmaker-test
    #[arg(long, env, hide_env_values = true, value_name = "PREFIX")]
    store_prefix: Option<String>,

    /// A file that holds the password for Redis; one newline at its end is no part of it.
    ///
    /// Example: --store-password-file /run/secrets/redis
    #[arg(long, env, hide_env_values = true, value_name = "FILE")]
    store_password_file: Option<PathBuf>,

    /// A PEM file with the authorities that may have signed the certificate of a rediss:// store.
    ///
    /// By default those that the system trusts; with the file, no others.
    ///
    /// Example: --store-ca-file /etc/matchmaker/redis-ca.pem
    #[arg(long, env, hide_env_values = true, value_name = "FILE")]
    store_ca_file: Option<PathBuf>,
}

/// What was written for a store. It may hold a password, so it is read when it can be refused in words of our own: the
/// parser of the flags would repeat it.
#[derive(Clone)]
struct Written(String);

impl FromStr for Written {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Written {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Written(…)")
    }
}

impl StoreFlags {
    /// Reads what was given, with its files as they are now.
    pub(super) fn settings(&self) -> Result<StoreSettings, Refusal> {
        let Some(Written(url)) = self.store.as_ref().filter(|store| store.0 != MEMORY) else {
            return self.first_about_redis().map_or(Ok(StoreSettings::Memory), |(flag, variable)| {
                Err(Refusal::Invalid(format!(
                    "{flag} (or {variable} in the environment) does nothing with --store memory: give --store redis://… \
                     too, or neither"
                )))
            });
        };
        let source = RedisSource {
            url,
            prefix: self.store_prefix.as_deref(),
            password_file: self.store_password_file.as_deref(),
            authority_file: self.store_ca_file.as_deref(),
        };
        RedisSettings::read(&source).map(StoreSettings::Redis).map_err(|error| Refusal::Invalid(refused(&error)))
    }

    /// These flags, and for each that was not given the one of `others`.
    pub(super) fn or(self, others: Self) -> Self {
        Self {
            store: self.store.or(others.store),
            store_prefix: self.store_prefix.or(others.store_prefix),
            store_password_file: self.store_password_file.or(others.store_password_file),
            store_ca_file: self.store_ca_file.or(others.store_ca_file),
        }
    }

    /// A setting that was given and is about Redis, by its flag and its variable.
    fn first_about_redis(&self) -> Option<(&'static str, &'static str)> {
        let given = [
            (self.store_prefix.is_some(), ("--store-prefix", "STORE_PREFIX")),
            (self.store_password_file.is_some(), ("--store-password-file", "STORE_PASSWORD_FILE")),
            (self.store_ca_file.is_some(), ("--store-ca-file", "STORE_CA_FILE")),
        ];
        given.into_iter().find_map(|(given, names)| given.then_some(names))
    }
}

fn refused(error: &UnusableRedis) -> String {
    match error {
        UnusableRedis::Url(_) => {
            format!("--store (or STORE in the environment) is neither memory nor a Redis: {error}")
        }
        UnusableRedis::Prefix => format!("--store-prefix (or STORE_PREFIX in the environment) is none: {error}"),
        other => other.to_string(),
    }
}
