//! The end of a schedule: nothing fails any more, time passes, the sweeper comes round, and all must be well.

use std::time::Duration;

use matchmaker::{
    domain::{Serial, Standing},
    matchmaking::{Found, Left, UNSETTLED_AGE},
};

use crate::{
    effect::{Standings, sockets_of},
    program::{Operation, Outcome},
    universe::{self, KEYS, Line, MATCH_LIFETIME, MATCH_RETENTION, PLAYERS, number_of_key},
    violation::{Violation, must_hold},
    world::{Setting, World},
};

impl World {
    /// Ends a schedule that has come to rest, and checks what must hold then.
    pub(crate) fn close(mut self, setting: &mut Setting) -> Result<(), Violation> {
        self.pass(UNSETTLED_AGE);
        self.complete(setting, Operation::Sweep, |_| Ok(()))?;
        self.check_carried(setting)?;
        self.check_everybody_told()?;
        self.check_presence(setting)?;
        for player in 0..PLAYERS {
            self.check_repeats(setting, player)?;
        }
        self.pass(MATCH_LIFETIME + Duration::from_secs(1));
        self.complete(setting, Operation::Sweep, |_| Ok(()))?;
        self.check_all_over(setting)
    }

    /// Runs a call alone to its end, and checks what came of it.
    pub(crate) fn complete(
        &mut self,
        setting: &mut Setting,
        operation: Operation,
        check: impl FnOnce(&Outcome) -> Result<(), Violation>,
    ) -> Result<(), Violation> {
        self.begin(setting, operation);
        loop {
            let point = self.proceed(setting, 0, None)?;
            if let Some(outcome) = setting.programs.outcome(point) {
                return check(outcome);
            }
        }
    }

    /// Every match that was committed is stored; those that go on, and only those, have players in them.
    fn check_carried(&self, setting: &Setting) -> Result<(), Violation> {
        self.check_stores_agree(setting)?;
        for chapter in self.chapters.iter() {
            let id = chapter.match_.id();
            must_hold!(self.can_be_read(setting, id), 6, "{:?} was committed, and is lost", chapter.match_);
            let goes_on = self.stored(setting, id).is_some_and(|match_| !match_.is_finished());
            let stands = self.queue.pairing(&chapter.match_).is_some();
            must_hold!(goes_on == stands, 6, "{:?} goes on: {goes_on}, with players: {stands}", chapter.match_);
        }
        for pairing in self.queue.pairings(Serial(0), usize::MAX) {
            must_hold!(pairing.settled, 6, "{pairing:?} is never settled");
        }
        Ok(())
    }

    fn check_everybody_told(&self) -> Result<(), Violation> {
        for pairing in self.queue.pairings(Serial(0), usize::MAX) {
            for player in pairing.match_.players() {
                let untold = self.sockets.untold(player, pairing.match_.id());
                must_hold!(untold.is_none(), 7, "{untold:?} was never told of {pairing:?}");
            }
        }
        Ok(())
    }

    /// A player is connected on his live socket, whatever failed, and on none that has closed. The session of a socket that
    /// was replaced ends by itself, and one that could not end the connection tries again. Where something failed, a socket
    /// may count that is open and was not greeted.
    fn check_presence(&mut self, setting: &mut Setting) -> Result<(), Violation> {
        for line in [self.sockets.replaced(), &self.unended].concat() {
            self.complete(setting, Operation::Close { line }, |_| Ok(()))?;
        }
        for number in 0..PLAYERS {
            let player = universe::player(number);
            self.check_live_is_connected(player)?;
            let live = self.sockets.live(number);
            let excused = |line: &Line| self.lost.contains(line) || self.faulty && self.open.contains(line);
            for line in sockets_of(&self.queue, player).into_iter().map(Line::of) {
                must_hold!(Some(line) == live || excused(&line), 4, "{player} has {live:?}, and counts with {line:?}");
            }
        }
        Ok(())
    }

    /// Whatever a caller was told before, he can repeat his call, and gets the true answer.
    fn check_repeats(&self, setting: &mut Setting, player: u8) -> Result<(), Violation> {
        let mut world = self.clone();
        let standing = world.standing(universe::player(player));
        world.complete(setting, Operation::Standing { player }, |outcome| {
            let told = matches!(outcome, Outcome::Stands(told) if *told == standing);
            must_hold!(told, 6, "{player} stands {standing:?}, and was told {outcome:?}");
            Ok(())
        })?;
        let own = match &standing {
            Standing::Idle => return Ok(()),
            Standing::Waiting(ticket) => number_of_key(&ticket.key),
            Standing::Matched(pairing) => number_of_key(pairing.match_.key()),
        };
        for key in 0..KEYS {
            world.complete(setting, Operation::Find { player, key }, |outcome| {
                let told = match (outcome, &standing) {
                    (Outcome::Found(Found::Waiting), Standing::Waiting(_)) => key == own,
                    (Outcome::Found(Found::AlreadyWaiting(told)), Standing::Waiting(ticket)) => {
                        key != own && told == ticket
                    }
                    (Outcome::Found(Found::Matched(id)), Standing::Matched(pairing)) => {
                        key == own && *id == pairing.match_.id()
                    }
                    (Outcome::Found(Found::AlreadyMatched(id)), Standing::Matched(pairing)) => {
                        key != own && *id == pairing.match_.id()
                    }
                    _ => false,
                };
                must_hold!(told, 6, "{player} stands {standing:?}, and was told {outcome:?}");
                Ok(())
            })?;
        }
        must_hold!(world.standing(universe::player(player)) == standing, 3, "a retry changed {standing:?}");
        world.complete(setting, Operation::Leave { player }, |outcome| {
            let told = match (outcome, &standing) {
                (Outcome::Left(Left::AlreadyMatched(id)), Standing::Matched(pairing)) => *id == pairing.match_.id(),
                (Outcome::Left(Left::Idle), Standing::Waiting(_)) => true,
                _ => false,
            };
            must_hold!(told, 5, "{player} stands {standing:?}, and was told {outcome:?}");
            Ok(())
        })
    }

    /// After the lifetime of every match and the time of every search nobody is bound to anything.
    fn check_all_over(&mut self, setting: &mut Setting) -> Result<(), Violation> {
        let locked = self.queue.pairings(Serial(0), usize::MAX);
        must_hold!(locked.is_empty(), 6, "the lifetime of {locked:?} is over");
        let standings = Standings::of(&self.queue);
        for player in standings.iter() {
            let waits = player.standing != Standing::Idle;
            must_hold!(!waits || !player.sockets.is_empty(), 4, "{player:?} waits for ever without a socket");
        }
        self.pass(MATCH_RETENTION);
        self.complete(setting, Operation::Sweep, |_| Ok(()))?;
        let kept = self.matches.snapshot();
        must_hold!(kept.is_empty(), 9, "{kept:?} is kept for ever");
        Ok(())
    }
}
