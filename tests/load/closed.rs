//! Calls in a closed loop: each lane makes its next call as soon as the last was answered.

use std::time::{Duration, Instant};

use crate::engine::{Answer, Driver, Engine, Outcome, Wire};

/// What is asked, and what is answered.
pub(crate) trait Calls {
    /// Writes the next request of a lane; `false` when it has none.
    fn next(&mut self, lane: usize, request: &mut Vec<u8>) -> bool;

    /// Fails if this is not what was to be answered.
    fn check(&mut self, lane: usize, answer: &Answer<'_>) -> Outcome<()>;

    /// Takes what came on a socket, which by default must not be.
    fn told(&mut self, _socket: usize, text: &[u8]) -> Outcome<()> {
        Err(format!("a socket was told {}", String::from_utf8_lossy(text)).into())
    }

    /// Whether nothing more is to come on a socket.
    fn is_told(&self) -> bool {
        true
    }
}

/// How many calls were answered, and how long that took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Done {
    pub(crate) calls: u64,
    pub(crate) time: Duration,
}

/// Makes calls until there is no next one, or no more after so long.
pub(crate) fn run(engine: &mut Engine, calls: &mut impl Calls, time: Option<Duration>) -> Outcome<Done> {
    let begun = Instant::now();
    let mut driver = Closed { calls, until: time.map(|time| begun + time), begun: false, answered: 0, under_way: 0 };
    engine.run(&mut driver)?;
    Ok(Done { calls: driver.answered, time: begun.elapsed() })
}

struct Closed<'a, C> {
    calls: &'a mut C,
    until: Option<Instant>,
    begun: bool,
    answered: u64,
    under_way: usize,
}

impl<C: Calls> Closed<'_, C> {
    fn call(&mut self, lane: usize, wire: &mut Wire) -> Outcome<()> {
        if self.until.is_some_and(|until| Instant::now() >= until) {
            return Ok(());
        }
        let calls = &mut *self.calls;
        if wire.send_if(lane, |request| calls.next(lane, request))? {
            self.under_way += 1;
        }
        Ok(())
    }
}

impl<C: Calls> Driver for Closed<'_, C> {
    fn due(&mut self, _now: Instant, wire: &mut Wire) -> Outcome<Option<Instant>> {
        if !self.begun {
            self.begun = true;
            for lane in 0..wire.lanes() {
                self.call(lane, wire)?;
            }
        }
        Ok(None)
    }

    fn answered(&mut self, lane: usize, answer: &Answer<'_>, wire: &mut Wire) -> Outcome<()> {
        self.calls.check(lane, answer)?;
        self.answered += 1;
        self.under_way -= 1;
        self.call(lane, wire)
    }

    fn told(&mut self, socket: usize, text: &[u8], _wire: &mut Wire) -> Outcome<()> {
        self.calls.told(socket, text)
    }

    fn is_done(&self) -> bool {
        self.begun && self.under_way == 0 && self.calls.is_told()
    }
}
