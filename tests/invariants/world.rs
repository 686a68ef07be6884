//! The use cases on in-memory stores, one call after the other, with everything in sight.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::FutureExt;
use matchmaker::{
    adapters::{
        ManualClock,
        in_memory::{InMemoryMatchRepository, InMemoryQueueStore, RepositorySettings},
    },
    domain::{
        Asset, Game, Match, MatchId, Pairing, Player, PlayerId, QueueKey, QueueSettings, SocketId, Stake, Standing,
    },
    matchmaking::{Found, Left, Matchmaking, Ports, Registered, Unavailable},
    ports::{Event, Journal, MatchIds, MatchRepository},
};
use uuid::Uuid;

use crate::{
    faults::{Faults, Faulty},
    history::{PLAYERS, Step, Turn},
    notifier::{RecordingNotifier, Sent},
};

/// What the caller of a step gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Found(Found),
    Standing(Standing),
    Left(Left),
    Match(Option<Match>),
    Registered(Registered),
    Done,
    Failed(String),
    /// The process died over it.
    Died,
    /// There was nothing to do it with.
    Nothing,
}

/// One step with all that could be seen of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) before: Vec<Player>,
    pub(crate) answer: Answer,
    pub(crate) after: Vec<Player>,
    /// The matches that were decided in this step.
    pub(crate) paired: Vec<Match>,
    pub(crate) sent: Vec<Sent>,
    pub(crate) recorded: Vec<String>,
    /// Whether the planned fault struck.
    pub(crate) failed: bool,
}

impl Moment {
    pub(crate) fn standing_before(&self, player: &PlayerId) -> Standing {
        standing(&self.before, player)
    }

    pub(crate) fn standing_after(&self, player: &PlayerId) -> Standing {
        standing(&self.after, player)
    }
}

fn standing(players: &[Player], player: &PlayerId) -> Standing {
    players.iter().find(|known| known.id == *player).map(|known| known.standing.clone()).unwrap_or_default()
}

#[derive(Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) waiting: usize,
    pub(crate) matches: usize,
    pub(crate) only_connected: bool,
}

impl Rules {
    /// Room for everybody; all may be paired, or none but the connected.
    pub(crate) const fn roomy(only_connected: bool) -> Self {
        Self { waiting: 1_000, matches: 1_000, only_connected }
    }
}

pub(crate) struct World {
    pub(crate) queue: Arc<InMemoryQueueStore>,
    pub(crate) matches: Arc<InMemoryMatchRepository>,
    pub(crate) notifier: Arc<RecordingNotifier>,
    /// Every match that was ever decided, in order.
    pub(crate) decided: Vec<Match>,
    clock: Arc<ManualClock>,
    faults: Arc<Faults>,
    journal: Arc<Recorder>,
    matchmaking: Matchmaking,
    open: [Vec<SocketId>; PLAYERS],
    last_socket: u64,
}

impl World {
    pub(crate) fn new(rules: Rules) -> Self {
        let clock = Arc::new(ManualClock::default());
        let (minute, hour) = (Duration::from_mins(1), Duration::from_hours(1));
        let queue_settings = QueueSettings {
            disconnect_grace: minute / 2,
            search_time: 10 * minute,
            max_waiting: rules.waiting,
            max_matches: rules.matches,
            pair_only_connected: rules.only_connected,
        };
        let repository_settings =
            RepositorySettings { match_lifetime: Some(24 * hour), match_retention: hour, max_matches: rules.matches };
        let queue = Arc::new(InMemoryQueueStore::new(queue_settings, clock.clone()));
        let matches = Arc::new(InMemoryMatchRepository::new(repository_settings, clock.clone()));
        let notifier = Arc::new(RecordingNotifier::default());
        let (faults, journal) = (Arc::new(Faults::default()), Arc::new(Recorder::default()));
        let matchmaking = Matchmaking::new(Ports {
            queue: Arc::new(Faulty { port: Arc::clone(&queue), faults: Arc::clone(&faults) }),
            matches: Arc::new(Faulty { port: Arc::clone(&matches), faults: Arc::clone(&faults) }),
            notifier: Arc::new(Faulty { port: Arc::clone(&notifier), faults: Arc::clone(&faults) }),
            journal: journal.clone(),
            match_ids: Arc::new(NumberedIds::default()),
        });
        let (decided, open) = (Vec::new(), Default::default());
        Self { queue, matches, notifier, decided, clock, faults, journal, matchmaking, open, last_socket: 0 }
    }

