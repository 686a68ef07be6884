//! A state of the model: the stores, the sockets, the calls in flight, and what has been promised so far.

use std::{rc::Rc, sync::Arc, time::Duration};

use matchmaker::{
    adapters::in_memory::InMemoryMatchRepository,
    domain::{Match, MatchId, PlayerId, QueuePolicy, Timestamp},
    ports::MatchRepository,
};

use crate::{
    call::Call,
    planted::Planted,
    program::{Operation, Point, Programs, poll_once},
    sockets::Sockets,
    universe::{self, Line, ModelClock, PLAYERS},
};

/// What does not change while a state is stepped.
pub(crate) struct Setting {
    pub(crate) clock: Arc<ModelClock>,
    pub(crate) programs: Programs,
    pub(crate) rules: Rules,
}

/// The settings of the queue, and what has happened already when a schedule begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// Whether none but connected players are paired.
    pub(crate) pair_only_connected: bool,
    /// Calls that were made one after the other, without a fault.
    pub(crate) before: &'static [Operation],
}

impl Rules {
    /// Everybody may be paired, and nothing has happened yet.
    pub(crate) const ALL: Self = Self { pair_only_connected: false, before: &[] };
    /// None but the connected are paired, and nothing has happened yet.
    pub(crate) const CONNECTED: Self = Self { pair_only_connected: true, before: &[] };
    /// None but the connected are paired: one player waits without a socket, and another with one under the same key.
    pub(crate) const PASSED_OVER: Self = Self {
        before: &[
            Operation::Find { player: 0, key: 0 },
            Operation::Register { line: Line { player: 1, number: 0 } },
            Operation::Find { player: 1, key: 0 },
        ],
        ..Self::CONNECTED
    };
}

/// How much may still happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Budget {
    /// Calls that may still begin.
    pub(crate) calls: u8,
    /// Calls that may be in flight at once.
    pub(crate) in_flight: u8,
    /// Faults that may still happen.
    pub(crate) faults: u8,
    /// How often time may still pass.
    pub(crate) passages: u8,
}

/// A call in flight.
#[derive(Clone)]
pub(crate) struct Task {
    pub(crate) point: Point,
    /// For a call to leave: no call of the same player to be paired overlaps it.
    pub(crate) calm: bool,
}

/// A match that was committed.
#[derive(Clone)]
pub(crate) struct Chapter {
    pub(crate) match_: Match,
    /// An answer or a push has named it.
    pub(crate) named: bool,
    /// It was finished once, so that it may be forgotten after its retention.
    pub(crate) finished: bool,
}

/// A state.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) now: Timestamp,
    pub(crate) queue: Rc<QueuePolicy>,
    pub(crate) matches: Rc<InMemoryMatchRepository>,
    pub(crate) sockets: Rc<Sockets>,
    pub(crate) tasks: Vec<Task>,
    /// A call that was given up, whose effect is still to come. It counts as in flight until then: a ticket that a late
    /// `find` leaves behind a `leave` breaks nothing here. An adapter bounds by its own deadline how late it can be.
    pub(crate) late: Option<Call>,
    /// Every match so far, in the order of the pairings.
    pub(crate) chapters: Rc<Vec<Chapter>>,
    /// Whether the player was told that he is idle, and has asked for nothing since.
    pub(crate) quiet: [bool; PLAYERS as usize],
    /// Sockets that clients hold and have not closed yet.
    pub(crate) open: Vec<Line>,
    /// How many sockets each player has had.
    pub(crate) opened: [u8; PLAYERS as usize],
    /// The players and keys up to these numbers have occurred.
    pub(crate) players_met: u8,
    pub(crate) keys_met: u8,
    /// How many calls have begun.
    pub(crate) begun: u64,
    pub(crate) budget: Budget,
    /// Whether a fault has happened.
    pub(crate) faulty: bool,
    /// Sockets that have closed, and whose session failed to say so: it is to try again.
    pub(crate) unended: Vec<Line>,
    /// Sockets that have closed, and that nobody will disconnect any more: the process died over it, or a connection that
    /// was given up took effect later than that. What became of a dead process's sockets is for its adapter to find out.
    pub(crate) lost: Vec<Line>,
    /// Whether none but connected players are paired.
    pub(crate) pair_only_connected: bool,
    /// A bug planted on purpose: a player is connected on the socket that connected last, and on no other.
    pub(crate) latest_socket_alone: bool,
}

