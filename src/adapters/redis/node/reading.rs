//! How a node reads its inbox.

use std::{convert::Infallible, time::Duration};

use redis::aio::MultiplexedConnection;
use tokio::time::sleep;

use super::{
    super::{
        failure::Failure,
        inbox::{self, Message},
        trouble::Trouble,
    },
    Node, Place, RETRY_INTERVAL,
};
use crate::adapters::websocket::SocketHub;

/// How late a message may be told as it comes.
const LONGEST_LAG: Duration = Duration::from_millis(100);

/// How long a read waits for messages.
const READ_TIME: Duration = Duration::from_secs(1);

/// How long a connection may be silent that waits for messages.
const SILENCE_TIME: Duration = Duration::from_secs(2);

impl Node {
    /// Tells the sockets of this node what comes in, for ever.
    pub(in super::super) async fn read_for_ever(&self, hub: &SocketHub) -> Infallible {
        let mut trouble = Trouble::default();
        loop {
            let Err(failure) = self.read(hub, &mut trouble).await;
            if trouble.is_news(&failure) {
                tracing::warn!(error = %failure, "the inbox cannot be read; it is tried again");
            }
            sleep(RETRY_INTERVAL).await;
        }
    }

    /// Reads where calls go: what is told is told there.
    async fn read(&self, hub: &SocketHub, trouble: &mut Trouble) -> Result<Infallible, Failure> {
        let mut servers = self.link.servers();
        let mut connection = self.link.separate_connection(SILENCE_TIME).await?;
        loop {
            tokio::select! {
                read = self.read_once(&mut connection, hub, Some(READ_TIME)) => read?,
                _ = servers.changed() => return Err(Failure::OtherServer),
            };
            trouble.is_over();
        }
    }

    /// Reads everything that is in the inbox by now.
    #[cfg(feature = "testing")]
    pub(in super::super) async fn read_what_is_there(&self, hub: &SocketHub) -> Result<(), Failure> {
        let mut connection = self.link.connection()?;
        while self.read_once(&mut connection, hub, None).await? > 0 {}
        Ok(())
    }

    /// Reads once, and waits so long if there is nothing to read; how many messages it were.
    async fn read_once(
        &self,
        connection: &mut MultiplexedConnection,
        hub: &SocketHub,
        wait: Option<Duration>,
    ) -> Result<usize, Failure> {
        let inbox = self.link.key(&format!("inbox:{}", self.number));
        let Place { mut life, cursor } = self.place().clone();
        let mut messages = inbox::read(connection, &inbox, &cursor, wait).await?;
        let now = self.link.server_time();
        let is_late = |message: &Message| now.saturating_sub(message.sent_at()) > LONGEST_LAG;
        if messages.last().is_some_and(is_late) {
            // Whoever comes late hears all of it first: what is to be told may be for a socket that was replaced since.
            while let Some(last) = messages.last().filter(|last| last.sent_at() < now) {
                let more = inbox::read(connection, &inbox, &last.id, None).await?;
                if more.is_empty() {
                    break;
                }
                messages.extend(more);
            }
        }
        let first_of_another = messages.iter().rposition(|message| message.is_first() && message.id != life);
        if let Some(first) = first_of_another {
            messages.drain(..first);
            messages[0].id.clone_into(&mut life);
            self.begin(&life);
        } else if messages.last().is_some_and(is_late) && self.life_in_redis(connection).await?.as_ref() != Some(&life)
        {
            // That it was replaced, nobody could say to a node that counts as dead: all is told anew.
            return Err(Failure::Forgotten);
        }
        let heard = inbox::deliver(hub, &messages).await;
        self.link.note_serial(heard.0);
        let mut place = self.place();
        if let Some(last) = messages.last().filter(|_| place.life == life) {
            last.id.clone_into(&mut place.cursor);
        }
        Ok(messages.len())
    }

    async fn life_in_redis(&self, connection: &mut MultiplexedConnection) -> Result<Option<String>, Failure> {
        Ok(redis::cmd("HGET").arg(self.link.key("lives")).arg(self.number).query_async(connection).await?)
    }
}
