//! Ports that replay recorded answers, and stop the use case at the first call that has none.

use std::{
    future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use matchmaker::{
    domain::{
        Census, ConnectOutcome, Decided, EndedTicket, FindOutcome, Greeting, LeaveOutcome, Match, MatchId, Notice,
        Pairing, PlayerId, QueueKey, Serial, SettleOutcome, SocketId, Standing,
    },
    matchmaking::Ports,
    ports::{Event, Finish, Greeted, Insertion, Journal, MatchIds, MatchRepository, Notifier, PortError, QueueStore},
};

use crate::{
    call::{Answer, Call},
    universe,
};

/// Every port of one task.
pub(crate) struct Scripted {
    script: Mutex<Script>,
    /// A bug planted on purpose: the queue store looks who waits, and pairs in a second step.
    splits_pairing: bool,
}

struct Script {
    /// What was asked and answered before, in order.
    recorded: Vec<(Call, Answer)>,
    replayed: usize,
    /// The call that waits for its answer.
    pending: Option<Call>,
    next_match: u64,
}

impl Scripted {
    /// Ports that give these answers to these calls; new matches are numbered from `first_match` on.
    pub(crate) fn new(recorded: Vec<(Call, Answer)>, first_match: u64, splits_pairing: bool) -> Arc<Self> {
        let script = Script { recorded, replayed: 0, pending: None, next_match: first_match };
        Arc::new(Self { script: Mutex::new(script), splits_pairing })
    }

    /// These ports, for the use case.
    pub(crate) fn ports(self: &Arc<Self>) -> Ports {
        Ports {
            queue: Arc::<Self>::clone(self),
            matches: Arc::<Self>::clone(self),
            notifier: Arc::<Self>::clone(self),
            journal: Arc::<Self>::clone(self),
            match_ids: Arc::<Self>::clone(self),
        }
    }

    /// The call at which the use case stopped.
    pub(crate) fn pending(&self) -> Option<Call> {
        self.script().pending.take()
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask(&self, call: Call) -> Answer {
        let answer = self.script().replay(call);
        match answer {
            Some(answer) => answer,
            None => future::pending().await,
        }
    }
}

impl Script {
    fn replay(&mut self, call: Call) -> Option<Answer> {
        assert!(self.pending.is_none(), "a use case calls one port at a time");
        let Some((asked, answer)) = self.recorded.get(self.replayed) else {
            self.pending = Some(call);
            return None;
        };
        assert_eq!(*asked, call, "the same answers must lead to the same calls");
        self.replayed += 1;
        Some(answer.clone())
    }
}

macro_rules! answered {
    ($self:ident, $call:expr, $kind:path) => {
        match $self.ask($call).await {
            $kind(answer) => Ok(answer),
            Answer::Failed(failure) => Err(PortError::from(failure)),
            other => unreachable!("{other:?} answers another call"),
        }
    };
}

#[async_trait]
impl QueueStore for Scripted {
    async fn find(
        &self,
        player: &PlayerId,
        key: &QueueKey,
        new_match: MatchId,
    ) -> Result<Decided<FindOutcome>, PortError> {
        if self.splits_pairing {
            let seen = answered!(self, Call::Peek(key.clone()), Answer::Peeked)?;
            if let Some(opponent) = seen.filter(|opponent| opponent != player) {
                let pair = Call::PairWith(player.clone(), opponent, key.clone(), new_match);
                return answered!(self, pair, Answer::Found);
            }
        }
        answered!(self, Call::Find(player.clone(), key.clone(), new_match), Answer::Found)
    }

    async fn look(&self, player: &PlayerId) -> Result<Decided<Standing>, PortError> {
        answered!(self, Call::Look(player.clone()), Answer::Stands)
    }

    async fn leave(&self, player: &PlayerId) -> Result<Decided<LeaveOutcome>, PortError> {
        answered!(self, Call::Leave(player.clone()), Answer::Left)
    }

    async fn connect(
        &self,
        player: &PlayerId,
        socket: SocketId,
        new_match: MatchId,
    ) -> Result<Decided<ConnectOutcome>, PortError> {
        answered!(self, Call::Connect(player.clone(), socket, new_match), Answer::Connected)
    }

    async fn disconnect(&self, player: &PlayerId, socket: SocketId) -> Result<(), PortError> {
        answered!(self, Call::Disconnect(player.clone(), socket), Answer::Done)
    }

    async fn settle(&self, match_: &Match) -> Result<SettleOutcome, PortError> {
        answered!(self, Call::Settle(match_.clone()), Answer::Settled)
    }

    async fn release(&self, match_: &Match) -> Result<bool, PortError> {
        answered!(self, Call::Release(match_.clone()), Answer::Flag)
    }

    async fn pairing(&self, match_: &Match) -> Result<Option<Pairing>, PortError> {
        answered!(self, Call::Pairing(match_.clone()), Answer::Pairing)
    }

    async fn unsettled(&self, age: Duration, after: Serial, limit: usize) -> Result<Vec<Pairing>, PortError> {
        answered!(self, Call::Unsettled(age, after, limit), Answer::Pairings)
    }

    async fn pairings(&self, after: Serial, limit: usize) -> Result<Vec<Pairing>, PortError> {
        answered!(self, Call::Pairings(after, limit), Answer::Pairings)
    }

    async fn end_overdue(&self, limit: usize) -> Result<Vec<EndedTicket>, PortError> {
        answered!(self, Call::EndOverdue(limit), Answer::Ended)
    }

    async fn census(&self) -> Result<Census, PortError> {
        unreachable!("no operation of the model counts")
    }
}

#[async_trait]
impl MatchRepository for Scripted {
    async fn insert(&self, match_: &Match) -> Result<Insertion, PortError> {
        answered!(self, Call::Insert(match_.clone()), Answer::Insertion)
    }

    async fn get(&self, id: MatchId) -> Result<Option<Match>, PortError> {
        answered!(self, Call::Get(id), Answer::Stored)
    }

    async fn finish(&self, id: MatchId) -> Result<Finish, PortError> {
        answered!(self, Call::Finish(id), Answer::Finish)
    }

    async fn overdue(&self, limit: usize) -> Result<Vec<MatchId>, PortError> {
        answered!(self, Call::Overdue(limit), Answer::Overdue)
    }

    async fn purge(&self, limit: usize) -> Result<usize, PortError> {
        answered!(self, Call::Purge(limit), Answer::Count)
    }

    async fn count(&self) -> Result<usize, PortError> {
        unreachable!("no operation of the model counts")
    }
}

#[async_trait]
impl Notifier for Scripted {
    async fn attach(&self, player: &PlayerId, socket: SocketId) -> Result<(), PortError> {
        answered!(self, Call::Attach(player.clone(), socket), Answer::Done)
    }

    async fn greet(&self, player: &PlayerId, socket: SocketId, greeting: &Greeting) -> Result<Greeted, PortError> {
        answered!(self, Call::Greet(player.clone(), socket, greeting.clone()), Answer::Greeted)
    }

    async fn tell(&self, player: &PlayerId, notice: &Notice) -> Result<(), PortError> {
        answered!(self, Call::Tell(player.clone(), notice.clone()), Answer::Done)
    }

    async fn detach(&self, player: &PlayerId, socket: SocketId) -> Result<(), PortError> {
        answered!(self, Call::Detach(player.clone(), socket), Answer::Done)
    }
}

impl Journal for Scripted {
    fn record(&self, _: Event<'_>) {}
}

impl MatchIds for Scripted {
    fn next(&self) -> MatchId {
        let mut script = self.script();
        script.next_match += 1;
        universe::match_id(script.next_match - 1)
    }
}
