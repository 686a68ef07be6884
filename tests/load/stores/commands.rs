//! What a Redis was told to do, as it counts itself.

use std::ops::{Add, Sub};

use crate::engine::Outcome;

/// How often each kind of command was run. A call of a function and a read of an inbox are a round trip each; every other
/// command that is counted here was run within a function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Commands {
    /// `FCALL`: each is one decision.
    pub(crate) calls: u64,
    /// `XREAD`: each brings what one node has to tell, or nothing after a second.
    pub(crate) reads: u64,
    /// What the functions did. A look at the clock that a node takes each second is among them.
    pub(crate) within: u64,
}

impl Commands {
    /// Reads what `INFO commandstats` says.
    pub(crate) fn of(told: &str) -> Outcome<Self> {
        let mut commands = Self::default();
        for line in told.lines().filter_map(|line| line.strip_prefix("cmdstat_")) {
            let counted = line.split_once(":calls=").and_then(|(name, rest)| Some((name, rest.split(',').next()?)));
            let (name, count) = counted.ok_or_else(|| format!("Redis counts its commands in another way: {line}"))?;
            let kind = match name {
                "fcall" => &mut commands.calls,
                "xread" => &mut commands.reads,
                // This program's own question.
                "info" => continue,
                _ => &mut commands.within,
            };
            *kind += count.parse::<u64>()?;
        }
        Ok(commands)
    }
}

impl Sub for Commands {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            calls: self.calls.saturating_sub(earlier.calls),
            reads: self.reads.saturating_sub(earlier.reads),
            within: self.within.saturating_sub(earlier.within),
        }
    }
}

impl Add for Commands {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { calls: self.calls + other.calls, reads: self.reads + other.reads, within: self.within + other.within }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_counted_by_who_ran_them() {
        let told = "# Commandstats\r\ncmdstat_fcall:calls=30,usec=900,usec_per_call=30.00,rejected_calls=0,failed_calls=0\r\n\
            cmdstat_xread:calls=7,usec=1\r\ncmdstat_info:calls=4,usec=9\r\ncmdstat_hset:calls=50,usec=9\r\n\
            cmdstat_function|load:calls=1,usec=9\r\n";
        let commands = Commands::of(told).expect("it is as Redis writes it");
        assert_eq!(commands, Commands { calls: 30, reads: 7, within: 51 });
        let twice = commands + commands;
        assert_eq!(twice - commands, commands);
        for other in ["cmdstat_fcall:number=30", "cmdstat_fcall:calls=many,usec=1"] {
            Commands::of(other).expect_err("it is written otherwise");
        }
    }
}
