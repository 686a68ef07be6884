//! Calls in an open loop: each is due at its time, whatever became of those before, and its latency counts from then.

use std::{collections::VecDeque, time::Instant};

use crate::{
    client::latency::Latencies,
    closed::Calls,
    engine::{Answer, Driver, Engine, Outcome, Wire},
    schedule::Schedule,
};

/// How long calls took, from the time they were due.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timed {
    pub(crate) latencies: Latencies,
    /// How late calls were written that found a lane free: the generator's own delay.
    pub(crate) lateness: Latencies,
}

/// Makes each call when it is due, on a lane that is free; one that finds none waits for it, and its time counts.
pub(crate) fn run(engine: &mut Engine, calls: &mut impl Calls, schedule: Schedule) -> Outcome<Timed> {
    let lanes = engine.wire.lanes();
    let mut driver = Open {
        calls,
        schedule,
        free: (0..lanes).collect(),
        waiting: VecDeque::new(),
        due: vec![None; lanes],
        under_way: 0,
        timed: Timed::default(),
    };
    engine.run(&mut driver)?;
    Ok(driver.timed)
}

struct Open<'a, C> {
    calls: &'a mut C,
    schedule: Schedule,
    /// The lane used last comes first, so that few are used where few are needed.
    free: Vec<usize>,
    waiting: VecDeque<Instant>,
    /// Of each lane, when the call was due that it carries.
    due: Vec<Option<Instant>>,
    under_way: usize,
    timed: Timed,
}

impl<C: Calls> Open<'_, C> {
    fn call(&mut self, lane: usize, due: Instant, wire: &mut Wire) -> Outcome<()> {
        let calls = &mut *self.calls;
        if !wire.send_if(lane, |request| calls.next(lane, request))? {
            return Err("there are fewer calls than are due".into());
        }
        self.due[lane] = Some(due);
        self.under_way += 1;
        Ok(())
    }
}

impl<C: Calls> Driver for Open<'_, C> {
    fn due(&mut self, now: Instant, wire: &mut Wire) -> Outcome<Option<Instant>> {
        while let Some((_, due)) = self.schedule.take(now) {
            match self.free.pop() {
                Some(lane) => {
                    self.call(lane, due, wire)?;
                    self.timed.lateness.add(due.elapsed());
                }
                None => self.waiting.push_back(due),
            }
        }
        Ok(self.schedule.next_time())
    }

    fn answered(&mut self, lane: usize, answer: &Answer<'_>, wire: &mut Wire) -> Outcome<()> {
        let due = self.due[lane].take().ok_or("an answer came to no call")?;
        self.timed.latencies.add(due.elapsed());
        self.under_way -= 1;
        self.calls.check(lane, answer)?;
        if let Some(due) = self.waiting.pop_front() {
            return self.call(lane, due, wire);
        }
        self.free.push(lane);
        Ok(())
    }

    fn told(&mut self, socket: usize, text: &[u8], _wire: &mut Wire) -> Outcome<()> {
        self.calls.told(socket, text)
    }

    fn is_done(&self) -> bool {
        self.schedule.next_time().is_none() && self.under_way == 0 && self.waiting.is_empty()
    }
}
