//! What a ticket and a match take in Redis, by difference.

use super::{FLAGS, nodes::Nodes, store::Store};
use crate::{
    asking::{Asking, Under},
    closed,
    engine::{Engine, Outcome},
    options::Options,
    places::Places,
    report::{Cell, Table},
    subject::Subject,
    tidying,
};

/// How many there are, unless fewer are asked for: what one takes differs by how full the tables are, and a million would take
/// minutes.
const SIZES: [u32; 3] = [10_000, 30_000, 100_000];

/// Two players for each of ten matches.
const PLAYERS_A_KEY: u32 = 20;

/// How many calls are under way at once.
const LANES: usize = 32;

/// A server on a Redis that is filled.
struct Filled {
    nodes: Nodes,
    engine: Engine,
    asking: Asking,
    empty: u64,
}

impl Filled {
    fn empty(subject: &Subject, under: Under) -> Outcome<Self> {
        // Without a file, which makes no difference to its memory.
        let nodes = Nodes::on(Store::start(None)?, subject, 1, FLAGS)?;
        let mut engine = Engine::connect(Places::by_turns(&nodes.addresses()), LANES)?;
        // So that its connections have what they need, and nothing is left of those who asked.
        let mut visitors = Asking::new(Under::Shared { players: 2, from: 900_000_000 }, 1000);
        visitors.keep_matches();
        closed::run(&mut engine, &mut visitors, None)?;
        visitors.tidy(&mut engine)?;
        let mut filled = Self { nodes, engine, asking: Asking::new(under, 0), empty: 0 };
        filled.asking.keep_matches();
        filled.empty = filled.memory()?;
        Ok(filled)
    }

    fn memory(&self) -> Outcome<u64> {
        self.nodes.store.as_ref().ok_or("there is no Redis")?.memory()
    }

    /// What each of so many takes.
    #[expect(clippy::cast_precision_loss, reason = "memory is told to three digits")]
    fn bytes_of_each(&self, count: u32) -> Outcome<f64> {
        let now = self.memory()?;
        let more = now.checked_sub(self.empty).filter(|more| *more >= u64::from(count));
        let more = more.ok_or_else(|| format!("Redis has {now} bytes with {count}, and {} with none", self.empty))?;
        Ok(more as f64 / f64::from(count))
    }

    fn ask(&mut self, most: u32) -> Outcome<()> {
        self.asking.extend(most);
        closed::run(&mut self.engine, &mut self.asking, None)?;
        self.asking.check_sum()
    }

    fn end(self) -> Outcome<()> {
        drop(self.engine);
        self.nodes.end()
    }
}

pub(super) fn measure(options: &Options, subject: &Subject) -> Outcome<Table> {
    let sizes: Vec<u32> = SIZES.into_iter().filter(|size| *size <= options.most).collect();
    let mut table = Table::new(format!("Redis: bytes each, {}", subject.name), sizes.iter().map(u32::to_string));
    let mut filled = Filled::empty(subject, Under::KeysFrom(0))?;
    let tickets = sizes.iter().map(|&count| {
        filled.ask(count)?;
        filled.nodes.check_stored("players", u64::from(count))?;
        filled.bytes_of_each(count).map(Cell::one)
    });
    table.row("waiting ticket with its key", tickets.collect::<Outcome<Vec<_>>>()?);
    filled.end()?;
    let mut filled = Filled::empty(subject, Under::Shared { players: PLAYERS_A_KEY, from: 0 })?;
    let visited = filled.nodes.stored("matches")?;
    let matches = sizes.iter().map(|&count| {
        filled.ask(2 * count)?;
        tidying::finish(&mut filled.engine, filled.asking.take_matches())?;
        filled.nodes.check_stored("players", 0)?;
        filled.nodes.check_stored("matches", visited + u64::from(count))?;
        filled.bytes_of_each(count).map(Cell::one)
    });
    table.row("finished match", matches.collect::<Outcome<Vec<_>>>()?);
    filled.end()?;
    table.note("used_memory, less that of a Redis on which a server has made matches before; ids of 36 characters");
    table.note("each ticket has a key of its own, ten matches have one; nobody is connected");
    Ok(table)
}
