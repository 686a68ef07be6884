//! Random histories, whose every answer must equal the policy's.

use std::{fmt::Write as _, time::Duration};

use fastrand::Rng;

use super::{
    QueueStoreFixture,
    ranks::{Answer, Ranks},
    subject::Subject,
};
use crate::{
    domain::{Match, MatchId, PlayerId, QueueKey, QueuePolicy, QueueSettings, Serial, SocketId, Timestamp},
    ports::{
        PortError,
        contract::{
            Violation,
            samples::{just_before, key, player, seconds},
        },
    },
};

/// The short ones come first, so that what can be shown in a few steps is.
const HISTORIES: [(u64, usize); 2] = [(200, 12), (150, 90)];

pub(super) async fn random_histories_are_answered_as_the_policy_does(
    fixture: &dyn QueueStoreFixture,
) -> Result<(), Violation> {
    run_histories(fixture, false).await
}

pub(super) async fn random_histories_of_pairing_the_connected_are_answered_as_the_policy_does(
    fixture: &dyn QueueStoreFixture,
) -> Result<(), Violation> {
    run_histories(fixture, true).await
}

async fn run_histories(fixture: &dyn QueueStoreFixture, pair_only_connected: bool) -> Result<(), Violation> {
    let mut seed = 0;
    for (histories, steps) in HISTORIES {
        for _ in 0..histories {
            replay(fixture, pair_only_connected, seed, steps).await?;
            seed += 1;
        }
    }
    Ok(())
}

/// Runs one random history of that many steps, in which all or only connected players are paired; the same seed always gives
/// the same one.
///
/// # Errors
///
/// The first answer that is not the policy's, with the seed and all the steps up to it.
pub async fn replay(
    fixture: &dyn QueueStoreFixture,
    pair_only_connected: bool,
    seed: u64,
    steps: usize,
) -> Result<(), Violation> {
    let mut rng = Rng::with_seed(seed);
    // To be refused on the way back takes more waiting players, and fewer matches, than the rest.
    let (waiting, matches) = if pair_only_connected { (2..5, 0..3) } else { (1..4, 1..4) };
    let settings = QueueSettings {
        disconnect_grace: seconds(rng.u64(1..4)),
        search_time: seconds(rng.u64(2..6)),
        max_waiting: rng.usize(waiting),
        max_matches: rng.usize(matches),
        pair_only_connected,
    };
    let subject = Subject::open_with(fixture, settings).await;
    let mut history = History {
        subject,
        policy: QueuePolicy::new(settings),
        ranks: Ranks::default(),
        matches: Vec::new(),
        account: format!("{settings:?}"),
    };
    for _ in 0..steps {
        let step = Step::draw(&mut rng, &history);
        history.run(step).await.map_err(|violation| Violation {
            seen: format!("{}\n    seed {seed}, after: {}", violation.seen, history.account),
            ..violation
        })?;
    }
    Ok(())
}

/// The store and the policy, side by side.
struct History {
    subject: Subject,
    policy: QueuePolicy,
    ranks: Ranks,
    /// Every match so far, as the store and as the policy gave it.
    matches: Vec<[Match; 2]>,
    account: String,
}

impl History {
    async fn run(&mut self, step: Step) -> Result<(), Violation> {
        write!(self.account, "\n      {step:?}").expect("a string takes all that is written");
        if let Step::Advance(by) = step {
            self.subject.advance(by).await;
            return Ok(());
        }
        let now = self.subject.clock.now().await;
        let expected = self.ask_policy(now, &step);
        let seen = self.ask_store(&step).await?;
        if let (Some(seen), Some(expected)) = (seen.new_match(), expected.new_match()) {
            self.matches.push([seen.clone(), expected.clone()]);
        }
        let seen = self.ranks.rank(seen)?;
        if seen == expected {
            return Ok(());
        }
        let guarantee = "every answer is the policy's (serials are shown by rank)";
        Err(Violation::new(guarantee, format!("{expected:?}"), format!("{seen:?}")))
    }

