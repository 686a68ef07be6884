use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::QueueStoreFixture;
use crate::{
    domain::{
        Census, ConnectOutcome, Connected, Decided, EndReason, EndedTicket, FindOutcome, LeaveOutcome, Match, MatchId,
        Pairing, PlayerId, QueueKey, QueueSettings, SocketId, Standing, Ticket,
    },
    ports::{
        PortError, QueueStore,
        contract::{
            TestClock, Violation,
            samples::{match_id, player, seconds},
            violation::{check, check_that},
        },
    },
};

pub(super) const GRACE: Duration = seconds(30);
pub(super) const SEARCH: Duration = seconds(600);
pub(super) const SETTINGS: QueueSettings = QueueSettings {
    disconnect_grace: GRACE,
    search_time: SEARCH,
    max_waiting: 1_000,
    max_matches: 1_000,
    pair_only_connected: false,
};

/// The store under test, spoken to in short.
pub(super) struct Subject {
    pub(super) store: Arc<dyn QueueStore>,
    pub(super) clock: Arc<dyn TestClock>,
    last_match: AtomicU64,
}

impl Subject {
    pub(super) async fn open(fixture: &dyn QueueStoreFixture) -> Self {
        Self::open_with(fixture, SETTINGS).await
    }

    pub(super) async fn open_with(fixture: &dyn QueueStoreFixture, settings: QueueSettings) -> Self {
        let (store, clock) = fixture.open(settings).await;
        Self { store, clock, last_match: AtomicU64::new(0) }
    }

    pub(super) async fn advance(&self, by: Duration) {
        self.clock.advance(by).await;
    }

