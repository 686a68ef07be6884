//! Matches between connected players: one asks and is answered, the other asks, and both are told.
//!
//! The time of a match counts until both have read `match_found`: in a closed loop from when the second request is written, in
//! an open loop from when it is due, whether or not it could be written then.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use crate::{
    engine::{Answer, Driver, Engine, Outcome, Wire},
    open::Timed,
    pairs::{MatchId, Pairs},
    reading::Members,
    schedule::Schedule,
    wire,
};

/// How long before the second request of a match its first one is due, in an open loop.
const LEAD: Duration = Duration::from_millis(20);

/// How fast matches are made.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// So many at a time, each begun when another is over.
    Closed(usize),
    /// So many a second, whatever becomes of them.
    Open(f64),
}

/// How it went.
#[derive(Clone, Debug, Default)]
pub(crate) struct Played {
    pub(crate) timed: Timed,
    /// From the first second request's time until the last was told, or, in a closed loop, from the beginning.
    pub(crate) time: Duration,
}

/// Has each of the first `count` pairs matched once.
pub(crate) fn play(engine: &mut Engine, pairs: &mut Pairs, count: usize, pace: Pace) -> Outcome<Played> {
    let now = Instant::now();
    let lanes = engine.wire.lanes();
    let (firsts, seconds) = match pace {
        Pace::Closed(_) => (Schedule::new(now, 1.0, 0), Schedule::new(now, 1.0, 0)),
        Pace::Open(rate) => {
            // Half an interval more, so that firsts and seconds are not due at the same moments.
            let lead = LEAD + Duration::from_secs_f64(0.5 / rate);
            (Schedule::new(now, rate, count), Schedule::new(now + lead, rate, count))
        }
    };
    let begun = match pace {
        Pace::Closed(_) => now,
        Pace::Open(_) => seconds.time_of(0),
    };
    let mut game = Play {
        pairs,
        states: vec![State::new(now); count],
        at_once: if let Pace::Closed(at_once) = pace { at_once.min(count) } else { 0 },
        begun: 0,
        over: 0,
        firsts,
        seconds,
        free: (0..lanes).collect(),
        waiting: VecDeque::new(),
        carries: vec![None; lanes],
        timed: Timed::default(),
    };
    engine.run(&mut game)?;
    let timed = game.timed;
    Ok(Played { timed, time: begun.elapsed() })
}

/// A request of a match: of which pair, and whether it is the second.
#[derive(Clone, Copy, Debug)]
struct Request {
    pair: usize,
    second: bool,
}

impl Request {
    /// Of several servers, the one that is asked second is the next after the one that was asked first, and each is asked first
    /// in turn.
    fn may_go_by(self, lane: usize, wire: &Wire) -> bool {
        let servers = wire.at.asked().len();
        lane % servers == (self.pair + usize::from(self.second)) % servers
    }
}

/// How far a match has come.
#[derive(Clone, Copy, Debug)]
struct State {
    /// When its second request was due, as soon as it is.
    due: Instant,
    is_due: bool,
    first_answered: bool,
    second_answered: bool,
    told: [bool; 2],
}

impl State {
    const fn new(due: Instant) -> Self {
        Self { due, is_due: false, first_answered: false, second_answered: false, told: [false; 2] }
    }
}

struct Play<'a> {
    pairs: &'a mut Pairs,
    states: Vec<State>,
    /// In a closed loop, how many matches are made at a time.
    at_once: usize,
    /// How many were begun in a closed loop.
    begun: usize,
    over: usize,
    firsts: Schedule,
    seconds: Schedule,
    /// The lane used last comes first, so that few are used where few are needed.
    free: Vec<usize>,
    /// Requests that found no lane free.
    waiting: VecDeque<Request>,
    carries: Vec<Option<Request>>,
    timed: Timed,
}

