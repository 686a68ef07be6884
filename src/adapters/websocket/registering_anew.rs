use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::{FutureExt, StreamExt, future::ready, stream};
use tokio::sync::watch;

use super::SocketHub;
use crate::{
    domain::{PlayerId, SocketId},
    matchmaking::{Matchmaking, Registered, Unavailable},
    ports::Clock,
};

/// How many are registered at the same time: a store that has just come back has more to do.
const REGISTERED_AT_ONCE: usize = 64;

/// How long those whose registration failed wait for the next try.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// A socket, and whom it speaks for.
type Held = (PlayerId, SocketId);

impl SocketHub {
    /// Registers every live socket anew whenever what a shared store knew of them may have been lost, for ever. Each is told
    /// where its player stands, and his match if he is in one, so nothing that happened meanwhile is missed.
    pub async fn register_anew_for_ever(
        self: Arc<Self>,
        mut losses: watch::Receiver<u64>,
        matchmaking: Arc<Matchmaking>,
        clock: Arc<dyn Clock>,
    ) {
        let mut left: Vec<Held> = Vec::new();
        loop {
            if left.is_empty() && losses.changed().await.is_err() {
                return;
            }
            if losses.has_changed().unwrap_or_default() || left.is_empty() {
                losses.mark_unchanged();
                left = self.begin_anew(left);
            }
            left = self.register_all_anew(left, &matchmaking).await;
            if !left.is_empty() {
                tracing::warn!(sockets = left.len(), "sockets could not be registered anew; they are tried again");
                clock.sleep_until(clock.now().after(RETRY_INTERVAL)).await;
            }
        }
    }

    /// All live sockets, besides those that were left over; they have heard nothing yet.
    fn begin_anew(&self, mut left: Vec<Held>) -> Vec<Held> {
        let live = self.live_sockets();
        tracing::info!(sockets = live.len(), "sockets are registered anew");
        for (player, socket) in &live {
            self.forget_what_was_heard(player, *socket);
        }
        left.retain(|held| !self.is_open(held.1));
        left.extend(live);
        left
    }

    /// Tries each once; those that are left over.
    async fn register_all_anew(&self, sockets: Vec<Held>, matchmaking: &Matchmaking) -> Vec<Held> {
        let tries = stream::iter(sockets).map(|held| async {
            let registering = AssertUnwindSafe(self.register_anew(&held, matchmaking)).catch_unwind();
            let is_done = registering.await.unwrap_or_else(|_| {
                tracing::error!(player_id = %held.0, "a registration ended in a panic");
                false
            });
            (!is_done).then_some(held)
        });
        tries.buffer_unordered(REGISTERED_AT_ONCE).filter_map(ready).collect().await
    }

    /// Whether nothing is left to do for the socket.
    async fn register_anew(&self, (player, socket): &Held, matchmaking: &Matchmaking) -> bool {
        let done: Result<bool, Unavailable> = match self.lives_by(player, *socket) {
            Some(connection) => {
                let registered = matchmaking.register_anew(player, *socket, connection).await;
                registered.map(|registered| registered != Registered::AtCapacity)
            }
            // It has closed, and its end may have come before a registration that failed half-way.
            None => matchmaking.disconnect(player, *socket).await.map(|()| true),
        };
        done.unwrap_or_else(|error| {
            tracing::debug!(player_id = %player, %error, "a socket is registered anew later");
            false
        })
    }
}
