//! Cases once more where none but the connected are paired: what they promise holds there too.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;

use super::QueueStoreFixture;
use crate::{
    domain::{
        Census, ConnectOutcome, Decided, EndedTicket, FindOutcome, LeaveOutcome, Match, MatchId, Pairing, PlayerId,
        QueueKey, QueueSettings, Serial, SettleOutcome, SocketId, Standing,
    },
    ports::{PortError, QueueStore, contract::TestClock},
};

/// Opens stores that pair none but the connected, for cases that pair nobody who is not.
pub(super) struct OnlyConnected<'a>(pub(super) &'a dyn QueueStoreFixture);

#[async_trait]
impl QueueStoreFixture for OnlyConnected<'_> {
    async fn open(&self, settings: QueueSettings) -> (Arc<dyn QueueStore>, Arc<dyn TestClock>) {
        self.0.open(QueueSettings { pair_only_connected: true, ..settings }).await
    }
}

/// Opens stores that pair none but the connected, for cases that connect nobody: whoever asks is connected before.
pub(super) struct EverybodyConnected<'a>(pub(super) &'a dyn QueueStoreFixture);

#[async_trait]
impl QueueStoreFixture for EverybodyConnected<'_> {
    async fn open(&self, settings: QueueSettings) -> (Arc<dyn QueueStore>, Arc<dyn TestClock>) {
        let (store, clock) = OnlyConnected(self.0).open(settings).await;
        (Arc::new(Connecting { store, sockets: Mutex::default() }), clock)
    }
}

/// The store under test; whoever asks is connected first, on a socket that the case does not see.
struct Connecting {
    store: Arc<dyn QueueStore>,
    sockets: Mutex<Sockets>,
}

#[derive(Default)]
struct Sockets {
    /// Those of whoever asked.
    unseen: BTreeMap<PlayerId, SocketId>,
    /// Those on which the case has connected somebody.
    seen: BTreeSet<(PlayerId, SocketId)>,
}

impl Connecting {
    fn sockets(&self) -> MutexGuard<'_, Sockets> {
        self.sockets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unseen_socket(&self, player: &PlayerId) -> SocketId {
        let unseen = &mut self.sockets().unseen;
        let next = SocketId(u64::MAX - unseen.len() as u64);
        *unseen.entry(player.clone()).or_insert(next)
    }
}

#[async_trait]
impl QueueStore for Connecting {
    async fn find(
        &self,
        player: &PlayerId,
        key: &QueueKey,
        new_match: MatchId,
    ) -> Result<Decided<FindOutcome>, PortError> {
        let connected = self.store.connect(player, self.unseen_socket(player), new_match).await?;
        let Decided { outcome, ended } = self.store.find(player, key, new_match).await?;
        Ok(Decided { outcome, ended: [connected.ended, ended].concat() })
    }

    async fn look(&self, player: &PlayerId) -> Result<Decided<Standing>, PortError> {
        self.store.look(player).await
    }

    async fn leave(&self, player: &PlayerId) -> Result<Decided<LeaveOutcome>, PortError> {
        self.store.leave(player).await
    }

    async fn connect(
        &self,
        player: &PlayerId,
        socket: SocketId,
        new_match: MatchId,
    ) -> Result<Decided<ConnectOutcome>, PortError> {
        self.sockets().seen.insert((player.clone(), socket));
        self.store.connect(player, socket, new_match).await
    }

    async fn disconnect(&self, player: &PlayerId, socket: SocketId) -> Result<(), PortError> {
        self.sockets().seen.remove(&(player.clone(), socket));
        self.store.disconnect(player, socket).await
    }

    async fn settle(&self, match_: &Match) -> Result<SettleOutcome, PortError> {
        self.store.settle(match_).await
    }

    async fn release(&self, match_: &Match) -> Result<bool, PortError> {
        self.store.release(match_).await
    }

    async fn pairing(&self, match_: &Match) -> Result<Option<Pairing>, PortError> {
        self.store.pairing(match_).await
    }

    async fn unsettled(&self, age: Duration, after: Serial, limit: usize) -> Result<Vec<Pairing>, PortError> {
        self.store.unsettled(age, after, limit).await
    }

    async fn pairings(&self, after: Serial, limit: usize) -> Result<Vec<Pairing>, PortError> {
        self.store.pairings(after, limit).await
    }

    async fn end_overdue(&self, limit: usize) -> Result<Vec<EndedTicket>, PortError> {
        self.store.end_overdue(limit).await
    }

    /// Without those who are connected only on a socket that the case does not see.
    async fn census(&self) -> Result<Census, PortError> {
        let census = self.store.census().await?;
        let sockets = self.sockets();
        let seen: BTreeSet<_> = sockets.seen.iter().map(|(player, _)| player).collect();
        let unseen = sockets.unseen.keys().filter(|player| !seen.contains(player)).count();
        Ok(Census { connected: census.connected.saturating_sub(unseen), ..census })
    }
}
