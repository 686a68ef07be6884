//! Ports that fail where they are told to.

use std::{
    future::{Future, pending},
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use matchmaker::{
    domain::{
        Census, ConnectOutcome, Decided, EndedTicket, FindOutcome, Greeting, LeaveOutcome, Match, MatchId, Notice,
        Pairing, PlayerId, QueueKey, Serial, SettleOutcome, SocketId, Standing,
    },
    ports::{Finish, Greeted, Insertion, MatchRepository, Notifier, PortError, QueueStore},
};

use crate::history::Fault;

/// Which of the calls to come goes wrong, counted over all ports.
#[derive(Default)]
pub(crate) struct Faults {
    next: Mutex<Option<(usize, Fault)>>,
}

impl Faults {
    /// From now on the call of that number goes wrong; none does where there is no fault.
    pub(crate) fn plan(&self, fault: Option<(usize, Fault)>) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    /// Whether the fault that was planned is still to come.
    pub(crate) fn is_pending(&self) -> bool {
        self.next.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn of_this_call(&self) -> Option<Fault> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        match next.take() {
            Some((0, fault)) => Some(fault),
            later => {
                *next = later.map(|(calls, fault)| (calls - 1, fault));
                None
            }
        }
    }

    async fn around<T>(&self, call: impl Future<Output = Result<T, PortError>>) -> Result<T, PortError> {
        let source = || Box::new(io::Error::other("planned"));
        match self.of_this_call() {
            None => call.await,
            Some(Fault::NotDone) => Err(PortError::NotDone(source())),
            Some(Fault::CallLost) => Err(PortError::Unknown(source())),
            Some(Fault::AnswerLost) => {
                call.await?;
                Err(PortError::Unknown(source()))
            }
            Some(Fault::DeathBefore) => pending().await,
            Some(Fault::DeathAfter) => {
                call.await?;
                pending().await
            }
        }
    }
}

/// A port behind the faults.
pub(crate) struct Faulty<P> {
    pub(crate) port: Arc<P>,
    pub(crate) faults: Arc<Faults>,
}

#[async_trait]
impl<P: QueueStore> QueueStore for Faulty<P> {
    async fn find(&self, player: &PlayerId, key: &QueueKey, id: MatchId) -> Result<Decided<FindOutcome>, PortError> {
        self.faults.around(self.port.find(player, key, id)).await
    }

    async fn look(&self, player: &PlayerId) -> Result<Decided<Standing>, PortError> {
        self.faults.around(self.port.look(player)).await
    }

    async fn leave(&self, player: &PlayerId) -> Result<Decided<LeaveOutcome>, PortError> {
        self.faults.around(self.port.leave(player)).await
    }

    async fn connect(
        &self,
        player: &PlayerId,
        socket: SocketId,
        id: MatchId,
    ) -> Result<Decided<ConnectOutcome>, PortError> {
        self.faults.around(self.port.connect(player, socket, id)).await
    }

    async fn disconnect(&self, player: &PlayerId, socket: SocketId) -> Result<(), PortError> {
        self.faults.around(self.port.disconnect(player, socket)).await
    }

    async fn settle(&self, match_: &Match) -> Result<SettleOutcome, PortError> {
        self.faults.around(self.port.settle(match_)).await
    }

    async fn release(&self, match_: &Match) -> Result<bool, PortError> {
        self.faults.around(self.port.release(match_)).await
    }

    async fn pairing(&self, match_: &Match) -> Result<Option<Pairing>, PortError> {
        self.faults.around(self.port.pairing(match_)).await
    }

    async fn unsettled(&self, age: Duration, after: Serial, limit: usize) -> Result<Vec<Pairing>, PortError> {
        self.faults.around(self.port.unsettled(age, after, limit)).await
    }

    async fn pairings(&self, after: Serial, limit: usize) -> Result<Vec<Pairing>, PortError> {
        self.faults.around(self.port.pairings(after, limit)).await
    }

    async fn end_overdue(&self, limit: usize) -> Result<Vec<EndedTicket>, PortError> {
        self.faults.around(self.port.end_overdue(limit)).await
    }

    async fn census(&self) -> Result<Census, PortError> {
        self.faults.around(self.port.census()).await
    }
}

#[async_trait]
impl<P: MatchRepository> MatchRepository for Faulty<P> {
    async fn insert(&self, match_: &Match) -> Result<Insertion, PortError> {
        self.faults.around(self.port.insert(match_)).await
    }

    async fn get(&self, id: MatchId) -> Result<Option<Match>, PortError> {
        self.faults.around(self.port.get(id)).await
    }

    async fn finish(&self, id: MatchId) -> Result<Finish, PortError> {
        self.faults.around(self.port.finish(id)).await
    }

    async fn overdue(&self, limit: usize) -> Result<Vec<MatchId>, PortError> {
        self.faults.around(self.port.overdue(limit)).await
    }

    async fn purge(&self, limit: usize) -> Result<usize, PortError> {
        self.faults.around(self.port.purge(limit)).await
    }

    async fn count(&self) -> Result<usize, PortError> {
        self.faults.around(self.port.count()).await
    }
}

#[async_trait]
impl<P: Notifier> Notifier for Faulty<P> {
    async fn attach(&self, player: &PlayerId, socket: SocketId) -> Result<(), PortError> {
        self.faults.around(self.port.attach(player, socket)).await
    }

    async fn greet(&self, player: &PlayerId, socket: SocketId, greeting: &Greeting) -> Result<Greeted, PortError> {
        self.faults.around(self.port.greet(player, socket, greeting)).await
    }

    async fn tell(&self, player: &PlayerId, notice: &Notice) -> Result<(), PortError> {
        self.faults.around(self.port.tell(player, notice)).await
    }

    async fn detach(&self, player: &PlayerId, socket: SocketId) -> Result<(), PortError> {
        self.faults.around(self.port.detach(player, socket)).await
    }
}
