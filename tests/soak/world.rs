//! What all players share: the servers' addresses, the keys, the checker, the pace.

use std::{
    net::SocketAddr,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Instant,
};

use crate::{
    checker::{Checker, Event, PlayerNumber, Promise, Rules},
    http::Lanes,
    issuer::Issuer,
    keys::Keys,
    options::Options,
    pacer::Pacer,
    tokens::Tokens,
};

/// How many players share a key that is not hot.
const PLAYERS_A_KEY: u32 = 8;

pub(crate) struct World {
    pub(crate) lanes: Lanes,
    pub(crate) keys: Keys,
    pub(crate) pacer: Pacer,
    pub(crate) tokens: Tokens,
    pub(crate) rules: Rules,
    /// Stands before every player's number, so that a later run against the same server has other players.
    tag: String,
    players: u32,
    began: Instant,
    checker: Mutex<Checker>,
    stopping: AtomicBool,
    refused: AtomicU64,
}

impl World {
    /// Players of these servers; with an issuer, they show its tokens.
    pub(crate) fn new(addresses: &[SocketAddr], options: &Options, issuer: Option<Issuer>) -> Self {
        let tag = format!("soak-{}-", std::process::id());
        let (players, rules) = (options.players(), options.rules());
        let ids = (0..players).map(|number| format!("{tag}{number}"));
        let tokens = issuer.map(|issuer| Tokens::issue(issuer, ids)).unwrap_or_default();
        let keys = Keys::new(players.div_ceil(PLAYERS_A_KEY));
        Self {
            lanes: Lanes::new(addresses),
            pacer: Pacer::new(options.rate),
            tokens,
            rules,
            tag,
            players,
            began: Instant::now(),
            checker: Mutex::new(Checker::new(players, keys.count(), rules)),
            keys,
            stopping: AtomicBool::new(false),
            refused: AtomicU64::new(0),
        }
    }

    pub(crate) fn players(&self) -> impl Iterator<Item = PlayerNumber> + use<> {
        (0..self.players).map(PlayerNumber)
    }

    pub(crate) fn player_id(&self, player: PlayerNumber) -> String {
        format!("{}{}", self.tag, player.0)
    }

    /// The player of this id; `None` for one who is not of this run.
    pub(crate) fn player(&self, id: &str) -> Option<PlayerNumber> {
        let number = id.strip_prefix(&self.tag)?.parse().ok()?;
        (number < self.players).then_some(PlayerNumber(number))
    }

    /// Tells the checker.
    pub(crate) fn observe(&self, player: PlayerNumber, event: Event) {
        // The time is taken under the lock, so that it never runs backwards.
        let mut checker = self.checker();
        checker.observe(self.began.elapsed(), player, event);
    }

    /// Something went wrong that is no event.
    pub(crate) fn complain(&self, promise: Promise, player: Option<PlayerNumber>, what: impl Into<String>) {
        self.checker().complain(promise, player, what);
    }

    pub(crate) fn checker(&self) -> MutexGuard<'_, Checker> {
        self.checker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the checker know that time has passed.
    pub(crate) fn pass_time(&self) {
        let mut checker = self.checker();
        checker.pass(self.began.elapsed());
    }

    /// From now on every player brings what he has begun to its end.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.pacer.close();
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// The server asked for patience (429).
    pub(crate) fn note_refusal(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn refusals(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// The servers could not ask Redis in time (503).
    pub(crate) fn note_put_off(&self) {
        self.checker().note_put_off();
    }

    /// The server refused somebody what is not his to do.
    pub(crate) fn note_meddling(&self) {
        self.checker().note_meddling();
    }
}
