//! What the benchmark is told to do.

use std::{env, net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Parser, ValueEnum};

use crate::{
    client::process::server_beside_this_program,
    engine::Outcome,
    stores::store::Sync,
    subject::{Origin, Subject, address_of},
};

/// The longest that one measurement takes, so that no server has too many players.
const LONGEST_TIME: Duration = Duration::from_secs(10);

/// The flags by which the generator finds the servers that it starts.
const TAKEN: [&str; 2] = ["--port", "--host"];

/// Measures the server against a bare route, and prints what it comes to.
///
/// Each measurement starts the programs that it measures, on free ports of this machine, with a log in a temporary folder.
#[derive(Clone, Debug, Parser)]
#[command(name = "load")]
pub(crate) struct Options {
    /// What to measure; everything but Redis by default. Can be several with commas between them.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(crate) only: Vec<Part>,

    /// The server's program; by default the one that was built beside this one.
    #[arg(long)]
    pub(crate) server: Option<PathBuf>,

    /// Another server's program, measured in the same rounds.
    #[arg(long)]
    pub(crate) against: Option<PathBuf>,

    /// The program of the bare route; by default the one that was built beside this one.
    #[arg(long)]
    pub(crate) floor: Option<PathBuf>,

    /// A server that runs already, at http://host:port, instead of a program; for requests and matches. In each
    /// round many thousand players ask there; when it is over they leave, and their matches are finished. A run that breaks off
    /// leaves them there, and finished matches are kept as long as the server keeps any.
    #[arg(long, value_parser = address_of, conflicts_with_all = ["server", "against"])]
    pub(crate) url: Option<SocketAddr>,

    /// The process of that server, to tell the processor time that it takes.
    #[arg(long, requires = "url")]
    pub(crate) pid: Option<u32>,

    /// How often each measurement is repeated; what is told is the median.
    #[arg(long, default_value = "5", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) rounds: u32,

    /// How long one measurement takes calls in a closed loop: 10ms to 10s.
    #[arg(long, default_value = "1500ms", value_parser = time_of_a_measurement)]
    pub(crate) time: Duration,

    /// How many HTTP connections make calls.
    #[arg(long, default_value = "32", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub(crate) connections: u16,

    /// How many pairs of players are connected, each of whom is matched once in a window.
    #[arg(long, default_value = "7500", value_parser = clap::value_parser!(u16).range(100..=9000))]
    pub(crate) pairs: u16,

    /// How many matches are made at a time for the greatest rate.
    #[arg(long, default_value = "64", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub(crate) in_flight: u16,

    /// At which rates latency is measured, in percent of the greatest.
    #[arg(long, default_value = "10,25,50,75,90", value_delimiter = ',')]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=200))]
    pub(crate) rates: Vec<u32>,

    /// The greatest number of waiting tickets, and of stored matches, that is measured.
    #[arg(long, default_value = "1000000", value_parser = clap::value_parser!(u32).range(10_000..=1_000_000))]
    pub(crate) most: u32,

    /// The greatest number of idle sockets that is measured.
    #[arg(long, default_value = "15000", value_parser = clap::value_parser!(u16).range(1000..=18_000))]
    pub(crate) sockets: u16,

    /// How long memory must hold still before it is weighed: longer than an allocator keeps what it does not need; at
    /// most 10s.
    #[arg(long, default_value = "2500ms", value_parser = time_of_stillness)]
    pub(crate) still: Duration,

    /// When the Redis that is started beside memory has on its disk what it writes to its file.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) appendfsync: Sync,

    /// Where the numbers go, for machines.
    #[arg(long, default_value = "target/bench/bench.json")]
    pub(crate) json: PathBuf,

    /// Where the plot of latency over rate goes.
    #[arg(long, default_value = "target/bench/latency.svg")]
    pub(crate) svg: PathBuf,

    /// Further flags for the servers that are started; they count instead of those that a measurement sets.
    #[arg(last = true, conflicts_with = "url")]
    pub(crate) server_flags: Vec<String>,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Requests a second, and what one costs.
    Requests,
    /// Matches a second, what one costs, and how soon both players know.
    Matches,
    /// The memory of a socket, a ticket and a match.
    Memory,
    /// What a call costs when many wait, are connected or were matched.
    Growth,
    /// How soon calls are answered while a crowd's time is over.
    Burst,
    /// How soon a server answers that has just been started, and how large its program is.
    Start,
    /// The same calls with memory and with Redis, on one server and on two. Only where it is asked for, since it needs a program
    /// that nothing else needs.
    Redis,
}

fn time_of_a_measurement(text: &str) -> Result<Duration, String> {
    time_within(text, Duration::from_millis(10))
}

fn time_of_stillness(text: &str) -> Result<Duration, String> {
    time_within(text, Duration::ZERO)
}

fn time_within(text: &str, least: Duration) -> Result<Duration, String> {
    let time = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if time < least || time > LONGEST_TIME {
        return Err(format!("it is {least:?} to {LONGEST_TIME:?}"));
    }
    Ok(time)
}

impl Options {
    /// Whether this is to be measured.
    pub(crate) fn has(&self, part: Part) -> bool {
        if !self.only.is_empty() {
            return self.only.contains(&part);
        }
        part != Part::Redis && (self.url.is_none() || part.takes_any_server())
    }

    /// The servers to measure.
    pub(crate) fn subjects(&self) -> Outcome<Vec<Subject>> {
        let is = |flag: &str, taken| flag.split('=').next() == Some(taken);
        if let Some(taken) = TAKEN.iter().find(|taken| self.server_flags.iter().any(|flag| is(flag, taken))) {
            return Err(format!("{taken} is chosen for each server that is started: leave it out").into());
        }
        let server = |name: &str, program| Subject {
            name: name.to_owned(),
            origin: Origin::Server(program, self.server_flags.clone()),
        };
        if let Some(address) = self.url {
            if let Some(part) = self.only.iter().find(|part| !part.takes_any_server()) {
                return Err(format!("{part:?} starts its servers, and needs --server instead of --url").into());
            }
            return Ok(vec![Subject { name: "server".to_owned(), origin: Origin::Running(address, self.pid) }]);
        }
        let first = self.server.clone().map_or_else(server_beside_this_program, Ok)?;
        let mut subjects = vec![server("server", first)];
        subjects.extend(self.against.clone().map(|program| server("against", program)));
        Ok(subjects)
    }

    /// The bare route.
    pub(crate) fn floor(&self) -> Outcome<Subject> {
        let beside = || env::current_exe().map(|path| path.with_file_name("floor"));
        let program = self.floor.clone().map_or_else(beside, Ok)?;
        Ok(Subject { name: "floor".to_owned(), origin: Origin::Floor(program) })
    }
}

impl Part {
    /// Whether it can be measured on a server that was not started here.
    const fn takes_any_server(self) -> bool {
        matches!(self, Self::Requests | Self::Matches)
    }
}
