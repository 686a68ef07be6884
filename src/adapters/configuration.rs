//! What can be set, by a flag or by the environment variable of the same name.

mod audit;
mod check;
mod clients;
mod identity;
mod logging;
mod matches;
mod network;
mod queue;
mod refusal;
mod store;
#[cfg(test)]
mod tests;
mod values;

use std::{ffi::OsString, sync::Arc};

use clap::{Arg, Command, CommandFactory, FromArgMatches, Parser, Subcommand};

pub use identity::IdentitySettings;
pub use logging::LogSettings;
pub use network::NetworkSettings;
pub use refusal::Refusal;

use audit::AuditFlags;
use check::CheckFlags;
use clients::ClientFlags;
use matches::MatchFlags;
use queue::QueueFlags;
use store::StoreFlags;

use super::{
    Store, StoreKind, StoreNeeds, audit::AuditSettings, check::CheckSettings, edge::EdgeSettings, metrics::Metrics,
    rate_limit::Rate,
};
use crate::{
    domain::{QueueSettings, Terms},
    ports::{Clock, RepositorySettings},
};

/// What holds for every setting; the end of the help.
const NOTES: &str = "\
Every setting is a flag or an environment variable of the same name: --search-time 5m is SEARCH_TIME=5m. A flag wins.
A duration is written with its unit: 30s, 10m, 1h 30m, 7d; zero may be a plain 0.";

/// Pairs two real players who want the same staked 1v1 skill game, and tells both.
#[derive(Clone, Debug, Parser)]
#[command(name = "matchmaker", version, after_help = NOTES, max_term_width = 100, disable_help_subcommand = true)]
struct Flags {
    #[command(flatten)]
    network: NetworkSettings,
    #[command(flatten)]
    identity: IdentitySettings,
    #[command(flatten)]
    clients: ClientFlags,
    #[command(flatten)]
    queue: QueueFlags,
    #[command(flatten)]
    matches: MatchFlags,
    #[command(flatten)]
    store: StoreFlags,
    #[command(flatten)]
    log: LogSettings,
    #[command(subcommand)]
    instead: Option<Instead>,
}

/// What the program does instead of serving.
#[derive(Clone, Debug, Subcommand)]
enum Instead {
    Check(CheckFlags),
    Audit(AuditFlags),
}

/// What the program was told to do.
#[derive(Clone, Debug)]
pub enum Order {
    /// To serve with these settings.
    Serve(Box<Configuration>),
    /// To ask a running server whether it is ready.
    Check(CheckSettings),
    /// To check what stands in a store.
    Audit(AuditSettings),
}

impl Order {
    /// Reads a program's arguments, the first of which is its name, and its environment. The store is of one of these kinds,
    /// and without `--store` of the first.
    ///
    /// # Errors
    ///
    /// [`Refusal::Asked`] for `--help` and `--version`, and [`Refusal::Invalid`] for a value that cannot be, or for settings
    /// that contradict each other; [`Refusal::CannotCheck`] instead of that for a check, and also when its settings do not
    /// tell where the server listens.
    pub fn read(arguments: impl IntoIterator<Item = OsString>, kinds: &[&dyn StoreKind]) -> Result<Self, Refusal> {
        Self::read_as(Flags::command(), arguments, kinds)
    }

    fn read_as(
        command: Command,
        arguments: impl IntoIterator<Item = OsString>,
        kinds: &[&dyn StoreKind],
    ) -> Result<Self, Refusal> {
        let command = store::describing(command, kinds);
        let arguments: Vec<OsString> = arguments.into_iter().collect();
        // The word may be a flag's value, too: only what has been read tells.
        let holds = |word| arguments.iter().skip(1).any(|argument| argument == word);
        if holds("check") {
            let flags = Flags::read(hearing(command.clone(), &check::HEARD), &arguments).map_err(Refusal::of_check)?;
            if let Some(Instead::Check(check)) = &flags.instead {
                return check.settings(flags.network.probed_address()).map(Self::Check);
            }
        }
        if holds("audit") {
            let flags = Flags::read(hearing(command.clone(), &audit::HEARD), &arguments)?;
            if let Some(Instead::Audit(audit)) = flags.instead {
                let judged_by = flags.queue.settings(flags.matches.max_matches);
                return audit.settings(flags.store, judged_by, kinds).map(Self::Audit);
            }
        }
        let configuration = Configuration::of(Flags::read(command, &arguments)?, kinds)?;
        Ok(Self::Serve(Box::new(configuration)))
    }
}

impl Flags {
    fn read(mut command: Command, arguments: &[OsString]) -> Result<Self, Refusal> {
        command
            .try_get_matches_from_mut(arguments)
            .and_then(|matches| Self::from_arg_matches(&matches))
            .map_err(|error| Refusal::new(error, &command, arguments))
    }
}

/// The settings of a server, which do not contradict each other.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// Where to listen, and to how many.
    pub network: NetworkSettings,
    /// How callers show who they are.
    pub identity: IdentitySettings,
    /// What is logged, and how.
    pub log: LogSettings,
    clients: ClientFlags,
    queue: QueueFlags,
    matches: MatchFlags,
    terms: Terms,
    store: Arc<dyn Store>,
}

impl Configuration {
    fn of(flags: Flags, kinds: &[&dyn StoreKind]) -> Result<Self, Refusal> {
        let Flags { network, identity, clients, queue, matches, store, log, .. } = flags;
        network.validate()?;
        let terms = queue.terms()?;
        let store = store.read(kinds)?;
        Ok(Self { network, identity, log, clients, queue, matches, terms, store })
    }

    /// What clients are let in by.
    #[must_use]
    pub fn edge_settings(&self) -> EdgeSettings {
        self.clients.edge_settings()
    }

    /// How often a player may call; `None` is as often as he likes.
    #[must_use]
    pub fn calls_of_players(&self) -> Option<Rate> {
        self.clients.calls_of_players()
    }

    /// The times and bounds of the queue.
    #[must_use]
    pub const fn queue_settings(&self) -> QueueSettings {
        self.queue.settings(self.matches.max_matches)
    }

    /// The terms on which players may be paired.
    #[must_use]
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// What the stores are opened with.
    #[must_use]
    pub fn store_needs(&self, clock: &Arc<dyn Clock>, metrics: &Arc<Metrics>) -> StoreNeeds {
        StoreNeeds {
            queue: self.queue_settings(),
            matches: self.repository_settings(),
            clock: Arc::clone(clock),
            metrics: Arc::clone(metrics),
        }
    }

    /// Where tickets, standings and matches are kept.
    #[must_use]
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// The times and the bound of the match repository.
    #[must_use]
    pub fn repository_settings(&self) -> RepositorySettings {
        RepositorySettings {
            match_lifetime: Some(self.matches.match_lifetime).filter(|lifetime| !lifetime.is_zero()),
            match_retention: self.matches.match_retention,
            max_matches: self.matches.max_matches,
        }
    }
}

/// The flags, with those variables alone that what is done instead of serving needs: it cannot be wrong about anything else.
/// Its own flags hear none, so that the server's flags, which stand before the word, win over variables.
fn hearing(command: Command, heard: &[&str]) -> Command {
    let deaf = |setting: Arg| setting.env(None::<&str>);
    command
        .mut_args(|setting| if heard.contains(&setting.get_id().as_str()) { setting } else { deaf(setting) })
        .mut_subcommands(|instead| instead.mut_args(deaf))
}
