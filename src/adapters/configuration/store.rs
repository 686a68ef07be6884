use std::{convert::Infallible, fmt, path::PathBuf, str::FromStr, sync::Arc};

use clap::Command;

use super::Refusal;
use crate::adapters::{Store, StoreKind, StoreSetting, StoreSource};

const ABOUT_PASSWORDS: &str =
    "Flags can be seen by everybody on the machine: give a password with --store-password-file.";

/// What says where tickets, standings and matches are kept.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Store")]
pub(super) struct StoreFlags {
    // Its help is told by the kinds of store that there are.
    #[arg(long, env, hide_env_values = true, value_name = "STORE")]
    store: Option<Written>,

    /// What the names of everything in the store begin with; --store says what it can be.
    ///
    /// Servers that play together have the same; others can use the same store with another.
    ///
    /// Example: --store-prefix matchmaker-test
    #[arg(long, env, hide_env_values = true, value_name = "PREFIX")]
    store_prefix: Option<String>,

    /// A file that holds the password for the store; one newline at its end is no part of it.
    ///
    /// Example: --store-password-file /run/secrets/store
    #[arg(long, env, hide_env_values = true, value_name = "FILE")]
    store_password_file: Option<PathBuf>,

    /// A PEM file with the authorities that may have signed the certificate of the store.
    ///
    /// By default those that the system trusts; with the file, no others.
    ///
    /// Example: --store-ca-file /etc/matchmaker/store-ca.pem
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
    /// Reads what was given, with its files as they are now, as a store of one of these kinds.
    pub(super) fn read(&self, kinds: &[&dyn StoreKind]) -> Result<Arc<dyn Store>, Refusal> {
        let given = self.store.as_ref().map(|Written(store)| store.as_str());
        let named = given.map_or(kinds.first(), |store| kinds.iter().find(|kind| kind.is_named_by(store)));
        let Some(kind) = named else {
            return Err(Refusal::Invalid(format!("{} is no store: give {}", StoreSetting::Store, written(kinds))));
        };
        let others: Vec<_> = kinds.iter().copied().filter(|other| other.synopsis() != kind.synopsis()).collect();
        let source = StoreSource {
            store: given.unwrap_or_default(),
            prefix: self.store_prefix.as_deref(),
            password_file: self.store_password_file.as_deref(),
            authority_file: self.store_ca_file.as_deref(),
            others: &written(&others),
        };
        kind.read(&source).map_err(Refusal::Invalid)
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
}

/// The flags, with what can be given for `--store` in their help.
pub(super) fn describing(command: Command, kinds: &[&dyn StoreKind]) -> Command {
    let default = kinds.first().map_or("", |kind| kind.synopsis());
    let brief = format!("Where tickets, standings and matches are kept: {}. By default {default}", written(kinds));
    let details: Vec<_> = kinds.iter().map(|kind| kind.help()).collect();
    let long = format!("{brief}.\n\n{ABOUT_PASSWORDS}\n\n{}", details.join("\n\n"));
    let describe = |flags: Command| flags.mut_arg("store", |store| store.help(brief.clone()).long_help(long.clone()));
    describe(command).mut_subcommand("audit", describe)
}

/// How the stores of these kinds are written.
fn written(kinds: &[&dyn StoreKind]) -> String {
    kinds.iter().map(|kind| kind.synopsis()).collect::<Vec<_>>().join(" or ")
}
