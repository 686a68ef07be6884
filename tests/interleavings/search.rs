//! Every schedule, depth first, each state once.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    hash::{BuildHasherDefault, Hasher},
    sync::Arc,
};

use crate::{
    canonical::Canon,
    planted::Planted,
    program::Programs,
    step::Step,
    universe::ModelClock,
    violation::Violation,
    world::{Budget, Rules, Setting, World},
};

/// What a search came across.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    /// Distinct states.
    states: usize,
    /// Steps that were taken.
    steps: usize,
    /// Schedules that were run, each to its end or to a state that was seen before.
    schedules: usize,
    /// Distinct states at rest, each of which was brought to its end.
    ends: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { states, steps, schedules, ends } = self;
        write!(formatter, "{schedules} schedules of {steps} steps between {states} states, {ends} of them at rest")
    }
}

/// A schedule that breaks a promise.
#[derive(Debug)]
pub(crate) struct Counterexample {
    pub(crate) violation: Violation,
    pub(crate) history: Vec<String>,
}

impl fmt::Display for Counterexample {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.violation)?;
        self.history.iter().try_for_each(|step| writeln!(formatter, "  {step}"))
    }
}

/// Runs every schedule within the budget.
pub(crate) fn search(rules: Rules, budget: Budget, planted: Option<Planted>) -> Result<Tally, Counterexample> {
    let mut search = Search::new(rules, planted);
    let start = World::new(&mut search.setting, budget);
    search.explore(&start)?;
    Ok(Tally { states: search.seen.len(), ends: search.closed.len(), ..search.tally })
}

/// The stores and calls as they are in one search.
pub(crate) fn setting(rules: Rules, planted: Option<Planted>) -> Setting {
    Setting { clock: Arc::new(ModelClock::default()), programs: Programs::new(planted), rules }
}

struct Search {
    setting: Setting,
    canon: Canon,
    /// The budgets, as [`bit`]s, with which each state was explored.
    seen: HashMap<u64, u32, BuildHasherDefault<AsItIs>>,
    /// The states at rest that were brought to their end, with a fault before it and without.
    closed: HashSet<(u64, bool), BuildHasherDefault<AsItIs>>,
    history: Vec<Step>,
    tally: Tally,
}

impl Search {
    fn new(rules: Rules, planted: Option<Planted>) -> Self {
        Self {
            setting: setting(rules, planted),
            canon: Canon::default(),
            seen: HashMap::default(),
            closed: HashSet::default(),
            history: Vec::new(),
            tally: Tally::default(),
        }
    }

    fn explore(&mut self, world: &World) -> Result<(), Counterexample> {
        let number = self.canon.number(&self.setting, world);
        let explored = self.seen.entry(number).or_default();
        // Whatever a state leads to with a budget, it leads to with a larger one.
        if *explored & bits_of_at_least(world.budget) != 0 {
            self.tally.schedules += 1;
            return Ok(());
        }
        *explored |= bit(world.budget);
        if world.is_at_rest() && self.closed.insert((number, world.faulty)) {
            world.clone().close(&mut self.setting).map_err(|violation| self.counterexample(violation, world))?;
        }
        let steps = world.steps(&mut self.setting);
        self.tally.schedules += usize::from(steps.is_empty());
        for step in steps {
            let mut next = world.clone();
            self.tally.steps += 1;
            self.history.push(step);
            next.take(&mut self.setting, step).map_err(|violation| self.counterexample(violation, world))?;
            self.explore(&next)?;
            self.history.pop();
        }
        Ok(())
    }

    fn counterexample(&mut self, violation: Violation, world: &World) -> Counterexample {
        let budget = Budget { calls: 200, faults: 200, passages: 200, ..world.budget };
        let history = tell(&mut self.setting, budget, &self.history);
        Counterexample { violation, history }
    }
}

/// A history in words.
pub(crate) fn tell(setting: &mut Setting, budget: Budget, history: &[Step]) -> Vec<String> {
    let mut world = World::new(setting, budget);
    let mut told = Vec::new();
    for &step in history {
        told.push(world.tell(setting, step).to_string());
        if world.take(setting, step).is_err() {
            break;
        }
    }
    told
}

/// One bit for each budget there may be.
fn bit(budget: Budget) -> u32 {
    assert!(budget.calls < 8 && budget.faults < 2 && budget.passages < 2, "a search has a small budget");
    1 << (4 * budget.calls + 2 * budget.faults + budget.passages)
}

fn bits_of_at_least(budget: Budget) -> u32 {
    let calls = budget.calls..8;
    let faults = move |calls| (budget.faults..2).map(move |faults| Budget { calls, faults, ..budget });
    let passages = |budget: Budget| (budget.passages..2).map(move |passages| Budget { passages, ..budget });
    calls.flat_map(faults).flat_map(passages).map(bit).sum()
}

/// The numbers of states are well spread already.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only numbers are hashed")
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn write_u8(&mut self, number: u8) {
        self.0 = self.0.rotate_left(1) ^ u64::from(number);
    }
}
