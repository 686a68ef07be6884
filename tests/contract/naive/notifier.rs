use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use matchmaker::{
    domain::{Greeting, Heard, Notice, PlayerId, Serial, SocketId},
    ports::{
        Greeted, Notifier, PortError,
        contract::{self, Closing, NotifierFixture, TestSocket, TestSockets, Told},
    },
};

/// How many messages may wait for a socket.
pub(crate) const OUTBOX: usize = 32;

/// Every socket that was attached and has not been detached, and what waits to be read.
#[derive(Default)]
pub(crate) struct Sockets {
    pub(crate) attached: Vec<Socket>,
    pub(crate) outboxes: Vec<(SocketId, Told)>,
    /// The latest connection that was greeted, of each player who has a socket attached.
    pub(crate) latest: Vec<(PlayerId, Serial)>,
}

pub(crate) struct Socket {
    pub(crate) id: SocketId,
    pub(crate) player: PlayerId,
    /// The serial of the connection it was greeted on, and what it has heard since.
    pub(crate) greeted: Option<(Serial, Heard)>,
    pub(crate) held: Vec<Notice>,
    pub(crate) closed: bool,
}

impl Sockets {
    pub(crate) fn attach(&mut self, player: &PlayerId, id: SocketId) {
        if self.find(id).is_none() {
            let player = player.clone();
            self.attached.push(Socket { id, player, greeted: None, held: Vec::new(), closed: false });
        }
    }

    pub(crate) fn greet(&mut self, player: &PlayerId, id: SocketId, greeting: &Greeting) -> Greeted {
        let Some(place) = self.find(id).filter(|place| !self.attached[*place].closed) else { return Greeted::Gone };
        let connection = greeting.connection();
        let greeted_later = |socket: &Socket| socket.greeted.is_some_and(|(serial, _)| serial > connection);
        let closed_since = self.latest.iter().any(|(owner, serial)| owner == player && *serial > connection);
        let lives =
            self.attached.iter().any(|socket| socket.player == *player && socket.id != id && greeted_later(socket));
        if closed_since || lives {
            self.close(place, Closing::Replaced);
            return Greeted::Replaced;
        }
        if self.attached[place].greeted.is_some_and(|(_, heard)| heard > greeting.heard()) {
            return Greeted::Outdated;
        }
        for other in 0..self.attached.len() {
            let socket = &self.attached[other];
            if socket.player == *player && socket.id != id && socket.greeted.is_some() {
                self.close(other, Closing::Replaced);
            }
        }
        self.attached[place].greeted = Some((connection, greeting.heard()));
        self.latest.retain(|(owner, _)| owner != player);
        self.latest.push((player.clone(), connection));
        let standing = greeting.standing().as_str().to_owned();
        self.send(place, Told::Registered { player: player.clone(), standing });
        if let Some(match_) = greeting.match_found() {
            self.send(place, told(player, &Notice::MatchFound(match_.clone())));
        }
        for notice in std::mem::take(&mut self.attached[place].held) {
            self.say(place, &notice);
        }
        Greeted::Live
    }

    pub(crate) fn tell(&mut self, player: &PlayerId, notice: &Notice) {
        for place in 0..self.attached.len() {
            let socket = &mut self.attached[place];
            if socket.player != *player {
                continue;
            }
            if socket.greeted.is_some() {
                self.say(place, notice);
            } else if !socket.closed {
                socket.held.push(notice.clone());
                if socket.held.len() > OUTBOX {
                    socket.held.clear();
                    self.close(place, Closing::Unread);
                }
            }
        }
    }

    pub(crate) fn detach(&mut self, id: SocketId) {
        self.attached.retain(|socket| socket.id != id);
        self.latest.retain(|(owner, _)| self.attached.iter().any(|socket| socket.player == *owner));
    }