impl Play<'_> {
    /// Sends a request as soon as a lane is free; whether that is now.
    fn send(&mut self, request: Request, wire: &mut Wire) -> Outcome<bool> {
        let Some(place) = self.free.iter().rposition(|lane| request.may_go_by(*lane, wire)) else {
            self.waiting.push_back(request);
            return Ok(false);
        };
        let lane = self.free.remove(place);
        self.send_on(lane, request, wire)?;
        Ok(true)
    }

    /// Gives a lane that is free to who has waited longest for it.
    fn give_free(&mut self, lane: usize, wire: &mut Wire) -> Outcome<()> {
        let place = self.waiting.iter().position(|request| request.may_go_by(lane, wire));
        if let Some(request) = place.and_then(|place| self.waiting.remove(place)) {
            return self.send_on(lane, request, wire);
        }
        self.free.push(lane);
        Ok(())
    }

    fn send_on(&mut self, lane: usize, request: Request, wire: &mut Wire) -> Outcome<()> {
        self.carries[lane] = Some(request);
        let (key, player) = (self.pairs.key(request.pair), self.pairs.player(request.pair, request.second));
        wire.send(lane, |bytes| wire::find_match(bytes, key, player))
    }

    fn begin_next(&mut self, wire: &mut Wire) -> Outcome<()> {
        if self.begun < self.states.len() {
            self.begun += 1;
            self.send(Request { pair: self.begun - 1, second: false }, wire)?;
        }
        Ok(())
    }

    fn end_if_over(&mut self, pair: usize, wire: &mut Wire) -> Outcome<()> {
        let State { second_answered, told, .. } = self.states[pair];
        if !second_answered || told != [true; 2] {
            return Ok(());
        }
        self.over += 1;
        if self.at_once > 0 { self.begin_next(wire) } else { Ok(()) }
    }
}

impl Driver for Play<'_> {
    fn due(&mut self, now: Instant, wire: &mut Wire) -> Outcome<Option<Instant>> {
        if self.begun == 0 {
            for _ in 0..self.at_once {
                self.begin_next(wire)?;
            }
        }
        while let Some((pair, due)) = self.seconds.take(now) {
            let state = &mut self.states[pair];
            (state.due, state.is_due) = (due, true);
            // The generator's own delay, where it could send the request now; else it is the server's.
            if state.first_answered && self.send(Request { pair, second: true }, wire)? {
                self.timed.lateness.add(due.elapsed());
            }
        }
        while let Some((pair, _)) = self.firsts.take(now) {
            self.send(Request { pair, second: false }, wire)?;
        }
        Ok([self.firsts.next_time(), self.seconds.next_time()].into_iter().flatten().min())
    }

    fn answered(&mut self, lane: usize, answer: &Answer<'_>, wire: &mut Wire) -> Outcome<()> {
        let Request { pair, second } = self.carries[lane].take().ok_or("an answer came to no request")?;
        self.give_free(lane, wire)?;
        let status = Members::find(answer.body, "status").filter(|_| answer.status == 200);
        if second {
            if status != Some(b"matched") {
                return Err(answer.instead_of("a match"));
            }
            self.pairs.note(pair, MatchId::of(answer.body))?;
            self.states[pair].second_answered = true;
            return self.end_if_over(pair, wire);
        }
        if status != Some(b"waiting") {
            return Err(answer.instead_of("waiting"));
        }
        let state = &mut self.states[pair];
        state.first_answered = true;
        if self.at_once > 0 {
            (state.due, state.is_due) = (Instant::now(), true);
        }
        if state.is_due {
            self.send(Request { pair, second: true }, wire)?;
        }
        Ok(())
    }

    fn told(&mut self, socket: usize, text: &[u8], wire: &mut Wire) -> Outcome<()> {
        self.pairs.found(socket, text)?;
        let pair = socket / 2;
        let state = self.states.get_mut(pair).filter(|state| state.is_due && !state.told[socket % 2]);
        let state = state.ok_or_else(|| format!("pair {pair} was told of a match too early, or twice"))?;
        state.told[socket % 2] = true;
        if state.told == [true; 2] {
            self.timed.latencies.add(state.due.elapsed());
        }
        self.end_if_over(pair, wire)
    }

    fn is_done(&self) -> bool {
        self.over == self.states.len()
    }
}
