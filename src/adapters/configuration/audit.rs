use std::time::Duration;

use super::{Refusal, store::StoreFlags, values};
use crate::{
    adapters::{StoreKind, audit::AuditSettings},
    domain::QueueSettings,
};

/// The settings that tell where the store is, and by which of them it can be judged; an audit hears no other from the
/// environment.
pub(super) const HEARD: [&str; 6] =
    ["store", "store_prefix", "store_password_file", "store_ca_file", "max_waiting", "max_matches"];

/// The end of the help.
const NOTES: &str = "\
Without a flag it goes by STORE, STORE_PREFIX, STORE_PASSWORD_FILE and STORE_CA_FILE, as the server does, and always by
MAX_WAITING and MAX_MATCHES; those flags, as the server's own, stand before the word audit.
It exits with 0 if everything holds, with 1 if it found something, and with 2 if it could not look.";

/// Reads what stands in a store at one moment and checks that what must always hold does: exits with 0 and one line if it
/// does, and with 1 and one line for each thing that does not.
///
/// Servers go on meanwhile; nothing is changed.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = NOTES)]
pub(super) struct AuditFlags {
    #[command(flatten)]
    store: StoreFlags,

    /// How long the whole may take. From 1s to 10y.
    ///
    /// Example: --timeout 10m
    #[arg(long, value_name = "DURATION", default_value = "1m", value_parser = values::duration_from_one_second)]
    timeout: Duration,
}

impl AuditFlags {
    /// What to look at: what these flags say, and where they say nothing the server's.
    pub(super) fn settings(
        self,
        store_of_server: StoreFlags,
        judged_by: QueueSettings,
        kinds: &[&dyn StoreKind],
    ) -> Result<AuditSettings, Refusal> {
        let store = self.store.or(store_of_server).read(kinds)?;
        Ok(AuditSettings { store, judged_by, timeout: self.timeout })
    }
}
