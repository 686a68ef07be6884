//! What a node has to tell stands in a stream of its own, which it reads in order.

use std::time::Duration;

use redis::{Cmd, aio::MultiplexedConnection};
use tokio::task::yield_now;

use super::{
    failure::Failure,
    news::{self, News},
};
use crate::{
    adapters::websocket::SocketHub,
    domain::{Notice, Serial},
    ports::Notifier,
};

/// How many messages are read at a time.
const READ_AT_ONCE: usize = 256;

/// One message in an inbox.
pub(super) struct Message {
    /// The moment at which it was sent, in milliseconds of Redis's clock, and a number.
    pub(super) id: String,
    text: String,
}

impl Message {
    /// By Redis's clock, since its epoch; what cannot be read counts as sent just now.
    pub(super) fn sent_at(&self) -> Duration {
        let milliseconds = self.id.split('-').next().and_then(|milliseconds| milliseconds.parse().ok());
        milliseconds.map_or(Duration::MAX, Duration::from_millis)
    }

    /// Whether it is the first of an inbox: its id is the life of the node that the inbox belongs to.
    pub(super) fn is_first(&self) -> bool {
        self.text == news::HELLO
    }
}

/// The name and the value of a message's one field, after its id.
type Entry = (String, Vec<String>);

/// The messages that follow this id, some at a time; waits so long for the first.
pub(super) async fn read(
    connection: &mut MultiplexedConnection,
    inbox: &str,
    after: &str,
    wait: Option<Duration>,
) -> Result<Vec<Message>, Failure> {
    let mut command = Cmd::new();
    command.arg("XREAD").arg("COUNT").arg(READ_AT_ONCE);
    if let Some(wait) = wait {
        command.arg("BLOCK").arg(wait.as_millis().to_string());
    }
    command.arg("STREAMS").arg(inbox).arg(after);
    let streams: Option<Vec<(String, Vec<Entry>)>> = command.query_async(connection).await?;
    let entries = streams.into_iter().flatten().flat_map(|(_, entries)| entries);
    Ok(entries.map(|(id, mut fields)| Message { id, text: fields.pop().unwrap_or_default() }).collect())
}

/// Tells the sockets of this node what came in; the greatest serial that it is about.
///
/// Sockets that were replaced are closed first: their players may have heard elsewhere of more than what is still to be told
/// here, and nobody is to hear of a match after its end.
pub(super) async fn deliver(hub: &SocketHub, messages: &[Message]) -> Serial {
    let mut greatest = Serial(0);
    let mut notices = Vec::with_capacity(messages.len());
    for message in messages {
        let serial = match News::read(&message.text) {
            Ok(News::Replaced { player, connection, socket }) => {
                hub.supersede(&player, connection, socket);
                connection
            }
            Ok(News::Notice(players, notice)) => {
                let serial = match &notice {
                    Notice::MatchFound(match_) | Notice::MatchFinished(match_) => match_.serial(),
                    Notice::SearchEnded(ended) => ended.ticket.serial,
                };
                notices.push((players, notice));
                serial
            }
            Ok(News::Hello) => Serial(0),
            Err(error) => {
                tracing::error!(%error, "a message in the inbox was passed over");
                Serial(0)
            }
        };
        greatest = greatest.max(serial);
    }
    for (number, (players, notice)) in notices.into_iter().enumerate() {
        if number % READ_AT_ONCE == READ_AT_ONCE - 1 {
            // Leases are renewed on this thread, too.
            yield_now().await;
        }
        for player in players {
            if let Err(error) = hub.tell(&player, &notice).await {
                tracing::error!(player_id = %player, %error, "a notice was not told");
            }
        }
    }
    greatest
}
