use std::{error::Error, fmt, path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;

use super::{
    audit::Audit,
    stores::{StoreNeeds, Stores},
};
use crate::domain::QueueSettings;

/// A kind of store that `--store` can name. This is where a further adapter joins: it implements this trait for its kind and
/// [`Store`] for what the kind reads, and is named in the list in `main.rs`; nothing else knows it.
pub trait StoreKind: Sync {
    /// How such a store is written after `--store`: a word, or the parts of a URL.
    fn synopsis(&self) -> &'static str;

    /// What `--help` says of it: where it keeps everything, what the settings beside `--store` are to it, and an example.
    fn help(&self) -> &'static str;

    /// Whether this kind is meant by what was given as `--store`, right or wrong in its details. No two kinds of a list are
    /// meant by the same.
    fn is_named_by(&self, store: &str) -> bool;

    /// Reads what was given, with its files as they are now. Connects to nothing.
    ///
    /// # Errors
    ///
    /// One line that says what is wrong and what would be right, and repeats no password. A setting that would do nothing is
    /// wrong, too.
    fn read(&self, source: &StoreSource<'_>) -> Result<Arc<dyn Store>, String>;
}

/// A store that was named and can be opened. Its `Debug` tells no password.
#[async_trait]
pub trait Store: fmt::Debug + Send + Sync {
    /// Opens it for a server, which runs on what it gives.
    ///
    /// # Errors
    ///
    /// One line that says which store cannot be used now and why, and repeats no password.
    async fn open(&self, needs: StoreNeeds) -> Result<Stores, Box<dyn Error>>;

    /// Checks that what must always hold does, in what stands in it at one moment, by the settings of the servers that use
    /// it. They go on meanwhile, and nothing is changed.
    ///
    /// # Errors
    ///
    /// One line that says which store cannot be audited and why, and repeats no password; also when it takes longer than
    /// `timeout`.
    async fn audit(&self, judged_by: QueueSettings, timeout: Duration) -> Result<Audit, Box<dyn Error>>;
}

/// What an operator gives to say which store is meant. Its `Debug` leaves out what may hold a password.
#[derive(Clone, Copy, Default)]
pub struct StoreSource<'a> {
    /// `--store`. It is empty where that was not given, for which the first kind of the list stands.
    pub store: &'a str,
    /// `--store-prefix`: what the names of everything in the store begin with.
    pub prefix: Option<&'a str>,
    /// `--store-password-file`: a file that holds the password.
    pub password_file: Option<&'a Path>,
    /// `--store-ca-file`: a PEM file with the authorities that may have signed the certificate of the other side.
    pub authority_file: Option<&'a Path>,
    /// How the stores of other kinds are written, for a refusal that advises to take one of them.
    pub others: &'a str,
}

impl StoreSource<'_> {
    /// The first setting beside `--store` that was given.
    #[must_use]
    pub fn given_beside(&self) -> Option<StoreSetting> {
        let given = [
            (self.prefix.is_some(), StoreSetting::Prefix),
            (self.password_file.is_some(), StoreSetting::PasswordFile),
            (self.authority_file.is_some(), StoreSetting::AuthorityFile),
        ];
        given.into_iter().find_map(|(given, setting)| given.then_some(setting))
    }
}

impl fmt::Debug for StoreSource<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("StoreSource")
            .field("prefix", &self.prefix)
            .field("password_file", &self.password_file)
            .field("authority_file", &self.authority_file)
            .finish_non_exhaustive()
    }
}

/// A setting that says which store is meant. It is shown as an operator can set it, by the flag or by the variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreSetting {
    /// Where everything is kept.
    Store,
    /// What the names of everything there begin with.
    Prefix,
    /// The file of the password.
    PasswordFile,
    /// The file of the authorities.
    AuthorityFile,
}

impl fmt::Display for StoreSetting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (flag, variable) = match self {
            Self::Store => ("--store", "STORE"),
            Self::Prefix => ("--store-prefix", "STORE_PREFIX"),
            Self::PasswordFile => ("--store-password-file", "STORE_PASSWORD_FILE"),
            Self::AuthorityFile => ("--store-ca-file", "STORE_CA_FILE"),
        };
        write!(formatter, "{flag} (or {variable} in the environment)")
    }
}