    fn ask_policy(&mut self, now: Timestamp, step: &Step) -> Answer {
        let policy = &mut self.policy;
        match step {
            Step::Find(player, key, id) => Answer::Found(policy.find(now, player, key, *id)),
            Step::Look(player) => Answer::Looked(policy.look(now, player)),
            Step::Leave(player) => Answer::Left(policy.leave(now, player)),
            Step::Connect(player, socket, id) => Answer::Connected(policy.connect(now, player, *socket, *id)),
            Step::Disconnect(player, socket) => {
                policy.disconnect(now, player, *socket);
                Answer::Nothing
            }
            Step::Settle(match_) => Answer::Settled(policy.settle(&self.matches[*match_][1])),
            Step::Release(match_) => Answer::Stood(policy.release(&self.matches[*match_][1])),
            Step::Pairing(match_) => Answer::Pairing(policy.pairing(&self.matches[*match_][1])),
            Step::Unsettled(age, after, limit) => {
                Answer::Pairings(policy.unsettled(now, *age, Serial(*after as u64), *limit))
            }
            Step::Pairings(after, limit) => Answer::Pairings(policy.pairings(Serial(*after as u64), *limit)),
            Step::EndOverdue(limit) => Answer::Ended(policy.end_overdue(now, *limit)),
            Step::Census => Answer::Census(policy.census()),
            Step::Advance(_) => Answer::Nothing,
        }
    }

    async fn ask_store(&self, step: &Step) -> Result<Answer, PortError> {
        let store = &self.subject.store;
        Ok(match step {
            Step::Find(player, key, id) => Answer::Found(store.find(player, key, *id).await?),
            Step::Look(player) => Answer::Looked(store.look(player).await?),
            Step::Leave(player) => Answer::Left(store.leave(player).await?),
            Step::Connect(player, socket, id) => Answer::Connected(store.connect(player, *socket, *id).await?),
            Step::Disconnect(player, socket) => {
                store.disconnect(player, *socket).await?;
                Answer::Nothing
            }
            Step::Settle(match_) => Answer::Settled(store.settle(&self.matches[*match_][0]).await?),
            Step::Release(match_) => Answer::Stood(store.release(&self.matches[*match_][0]).await?),
            Step::Pairing(match_) => Answer::Pairing(store.pairing(&self.matches[*match_][0]).await?),
            Step::Unsettled(age, after, limit) => {
                Answer::Pairings(store.unsettled(*age, self.ranks.serial_of(*after), *limit).await?)
            }
            Step::Pairings(after, limit) => {
                Answer::Pairings(store.pairings(self.ranks.serial_of(*after), *limit).await?)
            }
            Step::EndOverdue(limit) => Answer::Ended(store.end_overdue(*limit).await?),
            Step::Census => Answer::Census(store.census().await?),
            Step::Advance(_) => Answer::Nothing,
        })
    }
}

/// One step of a history. A match is named by its place among those that were made, a cursor by its rank.
#[derive(Debug)]
enum Step {
    Find(PlayerId, QueueKey, MatchId),
    Look(PlayerId),
    Leave(PlayerId),
    Connect(PlayerId, SocketId, MatchId),
    Disconnect(PlayerId, SocketId),
    Settle(usize),
    Release(usize),
    Pairing(usize),
    Unsettled(Duration, usize, usize),
    Pairings(usize, usize),
    EndOverdue(usize),
    Census,
    Advance(Duration),
}

impl Step {
    fn draw(rng: &mut Rng, history: &History) -> Self {
        let number = rng.u64(0..5);
        let player = player(["ann", "bob", "cid", "dan", "eve"][usize::try_from(number).expect("there are five")]);
        // Two sockets for each player, so that an older one often closes after a newer one has come.
        let socket = SocketId(10 * number + rng.u64(0..2));
        let limit = rng.usize(0..4);
        let made = history.matches.len();
        match rng.u32(0..100) {
            0..30 => Self::Find(player, key(["chess", "go", "dice"][rng.usize(0..3)]), history.subject.next_match()),
            30..36 => Self::Look(player),
            36..43 => Self::Leave(player),
            43..51 => Self::Connect(player, socket, history.subject.next_match()),
            51..60 => Self::Disconnect(player, socket),
            60..65 if made > 0 => Self::Settle(rng.usize(0..made)),
            65..73 if made > 0 => Self::Release(rng.usize(0..made)),
            73..75 if made > 0 => Self::Pairing(rng.usize(0..made)),
            75..78 => Self::Unsettled(seconds(rng.u64(0..3)), rng.usize(0..=history.ranks.len()), limit),
            78..81 => Self::Pairings(rng.usize(0..=history.ranks.len()), limit),
            81..85 => Self::EndOverdue(limit),
            85..87 => Self::Census,
            // Whole seconds meet deadlines exactly; an instant less just misses them.
            _ if rng.u8(0..4) == 0 => Self::Advance(just_before(seconds(rng.u64(1..4)))),
            _ => Self::Advance(seconds(rng.u64(1..4))),
        }
    }
}
