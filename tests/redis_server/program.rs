//! The program that is started, whatever it is called here.

use std::{
    io::{self, Write},
    os::unix::process::CommandExt,
    process::{Command, Stdio},
    sync::{Once, OnceLock},
};

/// The least version that has the functions which the store needs.
const LEAST_VERSION: u32 = 7;

/// Under the last name it is in Debian's package `redis-tools`, which, unlike `redis-server`, starts no service: the program
/// looks at the name it is called by.
const NAMES: [&str; 3] = ["redis-server", "valkey-server", "redis-check-rdb"];

/// A program that is a Redis of a version that will do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Program(&'static str);

impl Program {
    /// Looks for one; where there is none, says so, once in a process.
    pub(super) fn find() -> Option<Self> {
        static TOLD: Once = Once::new();
        let found = Self::look();
        if found.is_none() {
            TOLD.call_once(|| {
                // Not by a macro, whose output the test runner keeps to itself when a test passes.
                let tests = env!("CARGO_CRATE_NAME");
                let line = format!(
                    "{tests}: what needs Redis {LEAST_VERSION} or later was left out; tests/redis_server/install installs it\n"
                );
                io::stderr().write_all(line.as_bytes()).expect("standard error takes a line");
            });
        }
        found
    }

    /// Looks for one, and says nothing.
    pub(super) fn look() -> Option<Self> {
        static FOUND: OnceLock<Option<Program>> = OnceLock::new();
        *FOUND.get_or_init(|| NAMES.map(Self).into_iter().find(Self::will_do))
    }

    pub(super) fn command(self) -> Command {
        let mut command = Command::new(self.0);
        if self.0 == NAMES[2] {
            command.arg0(NAMES[0]);
        }
        command
    }

    /// It is there, and says `v=7.0.15` or more.
    fn will_do(&self) -> bool {
        let Ok(output) = self.command().arg("--version").stdin(Stdio::null()).output() else { return false };
        let told = String::from_utf8_lossy(&output.stdout);
        let mut versions = told.split_whitespace().filter_map(|word| word.strip_prefix("v="));
        let major = versions.next().and_then(|version| version.split('.').next()?.parse::<u32>().ok());
        major.is_some_and(|major| major >= LEAST_VERSION)
    }
}
