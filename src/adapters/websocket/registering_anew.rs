use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use tokio::sync::watch;

use super::SocketHub;
use crate::{
    domain::{PlayerId, SocketId},
    matchmaking::{Matchmaking, Registered},
    ports::Clock,
};

/// How many are registered at the same time: a store that has just come back has more to do.
const REGISTERED_AT_ONCE: usize = 64;

/// How long a registration that failed waits for the next try.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

impl SocketHub {
    /// Registers every live socket anew whenever what a shared store knew of them may have been lost, for ever. Each is told
    /// where its player stands, and his match if he is in one, so nothing that happened meanwhile is missed.
    pub async fn register_anew_for_ever(
        self: Arc<Self>,
        mut losses: watch::Receiver<u64>,
        matchmaking: Arc<Matchmaking>,
        clock: Arc<dyn Clock>,
    ) {
        while losses.changed().await.is_ok() {
            let sockets = self.live_sockets();
            tracing::info!(sockets = sockets.len(), "sockets are registered anew");
            stream::iter(sockets)
                .for_each_concurrent(REGISTERED_AT_ONCE, |(player, socket)| {
                    self.register_anew(player, socket, &matchmaking, &*clock)
                })
                .await;
        }
    }

    async fn register_anew(&self, player: PlayerId, socket: SocketId, matchmaking: &Matchmaking, clock: &dyn Clock) {
        self.begin_anew(&player, socket);
        while self.is_open(socket) {
            match matchmaking.register(&player, socket).await {
                Ok(Registered::Live | Registered::Replaced | Registered::Gone) => return,
                Ok(Registered::AtCapacity) => {}
                Err(error) => tracing::debug!(player_id = %player, %error, "a socket is registered anew later"),
            }
            clock.sleep_until(clock.now().after(RETRY_INTERVAL)).await;
        }
    }
}
