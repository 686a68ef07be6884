use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;

use super::{
    failure::Failure,
    foregone::Foregone,
    link::Link,
    records::{self, count, flag, microseconds, unreadable},
    reply::Reply,
};
use crate::{
    domain::{
        Capacity, Census, ConnectOutcome, Connected, Decided, EndedTicket, FindOutcome, LeaveOutcome, Match, MatchId,
        MatchStatus, Pairing, PlayerId, QueueKey, QueueSettings, Serial, SettleOutcome, SocketId, Standing,
    },
    ports::{PortError, QueueStore},
};

/// The queue policy as functions in Redis: each verb is one call, and one decision there.
pub struct RedisQueueStore {
    link: Arc<Link>,
    foregone: Arc<Foregone>,
    settings: QueueSettings,
    united: bool,
}

impl RedisQueueStore {
    pub(super) const fn new(link: Arc<Link>, foregone: Arc<Foregone>, settings: QueueSettings) -> Self {
        Self { link, foregone, settings, united: false }
    }

    /// The store united with the repository and the notifier of the same server: the decision that pairs two players also stores
    /// their match, tells both and settles it, and the calls that would do so are answered without Redis.
    ///
    /// By itself it would not fulfil its contract, by which a pairing is settled when it is asked to be.
    #[must_use]
    pub(super) fn united(self) -> Self {
        Self { united: true, ..self }
    }

    fn search_time(&self) -> String {
        microseconds(self.settings.search_time)
    }

    const fn only_connected(&self) -> &'static str {
        flag(self.settings.pair_only_connected)
    }

    /// The tickets that were ended on the way, whose players the function has told.
    fn decided<T>(&self, outcome: T, reply: Reply) -> Result<Decided<T>, PortError> {
        let ended = reply.rest(records::read_ended)?;
        self.foregone.ended(&ended);
        Ok(Decided { outcome, ended })
    }

    /// A match that was made just now.
    fn paired(&self, pairing: &str) -> Result<Match, Failure> {
        let match_ = records::read_match(pairing, MatchStatus::Active)?;
        self.link.note_serial(match_.serial().0);
        Ok(match_)
    }

    /// The same, and nothing is left to do for it.
    fn paired_and_settled(&self, pairing: &str) -> Result<Match, Failure> {
        let match_ = self.paired(pairing)?;
        self.foregone.settled(&match_);
        Ok(match_)
    }
}

#[async_trait]
impl QueueStore for RedisQueueStore {
    async fn find(
        &self,
        player: &PlayerId,
        key: &QueueKey,
        new_match: MatchId,
    ) -> Result<Decided<FindOutcome>, PortError> {
        let arguments = [
            player.as_str(),
            &key.to_string(),
            &new_match.to_string(),
            &self.search_time(),
            &count(self.settings.max_waiting),
            &count(self.settings.max_matches),
            self.only_connected(),
            flag(self.united),
        ];
        let mut reply = self.link.decide("find", &arguments).await?;
        let (outcome, record) = (reply.next()?, reply.next()?);
        let outcome = match &*outcome {
            "joined" => {
                let ticket = records::read_ticket(&record)?;
                self.link.note_serial(ticket.serial.0);
                FindOutcome::Joined(ticket)
            }
            "still" => FindOutcome::StillWaiting(records::read_ticket(&record)?),
            "elsewhere" => FindOutcome::WaitingElsewhere(records::read_ticket(&record)?),
            "matched" => FindOutcome::AlreadyMatched(read_matched(&record)?),
            "paired" => FindOutcome::Paired(self.paired(&record)?),
            "paired_and_settled" => FindOutcome::Paired(self.paired_and_settled(&record)?),
            "no_room_for_tickets" => FindOutcome::AtCapacity(Capacity::Waiting),
            "no_room_for_matches" => FindOutcome::AtCapacity(Capacity::Matches),
            other => return Err(unreadable(other).into()),
        };
        self.decided(outcome, reply)
    }

    async fn look(&self, player: &PlayerId) -> Result<Decided<Standing>, PortError> {
        let mut reply = self.link.decide("look", &[player.as_str(), &self.search_time()]).await?;
        let (_, standing) = (reply.next()?, reply.next()?);
        self.decided(records::read_standing(&standing)?, reply)
    }

    async fn leave(&self, player: &PlayerId) -> Result<Decided<LeaveOutcome>, PortError> {
        let mut reply = self.link.decide("leave", &[player.as_str()]).await?;
        let (outcome, record) = (reply.next()?, reply.next()?);
        let outcome = match &*outcome {
            "not_waiting" => LeaveOutcome::NotWaiting,
            "matched" => LeaveOutcome::AlreadyMatched(read_matched(&record)?),
            "left" => {
                let left = records::read_ended(&record)?;
                self.foregone.ended([&left]);
                LeaveOutcome::Left(left)
            }
            other => return Err(unreadable(other).into()),
        };
        self.decided(outcome, reply)
    }

