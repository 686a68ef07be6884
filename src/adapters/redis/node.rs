//! This server as one of those that share a Redis.

mod reading;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, sleep},
};
use uuid::Uuid;

use super::{
    cannot_join::CannotJoin,
    failure::Failure,
    link::Link,
    records::{self, NODES, flag, microseconds},
    trouble::Trouble,
};
use crate::{
    adapters::websocket::SocketHub,
    domain::{EndedTicket, QueueSettings, SocketId},
    ports::PortError,
};

/// A node that has not renewed its lease for so long is dead.
const LEASE: Duration = Duration::from_secs(5);

/// How often a lease is renewed.
const BEAT_INTERVAL: Duration = Duration::from_secs(1);

/// How many players of dead nodes are seen to at a time.
const BURIED_AT_ONCE: usize = 64;

/// How many players are looked at in each round of whom Redis knows sockets of this node.
const CHECKED_AT_ONCE: usize = 256;

const RETRY_INTERVAL: Duration = Duration::from_millis(250);

/// What a node says for its life when it is to be given a new one; `nodes.lua` has the same.
const NO_LIFE: &str = "-";

/// Where this node is in Redis.
#[derive(Clone)]
struct Place {
    /// The first message of the inbox, which is another after this node counted as dead.
    life: String,
    /// The last message that was read.
    cursor: String,
}

impl Place {
    fn at_the_beginning_of(life: String) -> Self {
        Self { cursor: life.clone(), life }
    }
}

/// A number that no other node is likely to have, from the random bits of a UUID; never 0, of which no node is.
fn draw_number() -> u64 {
    let (random, _) = Uuid::new_v4().as_u64_pair();
    1 + (random >> (u64::BITS - NODES.ilog2())) % (NODES - 1)
}

/// This server as one of those that share a Redis: it holds a lease, and reads its inbox.
pub struct Node {
    link: Arc<Link>,
    number: u64,
    queue: QueueSettings,
    place: Mutex<Place>,
    /// How often what this node had in Redis may have been lost.
    losses: watch::Sender<u64>,
}

