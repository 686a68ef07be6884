use std::sync::Arc;

use async_trait::async_trait;

use super::{
    failure::Failure,
    foregone::Foregone,
    link::Link,
    records,
    records::{count, flag, microseconds},
};
use crate::{
    domain::{Match, MatchId},
    ports::{Finish, Insertion, MatchRepository, PortError, RepositorySettings},
};

/// How many matches are asked for in one call, which answers nobody else meanwhile.
const ASKED_AT_ONCE: usize = 256;

/// Matches in Redis.
pub struct RedisMatchRepository {
    link: Arc<Link>,
    foregone: Arc<Foregone>,
    settings: RepositorySettings,
    united: bool,
}

impl RedisMatchRepository {
    pub(super) const fn new(link: Arc<Link>, foregone: Arc<Foregone>, settings: RepositorySettings) -> Self {
        Self { link, foregone, settings, united: false }
    }

    /// The repository united with the queue store and the notifier of the same server: the decision that finishes a match also
    /// frees its players and tells them, and the calls that would do so are answered without Redis.
    #[must_use]
    pub(super) fn united(self) -> Self {
        Self { united: true, ..self }
    }

    fn retention(&self) -> String {
        microseconds(self.settings.match_retention)
    }
}

#[async_trait]
impl MatchRepository for RedisMatchRepository {
    async fn insert(&self, match_: &Match) -> Result<Insertion, PortError> {
        if self.foregone.take_inserted(match_.id()) {
            return Ok(Insertion::Inserted);
        }
        let arguments = [&*records::pairing(match_), &count(self.settings.max_matches)];
        let mut reply = self.link.call("insert", &arguments).await?;
        match &*reply.next()? {
            "inserted" => Ok(Insertion::Inserted),
            "there" => Ok(Insertion::AlreadyThere(records::read_stored_match(&reply.next()?)?)),
            "full" => Ok(Insertion::AtCapacity),
            other => Err(records::unreadable(other).into()),
        }
    }

    async fn get(&self, id: MatchId) -> Result<Option<Match>, PortError> {
        let mut reply = self.link.call("get", &[&id.to_string(), &self.retention()]).await?;
        match &*reply.next()? {
            "match" => Ok(Some(records::read_stored_match(&reply.next()?)?)),
            "none" => Ok(None),
            other => Err(records::unreadable(other).into()),
        }
    }

    async fn over(&self, ids: &[MatchId]) -> Result<Vec<MatchId>, PortError> {
        let mut over = Vec::new();
        for ids in ids.chunks(ASKED_AT_ONCE) {
            let ids: Vec<String> = ids.iter().map(MatchId::to_string).collect();
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            over.extend(self.link.call("over", &ids).await?.rest(read_id)?);
        }
        Ok(over)
    }

    async fn finish(&self, id: MatchId) -> Result<Finish, PortError> {
        let arguments = [&*id.to_string(), &self.retention(), flag(self.united)];
        let mut reply = self.link.decide("finish", &arguments).await?;
        match &*reply.next()? {
            "finished" => Ok(Finish::Finished(records::read_stored_match(&reply.next()?)?)),
            "finished_and_released" => {
                let finished = records::read_stored_match(&reply.next()?)?;
                self.foregone.finished_and_released(&finished);
                Ok(Finish::Finished(finished))
            }
            "before" => Ok(Finish::AlreadyFinished(records::read_stored_match(&reply.next()?)?)),
            "none" => Ok(Finish::Unknown),
            other => Err(records::unreadable(other).into()),
        }
    }

    async fn overdue(&self, limit: usize) -> Result<Vec<MatchId>, PortError> {
        let Some(lifetime) = self.settings.match_lifetime else { return Ok(Vec::new()) };
        let reply = self.link.call("overdue", &[&microseconds(lifetime), &count(limit)]).await?;
        Ok(reply.rest(read_id)?)
    }

    async fn purge(&self, limit: usize) -> Result<usize, PortError> {
        Ok(self.link.call("purge", &[&self.retention(), &count(limit)]).await?.number()?)
    }

    async fn count(&self) -> Result<usize, PortError> {
        Ok(self.link.call("count", &[]).await?.number()?)
    }
}

fn read_id(text: &str) -> Result<MatchId, Failure> {
    MatchId::parse(text).ok_or_else(|| records::unreadable(text))
}