impl World {
    /// The beginning of a schedule.
    pub(crate) fn new(setting: &mut Setting, budget: Budget) -> Self {
        let mut world = Self::empty(setting, budget);
        for &operation in setting.rules.before {
            world.complete(setting, operation, |_| Ok(())).expect("without a fault nothing is broken");
        }
        world
    }

    /// Nobody has done anything yet.
    fn empty(setting: &Setting, budget: Budget) -> Self {
        let planted = setting.programs.planted();
        Self {
            now: Timestamp::from_millis(1),
            queue: Rc::new(universe::queue(setting.rules.pair_only_connected)),
            pair_only_connected: setting.rules.pair_only_connected,
            matches: Rc::new(universe::repository(Arc::<ModelClock>::clone(&setting.clock))),
            sockets: Rc::new(Sockets::new(planted != Some(Planted::CopiesTold))),
            tasks: Vec::new(),
            late: None,
            chapters: Rc::default(),
            quiet: [false; PLAYERS as usize],
            open: Vec::new(),
            opened: [0; PLAYERS as usize],
            players_met: 0,
            keys_met: 0,
            begun: 0,
            budget,
            faulty: false,
            unended: Vec::new(),
            lost: Vec::new(),
            latest_socket_alone: planted == Some(Planted::TheLatestSocketAlone),
        }
    }

    /// The match as `GET` shows it now.
    pub(crate) fn stored(&self, setting: &Setting, id: MatchId) -> Option<Match> {
        setting.clock.set(self.now);
        match poll_once(self.matches.get(id)) {
            std::task::Poll::Ready(Ok(stored)) => stored,
            _ => unreachable!("the repository in memory answers at once"),
        }
    }

    pub(crate) fn chapter(&self, id: MatchId) -> Option<&Chapter> {
        self.chapters.iter().find(|chapter| chapter.match_.id() == id)
    }

    pub(crate) fn chapter_mut(&mut self, id: MatchId) -> Option<&mut Chapter> {
        Rc::make_mut(&mut self.chapters).iter_mut().find(|chapter| chapter.match_.id() == id)
    }

    /// Whether `GET` finds the match, or did until its retention was over.
    pub(crate) fn can_be_read(&self, setting: &Setting, id: MatchId) -> bool {
        self.stored(setting, id).is_some() || self.chapter(id).is_some_and(|chapter| chapter.finished)
    }

    /// Whether a call of this player to be paired is in flight, or given up and yet to take effect.
    pub(crate) fn asks(&self, setting: &Setting, player: u8) -> bool {
        let asks = |task: &Task| matches!(setting.programs.operation(task.point), Operation::Find { player: caller, .. } if caller == player);
        let late = matches!(&self.late, Some(Call::Find(caller, ..)) if *caller == *universe::player(player));
        late || self.tasks.iter().any(asks)
    }

    /// Whether nothing is in flight any more.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.tasks.is_empty() && self.late.is_none()
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        self.now = self.now.after(time);
    }

    /// Notes a match that was just committed.
    pub(crate) fn note_pairing(&mut self, match_: &Match) {
        let chapter = Chapter { match_: match_.clone(), named: false, finished: false };
        Rc::make_mut(&mut self.chapters).push(chapter);
    }

    /// The standing of one player.
    pub(crate) fn standing(&self, player: &PlayerId) -> matchmaker::domain::Standing {
        let found = self.queue.players().into_iter().find(|known| known.id == *player);
        found.map(|known| known.standing).unwrap_or_default()
    }
}