    async fn connect(
        &self,
        player: &PlayerId,
        socket: SocketId,
        new_match: MatchId,
    ) -> Result<Decided<ConnectOutcome>, PortError> {
        let arguments = [
            player.as_str(),
            &records::socket(socket),
            &new_match.to_string(),
            &self.search_time(),
            &count(self.settings.max_matches),
            self.only_connected(),
            flag(self.united),
        ];
        let mut reply = self.link.decide("connect", &arguments).await?;
        let (outcome, record, connection) = (reply.next()?, reply.next()?, reply.next()?);
        let connection = || -> Result<Serial, Failure> {
            let serial = records::read(&connection, &connection)?;
            self.link.note_serial(serial);
            Ok(Serial(serial))
        };
        let outcome = match &*outcome {
            "connected" => {
                let standing = records::read_standing(&record)?;
                ConnectOutcome::Connected(Connected { standing, connection: connection()? })
            }
            "paired" => ConnectOutcome::Paired { match_: self.paired(&record)?, connection: connection()? },
            "paired_and_settled" => {
                ConnectOutcome::Paired { match_: self.paired_and_settled(&record)?, connection: connection()? }
            }
            "no_room_for_matches" => ConnectOutcome::AtCapacity,
            other => return Err(unreadable(other).into()),
        };
        self.decided(outcome, reply)
    }

    async fn disconnect(&self, player: &PlayerId, socket: SocketId) -> Result<(), PortError> {
        let grace = microseconds(self.settings.disconnect_grace);
        let arguments = [player.as_str(), &records::socket(socket), &grace, self.only_connected()];
        self.link.call("disconnect", &arguments).await?;
        Ok(())
    }

    async fn settle(&self, match_: &Match) -> Result<SettleOutcome, PortError> {
        if self.foregone.take_settled(match_.id()) {
            return Ok(SettleOutcome::Settled);
        }
        let mut reply = self.link.call("settle", &[&serial(match_), &match_.id().to_string()]).await?;
        match &*reply.next()? {
            "settled" => Ok(SettleOutcome::Settled),
            "settled_before" => Ok(SettleOutcome::AlreadySettled),
            "not_standing" => Ok(SettleOutcome::NotStanding),
            other => Err(unreadable(other).into()),
        }
    }

    async fn release(&self, match_: &Match) -> Result<bool, PortError> {
        if self.foregone.take_released(match_.id()) {
            return Ok(true);
        }
        // Of a match that is not known to be over nobody may speak any more, so nobody is told.
        let tells = match_.is_finished();
        let arguments = [&*serial(match_), &match_.id().to_string(), flag(tells)];
        let mut reply = self.link.decide("release", &arguments).await?;
        match &*reply.next()? {
            "released" => {
                if tells {
                    self.foregone.released(match_);
                }
                Ok(true)
            }
            "not_standing" => Ok(false),
            other => Err(unreadable(other).into()),
        }
    }

    async fn pairing(&self, match_: &Match) -> Result<Option<Pairing>, PortError> {
        let reply = self.link.call("pairing", &[&serial(match_), &match_.id().to_string()]).await?;
        Ok(reply.rest(records::read_pairing)?.pop())
    }

    async fn unsettled(&self, age: Duration, after: Serial, limit: usize) -> Result<Vec<Pairing>, PortError> {
        let arguments = [&*microseconds(age), &after.0.to_string(), &count(limit)];
        Ok(self.link.call("unsettled", &arguments).await?.rest(records::read_pairing)?)
    }

    async fn pairings(&self, after: Serial, limit: usize) -> Result<Vec<Pairing>, PortError> {
        let reply = self.link.call("pairings", &[&after.0.to_string(), &count(limit)]).await?;
        Ok(reply.rest(records::read_pairing)?)
    }

    async fn end_overdue(&self, limit: usize) -> Result<Vec<EndedTicket>, PortError> {
        let reply = self.link.decide("end_overdue", &[&count(limit)]).await?;
        let ended = reply.rest(records::read_ended)?;
        self.foregone.ended(&ended);
        Ok(ended)
    }

    async fn census(&self) -> Result<Census, PortError> {
        let mut reply = self.link.call("census", &[]).await?;
        let (waiting, matches, connected) = (reply.number()?, reply.number()?, reply.number()?);
        let counts = reply.rest(|text| Ok(text.to_owned()))?;
        let mut waiting_by_game = BTreeMap::new();
        for pair in counts.chunks_exact(2) {
            let (game, asset) = pair[0].split_once(' ').ok_or_else(|| unreadable(&pair[0]))?;
            let queue = (records::read_game(game)?, records::read(asset, &pair[0])?);
            let waiting: usize = records::read(&pair[1], &pair[1])?;
            if waiting > 0 {
                waiting_by_game.insert(queue, waiting);
            }
        }
        let counted: usize = waiting_by_game.values().sum();
        Ok(Census { waiting, waiting_by_game, waiting_elsewhere: waiting.saturating_sub(counted), matches, connected })
    }
}

fn serial(match_: &Match) -> String {
    match_.serial().0.to_string()
}

/// The pairing of a player who is matched.
fn read_matched(standing: &str) -> Result<Pairing, Failure> {
    match records::read_standing(standing)? {
        Standing::Matched(pairing) => Ok(pairing),
        Standing::Idle | Standing::Waiting(_) => Err(unreadable(standing)),
    }
}
