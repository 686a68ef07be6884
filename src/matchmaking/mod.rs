//! The use cases, on the ports alone.
//!
//! Pairing crosses two stores and a notifier; each can fail, and the process can die between any two steps. The queue
//! store's one atomic verb is the commitment; everything after it only ever rolls forward (see `carrying`).

mod carrying;
mod sweeping;

use std::sync::{Arc, atomic::AtomicU64};

use crate::{
    domain::{
        Capacity, Census, ConnectOutcome, Connected, Decided, EndedTicket, FindOutcome, Greeting, LeaveOutcome, Match,
        MatchId, Notice, Pairing, PlayerId, QueueKey, Serial, SocketId, Standing, Ticket,
    },
    ports::{Clock, Event, Greeted, Journal, MatchIds, MatchRepository, Notifier, PortError, QueueStore},
};

use carrying::Carried;
#[cfg(feature = "testing")]
pub(crate) use sweeping::SWEPT_AT_ONCE;
pub use sweeping::{SWEEP_INTERVAL, UNSETTLED_AGE};

/// How often a call looks again at a player whose match ended while it looked. Each time some other call has made
/// progress, so the bound is there only to have one.
const ATTEMPTS: usize = 8;

/// The ports that the use cases stand on.
pub struct Ports {
    /// Who stands where.
    pub queue: Arc<dyn QueueStore>,
    /// The matches that can be read.
    pub matches: Arc<dyn MatchRepository>,
    /// The way to the players.
    pub notifier: Arc<dyn Notifier>,
    /// The account of what happens.
    pub journal: Arc<dyn Journal>,
    /// Names for new matches.
    pub match_ids: Arc<dyn MatchIds>,
}

/// The matchmaker: every use case of the product.
///
/// # Errors
///
/// Every use case gives [`Unavailable`] when a port failed or could not tell what happened. It can be repeated safely, and
/// then gives the true answer.
pub struct Matchmaking {
    ports: Ports,
    /// The serial up to which [`sweep`](Self::sweep) has looked through the pairings.
    checked: AtomicU64,
}

/// What a player who asks to be paired is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// He waits under the key he asked for.
    Waiting,
    /// He is in this match, of the key he asked for.
    Matched(MatchId),
    /// He waits on this ticket of another key; nothing changed.
    AlreadyWaiting(Ticket),
    /// He is in this match of another key; nothing changed.
    AlreadyMatched(MatchId),
    /// A bound is reached; nothing changed.
    AtCapacity(Capacity),
}

/// What a player who asks to leave is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// He waits no more.
    Idle,
    /// He is in this match; nothing changed.
    AlreadyMatched(MatchId),
}

/// What became of a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered {
    /// The player was greeted, and this is his live socket.
    Live,
    /// A later registration of the same player lives; this socket is closed.
    Replaced,
    /// The socket has closed meanwhile.
    Gone,
    /// The player waits, and with this socket he would have been paired; but as many matches are stored as may be. Nothing
    /// changed: he was not greeted, and can register again.
    AtCapacity,
}

/// A port failed. Nothing is lost: what was decided stands, and the next call carries it on.
#[derive(Debug, thiserror::Error)]
pub enum Unavailable {
    /// A port's call failed.
    #[error("a port failed: {0}")]
    Port(#[from] PortError),
    /// The repository has no room for a match that is already decided; it is stored as soon as there is.
    #[error("the match repository is full")]
    RepositoryFull,
    /// The player's standing changed as often as it was looked at.
    #[error("the player's standing kept changing")]
    Busy,
}

impl Matchmaking {
    /// The use cases on these ports.
    #[must_use]
    pub fn new(ports: Ports) -> Self {
        Self { ports, checked: AtomicU64::new(0) }
    }