    /// Tells a greeted socket what is news to it.
    pub(crate) fn say(&mut self, place: usize, notice: &Notice) {
        let socket = &mut self.attached[place];
        let Some((_, heard)) = &mut socket.greeted else { return };
        if heard.admit(notice) {
            let told = told(&socket.player.clone(), notice);
            self.send(place, told);
        }
    }

    pub(crate) fn send(&mut self, place: usize, told: Told) {
        let Socket { id, closed, .. } = self.attached[place];
        if closed {
            return;
        }
        if self.outboxes.iter().filter(|(owner, _)| *owner == id).count() >= OUTBOX {
            self.close(place, Closing::Unread);
        } else {
            self.outboxes.push((id, told));
        }
    }

    pub(crate) fn close(&mut self, place: usize, closing: Closing) {
        let socket = &mut self.attached[place];
        if !std::mem::replace(&mut socket.closed, true) {
            self.outboxes.push((socket.id, Told::Closed(closing)));
        }
    }

    pub(crate) fn find(&self, id: SocketId) -> Option<usize> {
        self.attached.iter().position(|socket| socket.id == id)
    }

    pub(crate) fn read(&mut self, id: SocketId) -> Vec<Told> {
        self.outboxes.extract_if(.., |(owner, _)| *owner == id).map(|(_, told)| told).collect()
    }
}

pub(crate) fn told(player: &PlayerId, notice: &Notice) -> Told {
    match notice {
        Notice::MatchFound(match_) => Told::MatchFound {
            id: match_.id(),
            key: match_.key().clone(),
            opponent: match_.opponent_of(player).expect("a player is told of his own matches").clone(),
        },
        Notice::MatchFinished(match_) => Told::MatchFinished { id: match_.id() },
        Notice::SearchEnded(ended) => Told::SearchEnded { reason: ended.reason },
    }
}

/// The sockets behind one lock.
#[derive(Default)]
pub(crate) struct NaiveNotifier(Mutex<Sockets>);

impl NaiveNotifier {
    pub(crate) fn sockets(&self) -> MutexGuard<'_, Sockets> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Notifier for NaiveNotifier {
    async fn attach(&self, player: &PlayerId, socket: SocketId) -> Result<(), PortError> {
        self.sockets().attach(player, socket);
        Ok(())
    }

    async fn greet(&self, player: &PlayerId, socket: SocketId, greeting: &Greeting) -> Result<Greeted, PortError> {
        Ok(self.sockets().greet(player, socket, greeting))
    }

    async fn tell(&self, player: &PlayerId, notice: &Notice) -> Result<(), PortError> {
        self.sockets().tell(player, notice);
        Ok(())
    }

    async fn detach(&self, _: &PlayerId, socket: SocketId) -> Result<(), PortError> {
        self.sockets().detach(socket);
        Ok(())
    }
}

/// Opens sockets by giving out numbers.
pub(crate) struct NaiveSockets {
    pub(crate) notifier: Arc<NaiveNotifier>,
    pub(crate) last: AtomicU64,
}

struct NaiveSocket {
    id: SocketId,
    notifier: Arc<NaiveNotifier>,
}

#[async_trait]
impl TestSockets for NaiveSockets {
    async fn open(&self) -> Box<dyn TestSocket> {
        let id = SocketId(self.last.fetch_add(1, Ordering::Relaxed));
        Box::new(NaiveSocket { id, notifier: Arc::clone(&self.notifier) })
    }
}

#[async_trait]
impl TestSocket for NaiveSocket {
    fn id(&self) -> SocketId {
        self.id
    }

    async fn told(&mut self) -> Vec<Told> {
        self.notifier.sockets().read(self.id)
    }
}

struct Naive;

#[async_trait]
impl NotifierFixture for Naive {
    async fn open(&self) -> (Arc<dyn Notifier>, Arc<dyn TestSockets>) {
        let notifier = Arc::new(NaiveNotifier::default());
        (notifier.clone(), Arc::new(NaiveSockets { notifier, last: AtomicU64::new(0) }))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_naive_notifier_fulfils_the_contract() {
    contract::notifier(&Naive).await;
}
