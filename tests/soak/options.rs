//! What the soak is told to do.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Parser, ValueEnum};

use crate::checker::Rules;

/// Plays against a server, and checks from outside that it keeps what it guarantees.
///
/// Without --address it starts the server itself, on a free port.
#[derive(Clone, Debug, Parser)]
#[command(name = "soak")]
pub(crate) struct Options {
    /// What to do.
    #[arg(long, value_enum, default_value = "play")]
    pub(crate) mode: Mode,

    /// How long to play.
    #[arg(long, value_parser = humantime::parse_duration, default_value = "1m")]
    pub(crate) time: Duration,

    /// How many matches a second.
    #[arg(long, default_value = "500", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) rate: u32,

    /// How many servers, which share a Redis that the soak starts as well; one by itself keeps everything in memory.
    #[arg(long, default_value = "1", conflicts_with = "address", value_parser = clap::value_parser!(u32).range(1..=16))]
    pub(crate) nodes: u32,

    /// How many players; by default as many as the rate, and at least 40.
    #[arg(long)]
    pub(crate) players: Option<u32>,

    /// How many sockets or connections the modes reconnect, crowd, terminate and silence open.
    #[arg(long, default_value = "15000")]
    pub(crate) sockets: u32,

    /// How many requests the mode log makes for each kind of log.
    #[arg(long, default_value = "300000")]
    pub(crate) requests: u32,

    /// A server that runs already; its matches must stay readable for as long as --match-retention says.
    #[arg(long)]
    pub(crate) address: Option<SocketAddr>,

    /// The process of that server, to follow its memory.
    #[arg(long, requires = "address")]
    pub(crate) pid: Option<u32>,

    /// How long the server keeps finished matches.
    #[arg(long, value_parser = humantime::parse_duration, default_value = "10s")]
    pub(crate) match_retention: Duration,

    /// How long a push may take that is to come at once.
    #[arg(long, value_parser = humantime::parse_duration, default_value = "5s")]
    pub(crate) telling_time: Duration,

    /// Where the log of the servers goes that the soak starts; several share the file.
    #[arg(long, default_value = "/dev/null")]
    pub(crate) server_log: PathBuf,

    /// What decides the players' choices.
    #[arg(long, default_value = "1")]
    pub(crate) seed: u64,

    /// Whether the server pairs only players who are connected; for the mode play.
    #[arg(long)]
    pub(crate) pair_only_connected: bool,

    /// How callers show who they are; for the mode play.
    #[arg(long, value_enum, default_value = "off", conflicts_with = "address")]
    pub(crate) auth: Auth,

    /// The program of the server to start; by default the one that was built beside the soak.
    #[arg(long)]
    pub(crate) server: Option<PathBuf>,

    /// Further flags for the server that the soak starts.
    #[arg(last = true, conflicts_with = "address")]
    pub(crate) server_flags: Vec<String>,
}

/// How callers show who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Auth {
    /// Not at all.
    Off,
    /// By tokens, which the soak signs.
    Jwt,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// Players who behave, misbehave and vanish.
    Play,
    /// Sockets that all close at once, half of them by a reset, and all come back at once.
    Reconnect,
    /// HTTP connections, with half a head or kept alive, that all close at once.
    Crowd,
    /// SIGTERM under full load.
    Terminate,
    /// A log that is full, and one that nobody reads, under full load.
    Log,
    /// Sockets that stop reading and answering without a word.
    Silence,
}

impl Options {
    pub(crate) fn players(&self) -> u32 {
        self.players.unwrap_or(self.rate).max(40)
    }

    /// Whether several servers share a Redis.
    pub(crate) const fn on_redis(&self) -> bool {
        self.nodes > 1
    }

    /// What the server's settings make of its promises.
    pub(crate) fn rules(&self) -> Rules {
        Rules {
            retention: self.match_retention,
            telling: self.telling_time,
            pair_only_connected: self.pair_only_connected,
            on_redis: self.on_redis(),
        }
    }
}