impl Node {
    /// Joins the others, as one that has never been there. Those who go by the other rule may be dead, which shows when their
    /// lease is over.
    pub(super) async fn join(link: Arc<Link>, queue: QueueSettings) -> Result<Self, CannotJoin> {
        let begun = Instant::now();
        loop {
            match Self::try_to_join(&link, queue).await {
                Ok(Some(node)) => return Ok(node),
                // Somebody has that number, by a chance of one in half a thousand million.
                Ok(None) => {}
                Err(CannotJoin::OtherRule { .. }) if begun.elapsed() < LEASE + BEAT_INTERVAL => {
                    sleep(RETRY_INTERVAL).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn try_to_join(link: &Arc<Link>, queue: QueueSettings) -> Result<Option<Self>, CannotJoin> {
        let number = draw_number();
        let arguments = [
            &*number.to_string(),
            &microseconds(LEASE),
            &BURIED_AT_ONCE.to_string(),
            &microseconds(queue.disconnect_grace),
            flag(queue.pair_only_connected),
        ];
        let mut reply = link.call("join", &arguments).await?;
        match &*reply.next()? {
            "joined" => {
                let place = Mutex::new(Place::at_the_beginning_of(reply.next()?));
                Ok(Some(Self { link: Arc::clone(link), number, queue, place, losses: watch::Sender::new(0) }))
            }
            "other_rule" => {
                for EndedTicket { player, reason, .. } in reply.rest(records::read_ended)? {
                    tracing::info!(player_id = %player, reason = reason.as_str(), "a search ended while no server ran");
                }
                Err(CannotJoin::OtherRule { pair_only_connected: queue.pair_only_connected })
            }
            "other_records" => Err(CannotJoin::OtherRecords(reply.next()?)),
            _ => Ok(None),
        }
    }

    /// What tells this node from all others that were ever on this Redis.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// The first id that this node may give to a socket; no other node gives any that follows it.
    #[must_use]
    pub const fn first_socket(&self) -> SocketId {
        records::first_socket_of(self.number)
    }

    /// Counts how often what Redis knew of this node's sockets may have been lost: they have to be registered anew.
    #[must_use]
    pub fn losses(&self) -> watch::Receiver<u64> {
        self.losses.subscribe()
    }

    /// Renews the lease, and sees to the players of nodes that are dead, until this node cannot be one any more.
    pub(super) async fn beat_for_ever(&self, hub: &SocketHub) -> CannotJoin {
        let mut servers = self.link.servers();
        let mut trouble = Trouble::default();
        let mut checked = String::new();
        loop {
            if servers.has_changed().is_ok_and(|changed| changed) {
                servers.mark_unchanged();
                // What the other server did not hear of any more, or has forgotten, nobody can tell, nor whether its inbox
                // goes on where this node has read to.
                NO_LIFE.clone_into(&mut self.place().life);
            }
            match self.beat().await {
                Ok(true) => trouble.is_over(),
                Ok(false) => {
                    trouble.is_over();
                    checked = self.end_what_is_closed(hub, &checked).await.unwrap_or_else(|error| {
                        tracing::warn!(%error, "sockets that may be closed could not be looked at; it is begun anew");
                        String::new()
                    });
                    sleep(BEAT_INTERVAL).await;
                }
                Err(CannotJoin::Store(error)) => {
                    if trouble.is_news(&error) {
                        tracing::warn!(%error, "the node's lease could not be renewed; it is tried again");
                    }
                    sleep(RETRY_INTERVAL).await;
                }
                Err(error) => return error,
            }
        }
    }

    /// Renews the lease once; whether there is more to see to.
    async fn beat(&self) -> Result<bool, CannotJoin> {
        let Place { life, cursor } = self.place().clone();
        let arguments = [
            &*self.number.to_string(),
            &microseconds(LEASE),
            &life,
            &self.link.greatest_serial().to_string(),
            &cursor,
            &BURIED_AT_ONCE.to_string(),
            &microseconds(self.queue.disconnect_grace),
            flag(self.queue.pair_only_connected),
        ];
        let mut reply = self.link.call("beat", &arguments).await?;
        match &*reply.next()? {
            "renewed" => {}
            "other_records" => return Err(CannotJoin::OtherRecords(reply.next()?)),
            _ => return Err(CannotJoin::OtherRule { pair_only_connected: self.queue.pair_only_connected }),
        }
        self.begin(&reply.next()?);
        let buried: usize = reply.number()?;
        if buried > 0 {
            tracing::info!(players = buried, "the presence of players on a node that is dead was ended");
        }
        Ok(buried == BURIED_AT_ONCE)
    }

    /// This is the life that the node has now. Where it is not the one that it knows, the node counted as dead, or what was there
    /// for it may be lost: its inbox begins anew.
    fn begin(&self, life: &str) {
        let mut place = self.place();
        if place.life == life {
            return;
        }
        *place = Place::at_the_beginning_of(life.to_owned());
        drop(place);
        tracing::warn!(
            node = self.number,
            "the node counted as dead, or Redis is another or forgot it; its sockets are registered anew"
        );
        self.losses.send_modify(|count| *count += 1);
    }

    /// Looks at some of the players of whom Redis knows sockets of this node, those after this one, and ends what is there of
    /// sockets that are closed: that they closed may be lost by a failover, and nobody else would see to it. Gives the player
    /// after whom to go on.
    async fn end_what_is_closed(&self, hub: &SocketHub, after: &str) -> Result<String, Failure> {
        let arguments = [&*self.number.to_string(), after, &CHECKED_AT_ONCE.to_string()];
        let held = self.link.call("held", &arguments).await?.rest(|held| Ok(held.to_owned()))?;
        let mut last = "";
        for held in &held {
            let mut words = held.split(' ');
            last = words.next().unwrap_or_default();
            for socket in words {
                if !hub.is_open(records::read_socket(socket)?) {
                    self.end_socket(last, socket).await?;
                }
            }
        }
        // At the end of the list the next round begins anew.
        Ok(if held.len() == CHECKED_AT_ONCE { last.to_owned() } else { String::new() })
    }

    async fn end_socket(&self, player: &str, socket: &str) -> Result<(), Failure> {
        let QueueSettings { disconnect_grace, pair_only_connected, .. } = self.queue;
        self.link.call("detach", &[player, socket]).await?;
        let arguments = [player, socket, &microseconds(disconnect_grace), flag(pair_only_connected)];
        self.link.call("disconnect", &arguments).await?;
        Ok(())
    }

    /// Leaves the others: what it still holds is seen to by them at once.
    ///
    /// # Errors
    ///
    /// When Redis is away; then the lease runs out.
    pub async fn part(&self) -> Result<(), PortError> {
        self.link.call("part", &[&self.number.to_string()]).await?;
        Ok(())
    }

    fn place(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