    /// Takes a turn to its end, or to the death of the process.
    pub(crate) fn take(&mut self, turn: Turn) -> Moment {
        let (before, sent, recorded) = (self.players(), self.notifier.sent().len(), self.journal.events().len());
        self.faults.plan(turn.fault);
        let answer = self.step(turn.step);
        let failed = turn.fault.is_some() && !self.faults.is_pending();
        self.faults.plan(None);
        let known = self.decided.last().map(Match::serial).unwrap_or_default();
        let paired: Vec<_> =
            self.queue.snapshot().pairings(known, usize::MAX).into_iter().map(|pairing| pairing.match_).collect();
        self.decided.extend(paired.iter().cloned());
        Moment {
            before,
            answer,
            after: self.players(),
            paired,
            sent: self.notifier.sent().split_off(sent),
            recorded: self.journal.events().split_off(recorded),
            failed,
        }
    }

    /// The match as a reader would see it now.
    pub(crate) fn read(&self, id: MatchId) -> Option<Match> {
        self.matches.get(id).now_or_never().expect("memory answers at once").expect("memory does not fail")
    }

    pub(crate) fn stored(&self) -> usize {
        self.matches.count().now_or_never().expect("memory answers at once").expect("memory does not fail")
    }

    pub(crate) fn players(&self) -> Vec<Player> {
        self.queue.snapshot().players()
    }

    pub(crate) fn pairings(&self) -> Vec<Pairing> {
        self.queue.snapshot().pairings(matchmaker::domain::Serial(0), usize::MAX)
    }

    fn step(&mut self, step: Step) -> Answer {
        match step {
            Step::Find { player, key } => self.run(async |matchmaking| {
                Ok(Answer::Found(matchmaking.find(&player_named(player), &key_named(key)).await?))
            }),
            Step::Look { player } => {
                self.run(async |matchmaking| Ok(Answer::Standing(matchmaking.standing(&player_named(player)).await?)))
            }
            Step::Leave { player } => {
                self.run(async |matchmaking| Ok(Answer::Left(matchmaking.leave(&player_named(player)).await?)))
            }
            Step::Register { player, anew } => {
                let socket = self.socket_to_register(player, anew);
                self.run(async |matchmaking| {
                    Ok(Answer::Registered(matchmaking.register(&player_named(player), socket).await?))
                })
            }
            Step::Close { player, newest } => {
                let open = &mut self.open[player];
                let closed = if newest || open.is_empty() { open.pop() } else { Some(open.remove(0)) };
                let Some(socket) = closed else { return Answer::Nothing };
                self.run(async |matchmaking| {
                    matchmaking.disconnect(&player_named(player), socket).await.map(|()| Answer::Done)
                })
            }
            Step::Finish { back } => match self.decided_back(back) {
                Some(id) => self.run(async |matchmaking| Ok(Answer::Match(matchmaking.finish(id).await?))),
                None => Answer::Nothing,
            },
            Step::Get { back } => match self.decided_back(back) {
                Some(id) => self.run(async |matchmaking| Ok(Answer::Match(matchmaking.get(id).await?))),
                None => Answer::Nothing,
            },
            Step::Pass(time) => {
                self.clock.advance(time);
                Answer::Done
            }
            Step::Sweep => self.run(async |matchmaking| {
                matchmaking.sweep().await;
                Ok(Answer::Done)
            }),
        }
    }

    /// Nothing here waits, so what is not done at once has died.
    fn run(&self, call: impl AsyncFnOnce(&Matchmaking) -> Result<Answer, Unavailable>) -> Answer {
        match call(&self.matchmaking).now_or_never() {
            Some(Ok(answer)) => answer,
            Some(Err(error)) => Answer::Failed(error.to_string()),
            None => Answer::Died,
        }
    }

    fn socket_to_register(&mut self, player: usize, anew: bool) -> SocketId {
        let newest = self.open[player].last().copied();
        if let Some(socket) = newest.filter(|&socket| !anew && self.notifier.is_attached(&player_named(player), socket))
        {
            return socket;
        }
        self.last_socket += 1;
        self.open[player].push(SocketId(self.last_socket));
        SocketId(self.last_socket)
    }

    fn decided_back(&self, back: usize) -> Option<MatchId> {
        self.decided.iter().rev().nth(back).map(Match::id)
    }
}

pub(crate) fn player_named(number: usize) -> PlayerId {
    PlayerId::parse(["anna", "bert", "carl", "dora"][number]).expect("a name is an id")
}

pub(crate) fn key_named(number: usize) -> QueueKey {
    let stake = Stake::parse(Asset::Usdt, "20").expect("it is a stake");
    QueueKey::new(Game::parse(["chess", "go"][number]).expect("it is a game"), stake)
}

#[derive(Default)]
struct Recorder {
    events: Mutex<Vec<String>>,
}

impl Recorder {
    fn events(&self) -> Vec<String> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Journal for Recorder {
    fn record(&self, event: Event<'_>) {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{event:?}"));
    }
}

#[derive(Default)]
struct NumberedIds {
    last: AtomicU64,
}

impl MatchIds for NumberedIds {
    fn next(&self) -> MatchId {
        MatchId::from_uuid(Uuid::from_u128(self.last.fetch_add(1, Ordering::Relaxed).into()))
    }
}
