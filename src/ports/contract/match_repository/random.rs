//! Random histories, whose every answer must equal the model's.

use std::{fmt::Write as _, time::Duration};

use fastrand::Rng;

use super::{MatchRepositoryFixture, model::Model, subject::Subject};
use crate::{
    domain::{Match, MatchId, Timestamp},
    ports::{
        Finish, Insertion, PortError, RepositorySettings,
        contract::{
            Violation,
            samples::{just_before, match_id, seconds},
        },
    },
};

/// The short ones come first, so that what can be shown in a few steps is.
const HISTORIES: [(u64, usize); 2] = [(200, 12), (150, 90)];

pub(super) async fn random_histories_are_answered_as_the_model_does(
    fixture: &dyn MatchRepositoryFixture,
) -> Result<(), Violation> {
    let mut seed = 0;
    for (histories, steps) in HISTORIES {
        for _ in 0..histories {
            replay(fixture, seed, steps).await?;
            seed += 1;
        }
    }
    Ok(())
}

/// Runs one random history of that many steps; the same seed always gives the same one.
///
/// # Errors
///
/// The first answer that is not the model's, with the seed and all the steps up to it.
pub async fn replay(fixture: &dyn MatchRepositoryFixture, seed: u64, steps: usize) -> Result<(), Violation> {
    let mut rng = Rng::with_seed(seed);
    let settings = RepositorySettings {
        match_lifetime: [None, Some(seconds(3)), Some(seconds(6))][rng.usize(0..3)],
        match_retention: seconds(rng.u64(1..5)),
        max_matches: rng.usize(1..7),
    };
    let subject = Subject::open_with(fixture, settings).await;
    let mut history =
        History { subject, model: Model::new(settings), paired: Vec::new(), account: format!("{settings:?}") };
    for _ in 0..steps {
        let step = history.draw(&mut rng).await;
        history.run(step).await.map_err(|violation| Violation {
            seen: format!("{}\n    seed {seed}, after: {}", violation.seen, history.account),
            ..violation
        })?;
    }
    Ok(())
}

/// The repository and the model, side by side.
struct History {
    subject: Subject,
    model: Model,
    /// Every match that was paired so far, inserted or not.
    paired: Vec<Match>,
    account: String,
}

#[derive(Debug)]
enum Step {
    Insert(Match),
    Get(MatchId),
    Over(Vec<MatchId>),
    Finish(MatchId),
    Overdue(usize),
    Purge(usize),
    Count,
    Advance(Duration),
}

#[derive(Debug, PartialEq)]
enum Answer {
    Nothing,
    Insertion(Insertion),
    Match(Option<Match>),
    Finish(Finish),
    Ids(Vec<MatchId>),
    Count(usize),
}

impl History {
    async fn draw(&mut self, rng: &mut Rng) -> Step {
        let place = rng.usize(0..=self.paired.len());
        let limit = rng.usize(0..4);
        match rng.u32(0..100) {
            0..25 => {
                let number = self.paired.len() as u64 + 1;
                self.paired.push(self.subject.paired_now(number).await);
                // Often it is inserted later, after others that were paired after it.
                if rng.bool() { Step::Insert(self.paired[place].clone()) } else { Step::Count }
            }
            25..40 if place < self.paired.len() => Step::Insert(self.paired[place].clone()),
            40..50 => Step::Get(match_id(place as u64)),
            50..55 => Step::Over((0..=place as u64).map(match_id).collect()),
            55..72 => Step::Finish(match_id(place as u64)),
            72..78 => Step::Overdue(limit),
            78..83 => Step::Purge(limit),
            83..87 => Step::Count,
            // Whole seconds meet deadlines exactly; an instant less just misses them.
            _ if rng.u8(0..4) == 0 => Step::Advance(just_before(seconds(rng.u64(1..4)))),
            _ => Step::Advance(seconds(rng.u64(1..4))),
        }
    }

    async fn run(&mut self, step: Step) -> Result<(), Violation> {
        write!(self.account, "\n      {step:?}").expect("a string takes all that is written");
        let now = self.subject.clock.now().await;
        let expected = self.ask_model(now, &step);
        let seen = self.ask_repository(&step).await?;
        if seen == expected {
            return Ok(());
        }
        Err(Violation::new("every answer is the model's", format!("{expected:?}"), format!("{seen:?}")))
    }

    fn ask_model(&mut self, now: Timestamp, step: &Step) -> Answer {
        let model = &mut self.model;
        match step {
            Step::Insert(match_) => Answer::Insertion(model.insert(match_)),
            Step::Get(id) => Answer::Match(model.get(now, *id)),
            Step::Over(ids) => Answer::Ids(model.over(now, ids)),
            Step::Finish(id) => Answer::Finish(model.finish(now, *id)),
            Step::Overdue(limit) => Answer::Ids(model.overdue(now, *limit)),
            Step::Purge(limit) => Answer::Count(model.purge(now, *limit)),
            Step::Count => Answer::Count(model.count()),
            Step::Advance(_) => Answer::Nothing,
        }
    }

    async fn ask_repository(&self, step: &Step) -> Result<Answer, PortError> {
        let matches = &self.subject.matches;
        Ok(match step {
            Step::Insert(match_) => Answer::Insertion(matches.insert(match_).await?),
            Step::Get(id) => Answer::Match(matches.get(*id).await?),
            Step::Over(ids) => Answer::Ids(matches.over(ids).await?),
            Step::Finish(id) => Answer::Finish(matches.finish(*id).await?),
            Step::Overdue(limit) => Answer::Ids(matches.overdue(*limit).await?),
            Step::Purge(limit) => Answer::Count(matches.purge(*limit).await?),
            Step::Count => Answer::Count(matches.count().await?),
            Step::Advance(by) => {
                self.subject.advance(*by).await;
                Answer::Nothing
            }
        })
    }
}
