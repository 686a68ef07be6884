use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;

use super::{
    close_reason::CloseReason,
    socket::{GreetedSocket, Socket},
};
use crate::{
    adapters::metrics::Metrics,
    domain::{Greeting, Notice, PlayerId, Serial, SocketId, Timestamp},
    ports::{Clock, Greeted, Notifier, PortError},
};

/// How often every socket is looked at: one task for all of them instead of a timer for each.
const TENDING_INTERVAL: Duration = Duration::from_secs(1);

/// When nobody has looked for longer than this, the process or its machine was stopped: it could hear nobody.
const LONGEST_LAPSE: Duration = Duration::from_secs(20);

/// The open sockets of this process, and whose they are.
pub struct SocketHub {
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    last_id: AtomicU64,
    /// Held for a look-up or a walk over the sockets, never across an await; taken after `players` where both are.
    open: Mutex<OpenSockets>,
    /// Whom each socket speaks for.
    players: Mutex<HashMap<PlayerId, Attached>>,
}

/// The sockets of one player: a live one, and for moments those that are about to replace it.
#[derive(Default)]
struct Attached {
    sockets: Vec<Arc<Socket>>,
    /// The latest connection that was greeted, and its socket, which may have closed since.
    latest: Option<(Serial, SocketId)>,
}

impl Attached {
    /// This socket, unless it is about to be closed.
    fn open_socket(&self, id: SocketId) -> Option<&Arc<Socket>> {
        self.sockets.iter().find(|socket| socket.id() == id).filter(|socket| socket.closing().is_none())
    }
}

#[derive(Default)]
struct OpenSockets {
    by_id: HashMap<SocketId, Arc<Socket>>,
    going_away: bool,
}