    /// A player asks to be paired under a key.
    ///
    /// # Errors
    ///
    /// [`Unavailable`], see [`Matchmaking`].
    pub async fn find(&self, player: &PlayerId, key: &QueueKey) -> Result<Found, Unavailable> {
        for _ in 0..ATTEMPTS {
            let decided = self.ports.queue.find(player, key, self.ports.match_ids.next()).await?;
            match self.account_for(decided).await {
                FindOutcome::Joined(ticket) => {
                    self.ports.journal.record(Event::QueueJoined(player, &ticket));
                    return Ok(Found::Waiting);
                }
                FindOutcome::StillWaiting(_) => return Ok(Found::Waiting),
                FindOutcome::WaitingElsewhere(ticket) => return Ok(Found::AlreadyWaiting(ticket)),
                FindOutcome::AtCapacity(capacity) => return Ok(Found::AtCapacity(capacity)),
                FindOutcome::Paired(match_) => {
                    self.settle(&match_).await?;
                    return Ok(Found::Matched(match_.id()));
                }
                FindOutcome::AlreadyMatched(pairing) => {
                    if self.carry(&pairing).await? == Carried::Stands {
                        let match_ = &pairing.match_;
                        let same = match_.key() == key;
                        return Ok(if same { Found::Matched(match_.id()) } else { Found::AlreadyMatched(match_.id()) });
                    }
                }
            }
        }
        Err(Unavailable::Busy)
    }

    /// Where a player stands; looking keeps his ticket alive.
    ///
    /// # Errors
    ///
    /// [`Unavailable`], see [`Matchmaking`].
    pub async fn standing(&self, player: &PlayerId) -> Result<Standing, Unavailable> {
        for _ in 0..ATTEMPTS {
            let decided = self.ports.queue.look(player).await?;
            let standing = self.account_for(decided).await;
            if self.still_stands(&standing).await? {
                return Ok(standing);
            }
        }
        Err(Unavailable::Busy)
    }

    /// A player asks to wait no more.
    ///
    /// # Errors
    ///
    /// [`Unavailable`], see [`Matchmaking`].
    pub async fn leave(&self, player: &PlayerId) -> Result<Left, Unavailable> {
        for _ in 0..ATTEMPTS {
            let decided = self.ports.queue.leave(player).await?;
            match self.account_for(decided).await {
                LeaveOutcome::NotWaiting => return Ok(Left::Idle),
                LeaveOutcome::Left(ended) => {
                    self.report_end(ended).await;
                    return Ok(Left::Idle);
                }
                LeaveOutcome::AlreadyMatched(pairing) => {
                    if self.carry(&pairing).await? == Carried::Stands {
                        return Ok(Left::AlreadyMatched(pairing.match_.id()));
                    }
                }
            }
        }
        Err(Unavailable::Busy)
    }

    /// A match as it can be read; `None` when there is none of that id.
    ///
    /// # Errors
    ///
    /// [`Unavailable`], see [`Matchmaking`].
    pub async fn get(&self, id: MatchId) -> Result<Option<Match>, Unavailable> {
        Ok(self.ports.matches.get(id).await?)
    }

    /// A match is over: `None` when there is none of that id, else the finished match, also when it was finished before.
    ///
    /// # Errors
    ///
    /// [`Unavailable`], see [`Matchmaking`].
    pub async fn finish(&self, id: MatchId) -> Result<Option<Match>, Unavailable> {
        let Some(match_) = self.ports.matches.get(id).await? else { return Ok(None) };
        self.end(match_).await
    }

    /// A player registers on a socket: it is attached first and his standing read after, so that no match slips between.
    ///
    /// # Errors
    ///
    /// [`Unavailable`], see [`Matchmaking`]. The socket stays attached and hears nothing until a registration succeeds.
    pub async fn register(&self, player: &PlayerId, socket: SocketId) -> Result<Registered, Unavailable> {
        self.greet(player, socket, |Connected { standing, connection }| Greeting::new(connection, standing)).await
    }

