//! Larger histories, at random from a seed that is printed and can be given again.

use crate::{
    search::{Counterexample, setting, tell},
    step::Step,
    world::{Budget, Rules, Setting, World},
};

/// Runs `count` histories, each from a seed of its own, the first of which is given. Answers how many steps they took.
pub(crate) fn wander(rules: Rules, budget: Budget, seed: u64, count: u64) -> Result<usize, Counterexample> {
    let mut steps = 0;
    for seed in seed..seed + count {
        // A new tree of programs for each, since histories of this length share little.
        let mut setting = setting(rules, None);
        steps += history(&mut setting, budget, seed).map_err(|mut found| {
            found.history.insert(0, format!("INTERLEAVINGS_SEED={seed}"));
            found
        })?;
    }
    Ok(steps)
}

fn history(setting: &mut Setting, budget: Budget, seed: u64) -> Result<usize, Counterexample> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut world = World::new(setting, budget);
    let mut taken = Vec::new();
    loop {
        let step = choose(&mut random, world.steps(setting));
        let outcome = match step {
            Some(step) => {
                taken.push(step);
                world.take(setting, step)
            }
            None => world.clone().close(setting),
        };
        if let Err(violation) = outcome {
            return Err(Counterexample { violation, history: tell(setting, budget, &taken) });
        }
        if step.is_none() {
            return Ok(taken.len());
        }
    }
}

/// A step at random; one in which something fails, or time passes, is seldom.
fn choose(random: &mut fastrand::Rng, steps: Vec<Step>) -> Option<Step> {
    let seldom = |step: &Step| matches!(step, Step::Begin(_, Some(_)) | Step::Continue(_, Some(_)) | Step::Pass(_));
    let (seldom, often): (Vec<_>, Vec<_>) = steps.into_iter().partition(seldom);
    let pool = if often.is_empty() || (!seldom.is_empty() && random.u8(..) < 16) { seldom } else { often };
    random.choice(pool)
}
