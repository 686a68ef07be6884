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
    world::{Budget, Setting, World},
};

/// What a search came across.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    /// Distinct states.
    pub(crate) states: usize,
    /// Steps that were taken.
    pub(crate) steps: usize,
    /// Distinct states at rest, each brought to its end.
    pub(crate) ends: usize,
    /// Distinct ways through the states.
    pub(crate) schedules: f64,
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { states, steps, ends, schedules } = self;
        write!(formatter, "{schedules:.3e} schedules, by {steps} steps through {states} states, {ends} of them ends")
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
pub(crate) fn search(budget: Budget, planted: Option<Planted>) -> Result<Tally, Counterexample> {
    let mut search = Search::new(planted);
    let start = World::new(&search.setting, budget, planted != Some(Planted::CopiesTold));
    let schedules = search.explore(&start)?;
    Ok(Tally { schedules, ..search.tally })
}

/// The stores and calls as they are in one search.
pub(crate) fn setting(planted: Option<Planted>) -> Setting {
    Setting { clock: Arc::new(ModelClock::default()), programs: Programs::new(planted) }
}

struct Search {
    setting: Setting,
    canon: Canon,
    /// How many schedules lead on from each state that was seen.
    seen: HashMap<u64, f64, BuildHasherDefault<AsItIs>>,
    closed: HashSet<u64, BuildHasherDefault<AsItIs>>,
    history: Vec<Step>,
    tally: Tally,
}

impl Search {
    fn new(planted: Option<Planted>) -> Self {
        Self {
            setting: setting(planted),
            canon: Canon::default(),
            seen: HashMap::default(),
            closed: HashSet::default(),
            history: Vec::new(),
            tally: Tally::default(),
        }
    }

    fn explore(&mut self, world: &World) -> Result<f64, Counterexample> {
        let number = self.canon.number(&self.setting, world, true);
        if let Some(schedules) = self.seen.get(&number) {
            return Ok(*schedules);
        }
        self.tally.states += 1;
        let mut schedules = 0.0;
        if world.is_at_rest() {
            self.close(world)?;
            schedules += 1.0;
        }
        for step in world.steps(&mut self.setting) {
            let mut next = world.clone();
            self.tally.steps += 1;
            self.history.push(step);
            next.take(&mut self.setting, step).map_err(|violation| self.counterexample(violation, world))?;
            schedules += self.explore(&next)?;
            self.history.pop();
        }
        self.seen.insert(number, schedules);
        Ok(schedules)
    }

    fn close(&mut self, world: &World) -> Result<(), Counterexample> {
        if self.closed.insert(self.canon.number(&self.setting, world, false)) {
            self.tally.ends += 1;
            world.clone().close(&mut self.setting).map_err(|violation| self.counterexample(violation, world))?;
        }
        Ok(())
    }

    fn counterexample(&mut self, violation: Violation, world: &World) -> Counterexample {
        let budget = Budget { calls: 200, faults: 200, passages: 200, ..world.budget };
        let history = tell(&mut self.setting, budget, world.sockets.news_only(), &self.history);
        Counterexample { violation, history }
    }
}

/// A history in words.
pub(crate) fn tell(setting: &mut Setting, budget: Budget, news_only: bool, history: &[Step]) -> Vec<String> {
    let mut world = World::new(setting, budget, news_only);
    let mut told = Vec::new();
    for &step in history {
        told.push(world.tell(setting, step).to_string());
        if world.take(setting, step).is_err() {
            break;
        }
    }
    told
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
}
