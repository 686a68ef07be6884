use std::sync::Arc;

use async_trait::async_trait;

use super::{
    failure::Failure,
    foregone::Foregone,
    link::Link,
    news,
    records::{self, read_socket, socket as written},
};
use crate::{
    adapters::websocket::SocketHub,
    domain::{Greeting, Notice, PlayerId, Serial, SocketId},
    ports::{Greeted, Notifier, PortError},
};

/// Tells players on whatever node they hold their sockets.
///
/// Redis knows which node holds a socket of whom, and keeps an inbox for each node. Whatever is told goes through inboxes, this
/// node's own included, so that every socket hears things in the one order in which they were decided; the hub of this node
/// tells its sockets what comes in.
pub struct RedisNotifier {
    link: Arc<Link>,
    foregone: Arc<Foregone>,
    hub: Arc<SocketHub>,
}

impl RedisNotifier {
    pub(super) const fn new(link: Arc<Link>, foregone: Arc<Foregone>, hub: Arc<SocketHub>) -> Self {
        Self { link, foregone, hub }
    }
}

#[async_trait]
impl Notifier for RedisNotifier {
    async fn attach(&self, player: &PlayerId, socket: SocketId) -> Result<(), PortError> {
        // Here first: from the moment at which others know of the socket it has to hold what comes in.
        self.hub.attach(player, socket).await?;
        self.link.call("attach", &[player.as_str(), &written(socket)]).await?;
        if !self.hub.is_open(socket) {
            // It closed meanwhile, and its closing may have come before this.
            self.link.call("detach", &[player.as_str(), &written(socket)]).await?;
        }
        Ok(())
    }

    async fn greet(&self, player: &PlayerId, socket: SocketId, greeting: &Greeting) -> Result<Greeted, PortError> {
        if !self.hub.is_open(socket) {
            return Ok(Greeted::Gone);
        }
        let arguments = [player.as_str(), &written(socket), &greeting.connection().0.to_string()];
        let mut reply = self.link.call("greet", &arguments).await?;
        match &*reply.next()? {
            "live" => {}
            // Redis has lost it since it was attached, or taken this node for dead: as if it had not been asked.
            "gone" if self.hub.is_attached(player, socket) => return Err(Failure::Forgotten.into()),
            "gone" => return Ok(Greeted::Gone),
            "outdated" => return Ok(Greeted::Outdated),
            "replaced" => {
                let (connection, by): (u64, String) = (reply.number()?, reply.next()?);
                self.hub.supersede(player, Serial(connection), read_socket(&by)?);
            }
            other => return Err(records::unreadable(other).into()),
        }
        self.hub.greet(player, socket, greeting).await
    }

    async fn tell(&self, player: &PlayerId, notice: &Notice) -> Result<(), PortError> {
        if self.foregone.take_told(player, notice) {
            return Ok(());
        }
        self.link.call("tell", &[player.as_str(), &news::to_one(player, notice)]).await?;
        Ok(())
    }

    async fn detach(&self, player: &PlayerId, socket: SocketId) -> Result<(), PortError> {
        self.hub.detach(player, socket).await?;
        self.link.call("detach", &[player.as_str(), &written(socket)]).await?;
        Ok(())
    }
}