    /// A name that no match has.
    pub(super) fn next_match(&self) -> MatchId {
        match_id(self.last_match.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// The call of `find`, to be awaited here or in a race.
    pub(super) fn finding(
        &self,
        who: &str,
        key: &QueueKey,
    ) -> impl Future<Output = Result<Decided<FindOutcome>, PortError>> + Send + use<> {
        let (store, who, key, id) = (Arc::clone(&self.store), player(who), key.clone(), self.next_match());
        async move { store.find(&who, &key, id).await }
    }

    pub(super) async fn find(&self, who: &str, key: &QueueKey) -> Result<Decided<FindOutcome>, Violation> {
        Ok(self.finding(who, key).await?)
    }

    pub(super) async fn look(&self, who: &str) -> Result<Decided<Standing>, Violation> {
        Ok(self.store.look(&player(who)).await?)
    }

    pub(super) async fn leave(&self, who: &str) -> Result<Decided<LeaveOutcome>, Violation> {
        Ok(self.leaving(who).await?)
    }

    /// The call of `connect`, to be awaited here or in a race.
    pub(super) fn connecting(
        &self,
        who: &str,
        socket: u64,
    ) -> impl Future<Output = Result<Decided<ConnectOutcome>, PortError>> + Send + use<> {
        let (store, who, id) = (Arc::clone(&self.store), player(who), self.next_match());
        async move { store.connect(&who, SocketId(socket), id).await }
    }

    /// Connects a player who is not to be paired by it.
    pub(super) async fn connect(&self, who: &str, socket: u64) -> Result<Decided<Connected>, Violation> {
        let Decided { outcome, ended } = self.connecting(who, socket).await?;
        match outcome {
            ConnectOutcome::Connected(outcome) => Ok(Decided { outcome, ended }),
            ConnectOutcome::Paired { .. } | ConnectOutcome::AtCapacity => Err(Violation::new(
                "connecting pairs nobody but a waiting player who was passed over, with one who may be paired",
                "Connected",
                format!("{outcome:?}"),
            )),
        }
    }

    /// The call of `disconnect`, to be awaited here or in a race.
    pub(super) fn disconnecting(
        &self,
        who: &str,
        socket: u64,
    ) -> impl Future<Output = Result<(), PortError>> + Send + use<> {
        let (store, who) = (Arc::clone(&self.store), player(who));
        async move { store.disconnect(&who, SocketId(socket)).await }
    }

    pub(super) async fn disconnect(&self, who: &str, socket: u64) -> Result<(), Violation> {
        Ok(self.disconnecting(who, socket).await?)
    }

    /// The call of `leave`, to be awaited here or in a race.
    pub(super) fn leaving(
        &self,
        who: &str,
    ) -> impl Future<Output = Result<Decided<LeaveOutcome>, PortError>> + Send + use<> {
        let (store, who) = (Arc::clone(&self.store), player(who));
        async move { store.leave(&who).await }
    }

    pub(super) async fn end_overdue(&self) -> Result<Vec<EndedTicket>, Violation> {
        Ok(self.store.end_overdue(usize::MAX).await?)
    }

    /// Lets an idle player ask for a key under which nobody waits.
    pub(super) async fn wait(&self, who: &str, key: &QueueKey) -> Result<Ticket, Violation> {
        let decided = self.find(who, key).await?;
        match decided.outcome {
            FindOutcome::Joined(ticket) => Ok(ticket),
            _ => Err(Violation::new(
                "an idle player waits when nobody waits under his key",
                "Joined",
                format!("{:?}", decided.outcome),
            )),
        }
    }

    /// Lets two idle players ask for a key under which nobody waits.
    pub(super) async fn pair(&self, first: &str, second: &str, key: &QueueKey) -> Result<Match, Violation> {
        self.wait(first, key).await?;
        let decided = self.find(second, key).await?;
        match decided.outcome {
            FindOutcome::Paired(match_) => Ok(match_),
            _ => Err(Violation::new(
                "an idle player is paired with the one who waits under his key",
                "Paired",
                format!("{:?}", decided.outcome),
            )),
        }
    }

    /// Looks at a player; the answer is to report no end.
    pub(super) async fn expect_standing(
        &self,
        guarantee: &str,
        who: &str,
        standing: Standing,
    ) -> Result<(), Violation> {
        check(guarantee, self.look(who).await?, quiet(standing))
    }

    /// The ticket is to live until just before now and to be overdue now; the caller has moved the time to just before.
    pub(super) async fn expect_end_in_an_instant(
        &self,
        guarantee: &str,
        who: &str,
        ticket: &Ticket,
        reason: EndReason,
    ) -> Result<(), Violation> {
        check(guarantee, self.end_overdue().await?, Vec::new())?;
        self.advance(Duration::from_micros(1)).await;
        check(guarantee, self.end_overdue().await?, vec![ended(who, ticket, reason)])?;
        self.expect_standing(guarantee, who, Standing::Idle).await
    }

    pub(super) async fn expect_census(&self, guarantee: &str, census: Census) -> Result<(), Violation> {
        check(guarantee, self.store.census().await?, census)
    }

    pub(super) async fn expect_no_end(&self, guarantee: &str) -> Result<(), Violation> {
        let ended = self.end_overdue().await?;
        check_that(guarantee, ended.is_empty(), "no ticket to have ended", ended)
    }
}

/// A decision before which no ticket ended.
pub(super) const fn quiet<T>(outcome: T) -> Decided<T> {
    Decided { outcome, ended: Vec::new() }
}

pub(super) fn ended(who: &str, ticket: &Ticket, reason: EndReason) -> EndedTicket {
    EndedTicket { player: player(who), ticket: ticket.clone(), reason }
}

pub(super) fn unsettled(match_: &Match) -> Pairing {
    Pairing { match_: match_.clone(), settled: false }
}

pub(super) fn settled(match_: &Match) -> Pairing {
    Pairing { match_: match_.clone(), settled: true }
}

/// The match that a player stands in.
pub(super) fn match_of(standing: &Standing) -> Option<(MatchId, [PlayerId; 2])> {
    match standing {
        Standing::Matched(pairing) => Some((pairing.match_.id(), pairing.match_.players().clone())),
        Standing::Idle | Standing::Waiting(_) => None,
    }
}
