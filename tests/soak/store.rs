//! The Redis that several servers share: a process that the soak starts, with its data in a temporary folder.

use std::{error::Error, fmt, io, path::Path, process::Command};

use crate::{
    redis_server::{Options, RedisServer},
    server::{Usage, usage},
};

/// A Redis that is set as the README has it, but that it writes to the disk once a second: no disk is to be measured.
pub(crate) struct Store {
    redis: RedisServer,
    pid: Option<u32>,
}

/// There is no Redis that could be started, of which a line on standard error has told already.
#[derive(Debug)]
struct NoRedis;

/// Whether nothing could be played for want of a Redis.
pub(crate) fn is_missing(error: &io::Error) -> bool {
    matches!(error.get_ref(), Some(inner) if inner.is::<NoRedis>())
}

impl Store {
    pub(crate) fn start() -> io::Result<Self> {
        let options = Options::default().append_only().with(&["--appendfsync", "everysec"]);
        let redis = RedisServer::start(options).ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, NoRedis))?;
        let told = redis.command(&["INFO", "server"]);
        let pid = told.lines().find_map(|line| line.trim_end().strip_prefix("process_id:")?.parse().ok());
        Ok(Self { redis, pid })
    }

    /// The address as a server takes it.
    pub(crate) fn url(&self) -> String {
        self.redis.url()
    }

    /// What Redis uses now.
    pub(crate) fn usage(&self) -> Option<Usage> {
        usage(self.pid?)
    }

    /// Has the server's program check what stands in the store; what it says of it. Flags are those of the servers by which it
    /// is judged.
    pub(crate) fn audit(&self, program: &Path, flags: &[&str]) -> io::Result<String> {
        let mut command = Command::new(program);
        let output = command.env_clear().args(flags).args(["audit", "--store", &self.url()]).output()?;
        let [said, complained] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
        let said = format!("{}{}", said.trim_end(), complained.trim_end());
        if output.status.success() {
            return Ok(said);
        }
        Err(io::Error::other(format!("the audit ended with {}: {said}", output.status)))
    }
}

impl fmt::Display for NoRedis {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("there is no Redis to be started")
    }
}

impl Error for NoRedis {}
