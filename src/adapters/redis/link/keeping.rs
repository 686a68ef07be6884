//! How there is a connection for as long as there can be.

use std::{
    mem,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use redis::{Cmd, aio::MultiplexedConnection};
use tokio::time::{sleep, timeout};

use super::{
    super::{
        failure::Failure,
        greeting::{self, Unusable},
        trouble::Trouble,
    },
    CALL_TIME, CONNECT_TIME, Way,
};

/// How often the connection is looked at; one that does not answer within the same time is given up.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// How long to wait before connecting anew.
const RETRY_INTERVAL: Duration = Duration::from_millis(250);

impl Way {
    /// Connects, and makes sure that the server can be used; whether it is the one that was called before.
    pub(super) async fn connect(&self) -> Result<bool, Unusable> {
        let connecting = async {
            let mut connection = self.new_connection(None).await?;
            let server = greeting::examine(&mut connection).await?;
            self.look(&mut connection).await?;
            // Before any call is let through, since this may be a server that knows less than the last one.
            if let Err(failure) = self.raise_serial(&mut connection).await {
                // Not at once: a server without memory refuses to load also what it has.
                if !failure.lacks_library() {
                    return Err(failure.into());
                }
                greeting::load(&mut connection, &self.library).await?;
                self.raise_serial(&mut connection).await?;
            }
            let before = mem::replace(&mut *self.server(), server.clone());
            *self.connection() = Some(connection);
            Ok(before == server)
        };
        timeout(CONNECT_TIME, connecting).await.unwrap_or(Err(Unusable::TimedOut(CONNECT_TIME)))
    }

    /// Lets it give no serial that was given before.
    async fn raise_serial(&self, connection: &mut MultiplexedConnection) -> Result<(), Failure> {
        let seen = self.greatest_serial.load(Ordering::Relaxed).to_string();
        let reply = self.ask(connection, "raise", &[&seen], Instant::now() + CALL_TIME).await?;
        if reply.late().is_some() { Err(Failure::Late) } else { Ok(()) }
    }

    /// Looks at the connection at intervals, and opens another when it is broken.
    pub(super) async fn keep_connected(self: Arc<Self>) {
        loop {
            // What calls on the last connection said of it does not count against this one.
            self.spoilt.notified().now_or_never();
            let gone = self.watch().await;
            *self.connection() = None;
            let address = &self.settings;
            tracing::warn!(store = %address, error = %gone, "Redis is away; calls are refused until it is back");
            let since = Instant::now();
            let mut trouble = Trouble::default();
            let same_server = loop {
                match self.connect().await {
                    Ok(same_server) => break same_server,
                    Err(error) if trouble.is_news(&error) => {
                        tracing::warn!(store = %address, %error, "Redis cannot be used yet; it is tried again");
                    }
                    Err(_) => {}
                }
                sleep(RETRY_INTERVAL).await;
            };
            let away = since.elapsed().as_millis();
            tracing::info!(store = %address, away_ms = away, same_server, "Redis is back");
            if !same_server {
                self.servers.send_modify(|count| *count += 1);
            }
        }
    }

    /// Returns once the connection is no good any more.
    async fn watch(&self) -> Failure {
        loop {
            tokio::select! {
                () = self.spoilt.notified() => return Failure::Away,
                () = sleep(LOOK_INTERVAL) => {}
            }
            let Some(mut connection) = self.connection().clone() else { return Failure::Away };
            match timeout(LOOK_INTERVAL, self.look(&mut connection)).await {
                Ok(Ok(())) => {}
                Ok(Err(failure)) => return failure,
                Err(_) => return Failure::TimedOut(LOOK_INTERVAL),
            }
        }
    }

    /// Asks for the time, which also shows that somebody answers.
    async fn look(&self, connection: &mut MultiplexedConnection) -> Result<(), Failure> {
        let (seconds, microseconds): (u64, u64) = Cmd::new().arg("TIME").query_async(connection).await?;
        self.server_time.learn(seconds * 1_000_000 + microseconds);
        Ok(())
    }
}
