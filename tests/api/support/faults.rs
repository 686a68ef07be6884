//! Stores that fail when they are told to.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use matchmaker::{
    domain::{
        Census, ConnectOutcome, Decided, EndedTicket, FindOutcome, LeaveOutcome, Match, MatchId, Pairing, PlayerId,
        QueueKey, Serial, SettleOutcome, SocketId, Standing,
    },
    ports::{Finish, Insertion, MatchRepository, PortError, QueueStore},
};
use tokio::sync::Semaphore;

/// What becomes of a store's call.
#[derive(Clone)]
pub(crate) enum Fault {
    /// Nothing happens.
    Refuses,
    /// It happens, and nobody hears of it.
    LosesItsAnswer,
    /// The store has a bug.
    Panics,
    /// It happens once the gate is opened.
    Waits(Arc<Gate>),
}

/// What calls can be made to wait at.
pub(crate) struct Gate {
    arrived: Semaphore,
    open: Semaphore,
}

impl Gate {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { arrived: Semaphore::new(0), open: Semaphore::new(0) })
    }

    /// Returns once one more call waits here.
    pub(crate) async fn reached(&self) {
        super::soon("a call reaches the gate", self.arrived.acquire()).await.expect("a gate is never closed").forget();
    }

    /// Lets every call through.
    pub(crate) fn open(&self) {
        self.open.add_permits(Semaphore::MAX_PERMITS / 2);
    }

    async fn pass(&self) {
        self.arrived.add_permits(1);
        let _permit = self.open.acquire().await.expect("a gate is never closed");
    }
}

/// The faults that are switched on, by the names of the verbs.
#[derive(Clone, Default)]
pub(crate) struct Faults(Arc<Mutex<HashMap<&'static str, Fault>>>);

impl Faults {
    pub(super) fn set(&self, verb: &'static str, fault: Option<Fault>) {
        let mut faults = self.0.lock().expect("nobody panics in here");
        match fault {
            Some(fault) => faults.insert(verb, fault),
            None => faults.remove(verb),
        };
    }

    async fn around<T>(
        &self,
        verb: &'static str,
        call: impl Future<Output = Result<T, PortError>>,
    ) -> Result<T, PortError> {
        let fault = self.0.lock().expect("nobody panics in here").get(verb).cloned();
        match fault {
            None => call.await,
            Some(Fault::Refuses) => Err(PortError::NotDone("secret: the store's disk is gone".into())),
            Some(Fault::LosesItsAnswer) => {
                call.await?;
                Err(PortError::Unknown("secret: the store's answer is lost".into()))
            }
            Some(Fault::Panics) => panic!("secret: the store has a bug"),
            Some(Fault::Waits(gate)) => {
                gate.pass().await;
                call.await
            }
        }
    }
}

pub(super) struct FaultyQueueStore {
    pub(super) store: Arc<dyn QueueStore>,
    pub(super) faults: Faults,
}

#[async_trait]
impl QueueStore for FaultyQueueStore {
    async fn find(
        &self,
        player: &PlayerId,
        key: &QueueKey,
        new_match: MatchId,
    ) -> Result<Decided<FindOutcome>, PortError> {
        self.faults.around("find", self.store.find(player, key, new_match)).await
    }

    async fn look(&self, player: &PlayerId) -> Result<Decided<Standing>, PortError> {
        self.faults.around("look", self.store.look(player)).await
    }

    async fn leave(&self, player: &PlayerId) -> Result<Decided<LeaveOutcome>, PortError> {
        self.faults.around("leave", self.store.leave(player)).await
    }

    async fn connect(
        &self,
        player: &PlayerId,
        socket: SocketId,
        id: MatchId,
    ) -> Result<Decided<ConnectOutcome>, PortError> {
        self.faults.around("connect", self.store.connect(player, socket, id)).await
    }

    async fn disconnect(&self, player: &PlayerId, socket: SocketId) -> Result<(), PortError> {
        self.faults.around("disconnect", self.store.disconnect(player, socket)).await
    }

    async fn settle(&self, match_: &Match) -> Result<SettleOutcome, PortError> {
        self.faults.around("settle", self.store.settle(match_)).await
    }

    async fn release(&self, match_: &Match) -> Result<bool, PortError> {
        self.faults.around("release", self.store.release(match_)).await
    }

    async fn pairing(&self, match_: &Match) -> Result<Option<Pairing>, PortError> {
        self.faults.around("pairing", self.store.pairing(match_)).await
    }

    async fn unsettled(&self, age: Duration, after: Serial, limit: usize) -> Result<Vec<Pairing>, PortError> {
        self.faults.around("unsettled", self.store.unsettled(age, after, limit)).await
    }

    async fn pairings(&self, after: Serial, limit: usize) -> Result<Vec<Pairing>, PortError> {
        self.faults.around("pairings", self.store.pairings(after, limit)).await
    }

    async fn end_overdue(&self, limit: usize) -> Result<Vec<EndedTicket>, PortError> {
        self.faults.around("end_overdue", self.store.end_overdue(limit)).await
    }

    async fn census(&self) -> Result<Census, PortError> {
        self.faults.around("census", self.store.census()).await
    }
}

pub(super) struct FaultyMatchRepository {
    pub(super) repository: Arc<dyn MatchRepository>,
    pub(super) faults: Faults,
}

#[async_trait]
impl MatchRepository for FaultyMatchRepository {
    async fn insert(&self, match_: &Match) -> Result<Insertion, PortError> {
        self.faults.around("insert", self.repository.insert(match_)).await
    }

    async fn get(&self, id: MatchId) -> Result<Option<Match>, PortError> {
        self.faults.around("get", self.repository.get(id)).await
    }

    async fn finish(&self, id: MatchId) -> Result<Finish, PortError> {
        self.faults.around("finish", self.repository.finish(id)).await
    }

    async fn overdue(&self, limit: usize) -> Result<Vec<MatchId>, PortError> {
        self.faults.around("overdue", self.repository.overdue(limit)).await
    }

    async fn purge(&self, limit: usize) -> Result<usize, PortError> {
        self.faults.around("purge", self.repository.purge(limit)).await
    }

    async fn count(&self) -> Result<usize, PortError> {
        self.faults.around("count", self.repository.count()).await
    }
}
