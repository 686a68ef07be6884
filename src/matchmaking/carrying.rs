//! How a match is carried from its pairing to its end.
//!
//! The pairing is committed when the queue store answers [`FindOutcome::Paired`](crate::domain::FindOutcome::Paired): from
//! then on the match stands. It is settled in three steps, each safe to repeat and to race: **insert** the match if it is
//! absent, **tell** both players, **clear** the mark. Whoever meets a pairing that is not settled does the same before he
//! speaks of the match, so no answer and no push names a match that cannot be read.
//!
//! The end goes the other way round: the repository **finishes** the match, then the standings are **released**, then both
//! are told. Whoever meets a standing whose match is finished or gone releases it. Only a settled match is finished, so
//! both have been told of it before it ends.

use super::{Matchmaking, Unavailable};
use crate::{
    domain::{Match, Notice, Pairing, SettleOutcome, Standing},
    ports::{CarriedBy, Event, Finish, Insertion},
};

/// What became of a pairing that somebody came across.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carried {
    /// The match is stored, told and goes on.
    Stands,
    /// The match was over; nobody stands in it any more.
    Over,
}

impl From<SettleOutcome> for Carried {
    fn from(outcome: SettleOutcome) -> Self {
        match outcome {
            SettleOutcome::Settled | SettleOutcome::AlreadySettled => Self::Stands,
            SettleOutcome::NotStanding => Self::Over,
        }
    }
}

impl Matchmaking {
    /// Whether a standing that was read can be spoken of; `false` when it named a match that was over.
    pub(super) async fn still_stands(&self, standing: &Standing) -> Result<bool, Unavailable> {
        match standing {
            Standing::Idle | Standing::Waiting(_) => Ok(true),
            Standing::Matched(pairing) => Ok(self.carry(pairing).await? == Carried::Stands),
        }
    }

    /// Carries a match that players stand in as far as it can be carried.
    pub(super) async fn carry(&self, pairing: &Pairing) -> Result<Carried, Unavailable> {
        if !pairing.settled {
            return self.carry_forward(&pairing.match_, CarriedBy::Call).await;
        }
        match self.ports.matches.get(pairing.match_.id()).await? {
            Some(match_) if !match_.is_finished() => Ok(Carried::Stands),
            Some(finished) => self.release(&finished).await,
            // Its retention is over, so nobody is told its name any more.
            None => self.free(&pairing.match_).await.map(|_| Carried::Over),
        }
    }

    /// Settles a pairing that another call has made, and left behind or not yet come so far with.
    pub(super) async fn carry_forward(&self, match_: &Match, by: CarriedBy) -> Result<Carried, Unavailable> {
        let outcome = self.roll_forward(match_).await?;
        if outcome == SettleOutcome::Settled {
            self.ports.journal.record(Event::MatchCarriedForward(match_, by));
        }
        Ok(outcome.into())
    }

    /// Settles a pairing that this call has made.
    pub(super) async fn settle(&self, match_: &Match) -> Result<Carried, Unavailable> {
        self.roll_forward(match_).await.map(Carried::from)
    }

    /// Insert, tell both, clear the mark.
    async fn roll_forward(&self, match_: &Match) -> Result<SettleOutcome, Unavailable> {
        let inserted = match self.ports.matches.insert(match_).await? {
            Insertion::Inserted => {
                self.ports.journal.record(Event::MatchCreated(match_));
                true
            }
            Insertion::AlreadyThere(stored) if stored.is_finished() => {
                self.release(&stored).await?;
                return Ok(SettleOutcome::NotStanding);
            }
            Insertion::AlreadyThere(_) => false,
            Insertion::AtCapacity => return Err(Unavailable::RepositoryFull),
        };
        let notice = Notice::MatchFound(match_.clone());
        let [first, second] = match_.players();
        let told = self.ports.notifier.tell(first, &notice).await;
        // Whatever became of the first, the second need not wait for another round.
        self.ports.notifier.tell(second, &notice).await?;
        told?;
        let outcome = self.ports.queue.settle(match_).await?;
        if outcome == SettleOutcome::NotStanding && inserted {
            // Others carried the match to its end, and its retention ran out, before this insertion: it must not be read as
            // active again.
            self.ports.matches.finish(match_.id()).await?;
        }
        Ok(outcome)
    }

    /// Ends a match that was read: finish, release, tell both. `None` when it is gone.
    pub(super) async fn end(&self, match_: Match) -> Result<Option<Match>, Unavailable> {
        if !match_.is_finished()
            && let Some(pairing) = self.ports.queue.pairing(&match_).await?
            && !pairing.settled
        {
            self.carry_forward(&pairing.match_, CarriedBy::Call).await?;
        }
        let finished = match self.ports.matches.finish(match_.id()).await? {
            Finish::Finished(finished) | Finish::AlreadyFinished(finished) => finished,
            Finish::Unknown => return Ok(None),
        };
        self.release(&finished).await?;
        Ok(Some(finished))
    }

    /// Frees both players of a match that is over, and tells them if this call is the one that freed them.
    async fn release(&self, match_: &Match) -> Result<Carried, Unavailable> {
        if self.free(match_).await? {
            let notice = Notice::MatchFinished(match_.clone());
            for player in match_.players() {
                self.tell_if_possible(player, &notice).await;
            }
        }
        Ok(Carried::Over)
    }

    /// Makes both players of a match that is over idle. Answers whether this call did.
    async fn free(&self, match_: &Match) -> Result<bool, Unavailable> {
        let freed = self.ports.queue.release(match_).await?;
        if freed {
            self.ports.journal.record(Event::MatchFinished(match_));
        }
        Ok(freed)
    }
}
