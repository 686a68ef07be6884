//! What Redis decides by itself, as one library of functions.

use std::hash::{DefaultHasher, Hash, Hasher};

/// The parts in the order in which each builds on those before it; the clock comes before them all.
const PARTS: [&str; 6] = [
    include_str!("lua/records.lua"),
    include_str!("lua/telling.lua"),
    include_str!("lua/pairings.lua"),
    include_str!("lua/matches.lua"),
    include_str!("lua/queue.lua"),
    include_str!("lua/nodes.lua"),
];

const SERVERS_CLOCK: &str = include_str!("lua/clock.lua");

#[cfg(feature = "testing")]
const STANDING_CLOCK: &str = include_str!("lua/standing_clock.lua");

/// The functions, under a name that tells these from those of another version, so that both can be called while servers are
/// being replaced one after the other.
#[derive(Clone, Debug)]
pub(super) struct Library {
    name: String,
    source: String,
}

impl Library {
    /// With the clock of the server that holds the data.
    pub(super) fn new() -> Self {
        Self::with_clock(SERVERS_CLOCK)
    }

    /// With a clock that a test moves.
    #[cfg(feature = "testing")]
    pub(super) fn with_standing_clock() -> Self {
        Self::with_clock(STANDING_CLOCK)
    }

    fn with_clock(clock: &str) -> Self {
        let functions = [clock, &PARTS.concat()].concat();
        let mut hasher = DefaultHasher::new();
        functions.hash(&mut hasher);
        let name = format!("matchmaker_{:016x}", hasher.finish());
        let source = format!("#!lua name={name}\nlocal LIBRARY = '{name}'\n{functions}");
        Self { name, source }
    }

    /// What the server is given to load.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// What a verb is called by.
    pub(super) fn function(&self, verb: &str) -> String {
        format!("{}_{verb}", self.name)
    }
}