    /// What a shared store knew of a socket may have been lost: the socket that lives by that connection is registered again,
    /// and its player is told where he stands. It replaces none that he has registered since.
    ///
    /// # Errors
    ///
    /// [`Unavailable`], see [`Matchmaking`]; also when the player has registered on the socket again meanwhile.
    pub async fn register_anew(
        &self,
        player: &PlayerId,
        socket: SocketId,
        lives_by: Serial,
    ) -> Result<Registered, Unavailable> {
        let anew = |Connected { standing, connection }| Greeting::anew(lives_by, connection, standing);
        self.greet(player, socket, anew).await
    }

    async fn greet(
        &self,
        player: &PlayerId,
        socket: SocketId,
        greeting: impl Fn(Connected) -> Greeting,
    ) -> Result<Registered, Unavailable> {
        self.ports.notifier.attach(player, socket).await?;
        for _ in 0..ATTEMPTS {
            let decided = self.ports.queue.connect(player, socket, self.ports.match_ids.next()).await?;
            // A greeting that could not name the match would leave him untold: whoever settles it may have told both before
            // this socket was attached.
            let (connected, stands) = match self.account_for(decided).await {
                ConnectOutcome::AtCapacity => return Ok(Registered::AtCapacity),
                ConnectOutcome::Connected(connected) => {
                    let stands = self.still_stands(&connected.standing).await?;
                    (connected, stands)
                }
                ConnectOutcome::Paired { match_, connection } => {
                    let stands = self.settle(&match_).await? == Carried::Stands;
                    let standing = Standing::Matched(Pairing { match_, settled: true });
                    (Connected { standing, connection }, stands)
                }
            };
            if !stands {
                continue;
            }
            match self.ports.notifier.greet(player, socket, &greeting(connected)).await? {
                Greeted::Outdated => {}
                Greeted::Live => {
                    self.ports.journal.record(Event::PlayerRegistered(player));
                    return Ok(Registered::Live);
                }
                // It is closed now, and will be disconnected as every socket that closes.
                Greeted::Replaced => return Ok(Registered::Replaced),
                Greeted::Gone => {
                    // It closed while it registered: its closing may have come before the connection it was to undo. Only
                    // this socket is disconnected, so one that has replaced it meanwhile still counts.
                    self.ports.queue.disconnect(player, socket).await?;
                    return Ok(Registered::Gone);
                }
            }
        }
        Err(Unavailable::Busy)
    }

    /// A socket that registered, or tried to, has closed.
    ///
    /// # Errors
    ///
    /// [`Unavailable`], see [`Matchmaking`]; until it succeeds the player may count as connected.
    pub async fn disconnect(&self, player: &PlayerId, socket: SocketId) -> Result<(), Unavailable> {
        self.ports.notifier.detach(player, socket).await?;
        Ok(self.ports.queue.disconnect(player, socket).await?)
    }

    /// How many wait, are matched and are connected, if both stores can be reached.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] when one of them cannot.
    pub async fn census(&self) -> Result<Census, Unavailable> {
        self.ports.matches.count().await?;
        Ok(self.ports.queue.census().await?)
    }

    /// Reports the tickets that a decision found ended, and goes on with the decision.
    async fn account_for<T>(&self, decided: Decided<T>) -> T {
        for ended in decided.ended {
            self.report_end(ended).await;
        }
        decided.outcome
    }

    async fn report_end(&self, ended: EndedTicket) {
        self.ports.journal.record(Event::TicketEnded(&ended));
        let player = ended.player.clone();
        self.tell_if_possible(&player, &Notice::SearchEnded(ended)).await;
    }

    /// Tells what may be missed: nothing depends on it, and a failure is logged.
    async fn tell_if_possible(&self, player: &PlayerId, notice: &Notice) {
        if let Err(error) = self.ports.notifier.tell(player, notice).await {
            tracing::warn!(player_id = %player, %error, ?notice, "a notice was not told");
        }
    }
}

#[cfg(test)]
mod tests;
