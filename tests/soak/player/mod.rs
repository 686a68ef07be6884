//! One player: his sockets, what he knows, and the round that he plays over and over.

mod mischief;
mod rounds;

use std::{
    future::poll_fn,
    io,
    pin::pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use fastrand::Rng;

use crate::{
    api::{PUT_OFF, RETRY_AFTER},
    checker::{Call, Event, KeyNumber, LookAnswer, MatchId, PlayerNumber, Promise, Reason, SocketNumber, Status},
    keys::Keys,
    socket::{Incoming, Push, Socket},
    world::World,
};

/// How often one tries to register on one socket.
const REGISTRATIONS: usize = 4;

/// Every so many players one has no socket: he polls.
const POLLER_EVERY: u32 = 20;

/// Of so many rounds one is under the hot key.
const HOT_EVERY: u32 = 4;

/// The close code of a socket that a newer one replaced.
const REPLACED: u16 = 4001;

pub(crate) struct Player {
    world: Arc<World>,
    number: PlayerNumber,
    random: Rng,
    sockets: Vec<(SocketNumber, Socket)>,
    /// The registration that he waits for.
    registering: Option<SocketNumber>,
    /// It is to be repeated.
    put_off: bool,
    current: Option<Current>,
    last_call: u32,
    last_socket: u32,
}

/// The match in which he believes himself to be.
#[derive(Clone, Copy)]
struct Current {
    id: MatchId,
    opponent: Option<PlayerNumber>,
    over: bool,
}

impl Player {
    pub(crate) fn new(world: Arc<World>, number: PlayerNumber, seed: u64) -> Self {
        let random = Rng::with_seed(seed.wrapping_add(u64::from(number.0)));
        let (sockets, registering, current) = (Vec::new(), None, None);
        Self { world, number, random, sockets, registering, put_off: false, current, last_call: 0, last_socket: 0 }
    }

    /// Plays until the run is over, then leaves everything in order.
    pub(crate) async fn play(mut self) {
        if !self.is_poller() {
            self.connect().await;
        }
        while let Some(()) = self.permit().await {
            let matched = self.round().await;
            if !matched {
                self.world.pacer.give_back();
            }
        }
        self.wind_up().await;
    }

    fn is_poller(&self) -> bool {
        self.number.0 % POLLER_EVERY == POLLER_EVERY - 1
    }

    async fn permit(&mut self) -> Option<()> {
        let world = Arc::clone(&self.world);
        self.meanwhile(async move { world.pacer.permit().await }).await
    }

    fn pick_key(&mut self) -> KeyNumber {
        let others = self.world.keys.count() - 1;
        if self.random.u32(..HOT_EVERY) == 0 { Keys::HOT } else { KeyNumber(1 + self.number.0 % others) }
    }

    fn next_call(&mut self) -> Call {
        self.last_call += 1;
        Call(self.last_call)
    }

    fn chance(&mut self, of: u32) -> bool {
        self.random.u32(..of) == 0
    }

    fn milliseconds(&mut self, most: u64) -> Duration {
        Duration::from_micros(self.random.u64(..=most * 1000))
    }

    /// Opens a socket and registers on it; those that he has besides will be replaced.
    async fn connect(&mut self) {
        self.last_socket += 1;
        let (world, number) = (Arc::clone(&self.world), SocketNumber(self.last_socket));
        // Each on another server than the one before, whatever the other players do.
        let turn = self.number.0.wrapping_add(self.last_socket);
        let connecting = async move { Socket::connect(world.lanes.address_at(turn)).await };
        let socket = match self.meanwhile(connecting).await {
            Ok(socket) => socket,
            Err(error) => return self.complain(&format!("could not connect: {error}")),
        };
        self.sockets.push((number, socket));
        for _ in 0..REGISTRATIONS {
            if let Err(error) = self.register(number).await {
                return self.complain(&format!("could not register: {error}"));
            }
            let answered = |player: &Self| player.registering.is_none() || player.put_off;
            if !self.wait_until(Duration::from_secs(10), answered).await {
                return self.complain("was not registered within ten seconds");
            }
            if !std::mem::take(&mut self.put_off) {
                return;
            }
            self.rest(RETRY_AFTER).await;
        }
        self.complain("was put off each time that he registered");
    }

    /// Asks to be registered on a socket that is open.
    async fn register(&mut self, number: SocketNumber) -> io::Result<()> {
        let id = self.world.player_id(self.number);
        self.observe(Event::Registers { socket: number });
        self.registering = Some(number);
        let socket = self.sockets.iter_mut().find(|(open, _)| *open == number);
        let (_, socket) = socket.ok_or(io::ErrorKind::NotConnected)?;
        socket.register(&id, self.world.tokens.player(self.number)).await
    }

    /// Reads his sockets while something else goes on.
    async fn meanwhile<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|cx| {
            self.poll_sockets(cx);
            work.as_mut().poll(cx)
        })
        .await
    }

    /// Reads his sockets until something holds; `false` when the time is over first.
    async fn wait_until(&mut self, time: Duration, holds: impl Fn(&Self) -> bool) -> bool {
        let mut time_is_up = pin!(tokio::time::sleep(time));
        poll_fn(|cx| {
            self.poll_sockets(cx);
            if holds(self) {
                return Poll::Ready(true);
            }
            time_is_up.as_mut().poll(cx).map(|()| false)
        })
        .await
    }

    async fn rest(&mut self, time: Duration) {
        self.wait_until(time, |_| false).await;
    }

    fn poll_sockets(&mut self, cx: &mut Context<'_>) {
        let mut place = 0;
        while place < self.sockets.len() {
            let (number, socket) = &mut self.sockets[place];
            let number = *number;
            match socket.poll(cx) {
                Poll::Ready(Incoming::Text(text)) => self.hear(number, &text),
                Poll::Ready(Incoming::Closed(code)) => {
                    self.sockets.remove(place);
                    self.closed(number, code);
                }
                Poll::Ready(Incoming::Broken(error)) => {
                    self.sockets.remove(place);
                    self.observe(Event::Closed { socket: number });
                    self.complain(&format!("a socket broke: {error}"));
                }
                Poll::Pending => place += 1,
            }
        }
    }

    fn hear(&mut self, socket: SocketNumber, text: &str) {
        let push = serde_json::from_str::<Push<'_>>(text).ok();
        if push.as_ref().is_some_and(|push| push.kind == "error" && push.code == Some(PUT_OFF))
            && self.world.rules.on_redis
        {
            self.world.note_put_off();
            self.put_off = true;
            return;
        }
        match push.and_then(|push| self.understand(socket, &push)) {
            Some(event) => self.observe(event),
            None => self.complain(&format!("was told {text}")),
        }
    }

    /// What a message means; `None` when the server may not say that.
    fn understand(&mut self, socket: SocketNumber, push: &Push<'_>) -> Option<Event> {
        let id = || MatchId::parse(push.match_id?);
        match push.kind {
            "registered" if self.world.player(push.player_id?) == Some(self.number) => {
                let status = match push.status? {
                    "idle" => Status::Idle,
                    "waiting" => Status::Waiting,
                    "matched" => Status::Matched,
                    _ => return None,
                };
                self.registering.take_if(|registering| *registering == socket);
                Some(Event::Registered { socket, status })
            }
            "match_found" => {
                let id = id()?;
                let key = self.world.keys.find(push.game?, push.asset?, push.amount?.get())?;
                let opponent = self.world.player(push.opponent_id?)?;
                self.enter(id, Some(opponent));
                Some(Event::ToldFound { socket, id, key, opponent })
            }
            "match_finished" => {
                let id = id()?;
                if let Some(current) = self.current.as_mut().filter(|current| current.id == id) {
                    current.over = true;
                }
                Some(Event::ToldFinished { socket, id })
            }
            "search_ended" => {
                let reason = match push.reason? {
                    "left" => Reason::Left,
                    "expired" => Reason::Expired,
                    "disconnected" => Reason::Disconnected,
                    _ => return None,
                };
                Some(Event::ToldSearchEnded { socket, reason })
            }
            _ => None,
        }
    }

    fn enter(&mut self, id: MatchId, opponent: Option<PlayerNumber>) {
        match &mut self.current {
            Some(current) if current.id == id => current.opponent = current.opponent.or(opponent),
            _ => self.current = Some(Current { id, opponent, over: false }),
        }
    }

    fn closed(&mut self, number: SocketNumber, code: u16) {
        self.observe(Event::Closed { socket: number });
        // Only a newer socket of his own is a reason.
        if code != REPLACED || number.0 == self.last_socket {
            self.complain(&format!("was closed with {code}"));
        }
    }

    async fn look(&mut self) -> LookAnswer {
        let (world, number, call) = (Arc::clone(&self.world), self.number, self.next_call());
        let answer = self.meanwhile(async move { world.look(number, call).await }).await;
        if let LookAnswer::Matched(id) = answer {
            self.enter(id, None);
        }
        answer
    }

    fn observe(&self, event: Event) {
        self.world.observe(self.number, event);
    }

    fn complain(&self, what: &str) {
        self.world.complain(Promise::Served, Some(self.number), format!("player {} {what}", self.number.0));
    }
}