impl SocketHub {
    /// A hub without sockets.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, metrics: Arc<Metrics>) -> Self {
        Self { clock, metrics, last_id: AtomicU64::new(0), open: Mutex::default(), players: Mutex::default() }
    }

    /// Closes every socket, also those that open from now on.
    pub fn close_all(&self) {
        let mut open = self.open();
        open.going_away = true;
        for socket in open.by_id.values() {
            socket.close(CloseReason::GoingAway);
        }
    }

    /// Pings sockets, and closes those that are silent or do not register, for ever.
    pub async fn tend_for_ever(self: Arc<Self>) {
        let mut last = self.clock.now();
        loop {
            self.clock.sleep_until(last.after(TENDING_INTERVAL)).await;
            let now = self.clock.now();
            self.tend(now, now.since(last));
            last = now;
        }
    }

    /// The same hub, whose sockets get ids from this one on: where several servers tell each other of sockets, no two of
    /// them give the same.
    #[must_use]
    pub fn with_first_socket(self, SocketId(first): SocketId) -> Self {
        self.last_id.store(first, Ordering::Relaxed);
        self
    }

    /// Whether the socket is open and not about to be closed.
    pub(crate) fn is_open(&self, id: SocketId) -> bool {
        self.open().by_id.get(&id).is_some_and(|socket| socket.closing().is_none())
    }

    /// The player was greeted elsewhere, on a connection of this serial: his sockets here that live by an older one are closed
    /// as replaced.
    pub(crate) fn supersede(&self, player: &PlayerId, connection: Serial, by: SocketId) {
        let mut players = self.players();
        let Some(Attached { sockets, latest }) = players.get_mut(player) else { return };
        if latest.is_some_and(|(own, _)| own >= connection) {
            return;
        }
        *latest = Some((connection, by));
        close_replaced(sockets, by);
    }

    /// Whether the socket speaks for the player, and is not about to be closed.
    pub(crate) fn is_attached(&self, player: &PlayerId, id: SocketId) -> bool {
        let players = self.players();
        players.get(player).is_some_and(|attached| attached.open_socket(id).is_some())
    }

    /// What the socket has heard is forgotten: whoever knew the order of things may have forgotten it.
    pub(super) fn forget_what_was_heard(&self, player: &PlayerId, id: SocketId) {
        if let Some(socket) = self.players().get(player).and_then(|attached| attached.open_socket(id)) {
            socket.forget_what_was_heard();
        }
    }

    /// The connection by which this socket lives, if it does.
    pub(super) fn lives_by(&self, player: &PlayerId, id: SocketId) -> Option<Serial> {
        let players = self.players();
        let attached = players.get(player)?;
        let (connection, _) = attached.latest.filter(|(_, socket)| *socket == id)?;
        attached.open_socket(id).map(|_| connection)
    }

    /// Whoever has a live socket here, and which.
    pub(super) fn live_sockets(&self) -> Vec<(PlayerId, SocketId)> {
        let players = self.players();
        let live = players.iter().flat_map(|(player, attached)| {
            let live = attached.sockets.iter().filter(|socket| socket.is_live() && socket.closing().is_none());
            live.map(|socket| (player.clone(), socket.id()))
        });
        live.collect()
    }

    pub(super) fn open_socket(&self) -> Arc<Socket> {
        let id = SocketId(self.last_id.fetch_add(1, Ordering::Relaxed) + 1);
        let socket = Arc::new(Socket::open(id, self.clock.now(), Arc::clone(&self.metrics)));
        let mut open = self.open();
        open.by_id.insert(id, Arc::clone(&socket));
        if open.going_away {
            socket.close(CloseReason::GoingAway);
        }
        socket
    }

    pub(super) fn remove_socket(&self, id: SocketId) {
        self.open().by_id.remove(&id);
    }

    fn tend(&self, now: Timestamp, since_last: Duration) {
        for socket in self.open().by_id.values() {
            if since_last > LONGEST_LAPSE {
                socket.forgive(since_last, now);
            }
            socket.tend(now);
        }
    }

    fn open(&self) -> MutexGuard<'_, OpenSockets> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn players(&self) -> MutexGuard<'_, HashMap<PlayerId, Attached>> {
        self.players.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Notifier for SocketHub {
    async fn attach(&self, player: &PlayerId, socket: SocketId) -> Result<(), PortError> {
        let mut players = self.players();
        let open = self.open().by_id.get(&socket).cloned();
        // A socket that was replaced just before must not come back, and replace its successor.
        let Some(socket) = open.filter(|socket| socket.closing().is_none()) else { return Ok(()) };
        let sockets = &mut players.entry(player.clone()).or_default().sockets;
        if !sockets.iter().any(|attached| attached.id() == socket.id()) {
            sockets.push(socket);
        }
        Ok(())
    }

    async fn greet(&self, player: &PlayerId, socket: SocketId, greeting: &Greeting) -> Result<Greeted, PortError> {
        let mut players = self.players();
        let Some(attached) = players.get_mut(player) else { return Ok(Greeted::Gone) };
        let Some(own) = attached.open_socket(socket).cloned() else { return Ok(Greeted::Gone) };
        let Attached { sockets, latest } = attached;
        match *latest {
            Some((connection, other)) if connection > greeting.connection() && other != socket => {
                own.close(CloseReason::Replaced);
                return Ok(Greeted::Replaced);
            }
            Some((connection, _)) if connection > greeting.connection() => return Ok(Greeted::Outdated),
            Some(_) | None => {}
        }
        if own.greet(player, greeting) == GreetedSocket::Outdated {
            return Ok(Greeted::Outdated);
        }
        *latest = Some((greeting.connection(), socket));
        close_replaced(sockets, socket);
        Ok(Greeted::Live)
    }

    async fn tell(&self, player: &PlayerId, notice: &Notice) -> Result<(), PortError> {
        let sockets = self.players().get(player).map(|attached| attached.sockets.clone()).unwrap_or_default();
        for socket in sockets {
            socket.tell(player, notice, &*self.clock);
        }
        Ok(())
    }

    async fn detach(&self, player: &PlayerId, socket: SocketId) -> Result<(), PortError> {
        let mut players = self.players();
        if let Some(Attached { sockets, .. }) = players.get_mut(player) {
            sockets.retain(|attached| attached.id() != socket);
            if sockets.is_empty() {
                players.remove(player);
            }
        }
        Ok(())
    }
}

/// Closes the sockets that lived before this one, and keeps the others.
fn close_replaced(sockets: &mut Vec<Arc<Socket>>, by: SocketId) {
    sockets.retain(|other| {
        let replaced = other.id() != by && other.is_live();
        if replaced {
            other.close(CloseReason::Replaced);
        }
        !replaced
    });
}
