use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;

use crate::{
    domain::{
        Census, ConnectOutcome, Decided, EndedTicket, FindOutcome, LeaveOutcome, Match, MatchId, Pairing, PlayerId,
        QueueKey, QueuePolicy, QueueSettings, Serial, SettleOutcome, SocketId, Standing,
    },
    ports::{Clock, PortError, QueueStore},
};

/// The queue policy behind a lock.
pub struct InMemoryQueueStore {
    clock: Arc<dyn Clock>,
    /// A plain mutex: every decision takes microseconds and none awaits.
    policy: Mutex<QueuePolicy>,
}

impl InMemoryQueueStore {
    /// A store in which everybody is idle.
    #[must_use]
    pub fn new(settings: QueueSettings, clock: Arc<dyn Clock>) -> Self {
        Self { clock, policy: Mutex::new(QueuePolicy::new(settings)) }
    }

    /// A copy of the whole state, for audits and tests.
    #[must_use]
    pub fn snapshot(&self) -> QueuePolicy {
        self.policy().clone()
    }

    fn policy(&self) -> MutexGuard<'_, QueuePolicy> {
        self.policy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl QueueStore for InMemoryQueueStore {
    async fn find(
        &self,
        player: &PlayerId,
        key: &QueueKey,
        new_match: MatchId,
    ) -> Result<Decided<FindOutcome>, PortError> {
        let now = self.clock.now();
        Ok(self.policy().find(now, player, key, new_match))
    }

    async fn look(&self, player: &PlayerId) -> Result<Decided<Standing>, PortError> {
        let now = self.clock.now();
        Ok(self.policy().look(now, player))
    }

    async fn leave(&self, player: &PlayerId) -> Result<Decided<LeaveOutcome>, PortError> {
        let now = self.clock.now();
        Ok(self.policy().leave(now, player))
    }

    async fn connect(
        &self,
        player: &PlayerId,
        socket: SocketId,
        new_match: MatchId,
    ) -> Result<Decided<ConnectOutcome>, PortError> {
        let now = self.clock.now();
        Ok(self.policy().connect(now, player, socket, new_match))
    }

    async fn disconnect(&self, player: &PlayerId, socket: SocketId) -> Result<(), PortError> {
        let now = self.clock.now();
        self.policy().disconnect(now, player, socket);
        Ok(())
    }

    async fn settle(&self, match_: &Match) -> Result<SettleOutcome, PortError> {
        Ok(self.policy().settle(match_))
    }

    async fn release(&self, match_: &Match) -> Result<bool, PortError> {
        Ok(self.policy().release(match_))
    }

    async fn pairing(&self, match_: &Match) -> Result<Option<Pairing>, PortError> {
        Ok(self.policy().pairing(match_))
    }

    async fn unsettled(&self, age: Duration, after: Serial, limit: usize) -> Result<Vec<Pairing>, PortError> {
        let now = self.clock.now();
        Ok(self.policy().unsettled(now, age, after, limit))
    }

    async fn pairings(&self, after: Serial, limit: usize) -> Result<Vec<Pairing>, PortError> {
        Ok(self.policy().pairings(after, limit))
    }

    async fn end_overdue(&self, limit: usize) -> Result<Vec<EndedTicket>, PortError> {
        let now = self.clock.now();
        Ok(self.policy().end_overdue(now, limit))
    }

    async fn census(&self) -> Result<Census, PortError> {
        Ok(self.policy().census())
    }
}
