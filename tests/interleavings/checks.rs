//! What must hold of each decision, each state and each answer.

use matchmaker::{
    domain::{MatchId, Player, PlayerId, Serial, Standing},
    matchmaking::{Found, Left, Registered},
};

use crate::{
    call::Call,
    effect::{Standings, sockets_of},
    program::{Operation, Outcome},
    universe::{self, Line, PLAYERS, number_of},
    violation::{Violation, must_hold},
    world::{Setting, World},
};

impl World {
    /// What a decision of the queue store may change.
    pub(crate) fn check_decision(&self, call: &Call, before: &Standings, after: &Standings) -> Result<(), Violation> {
        for number in 0..PLAYERS {
            let player = universe::player(number);
            self.check_change(call, player, before, after)?;
            let idle = *after.get(player) == Standing::Idle;
            must_hold!(idle || !self.quiet[usize::from(number)], 5, "{player} left, and {:?}", after.get(player));
        }
        self.check_tickets(after)?;
        self.check_pairings(after)
    }

    fn check_change(
        &self,
        call: &Call,
        player: &PlayerId,
        before: &Standings,
        after: &Standings,
    ) -> Result<(), Violation> {
        let (was, is) = (before.get(player), after.get(player));
        if was == is {
            return Ok(());
        }
        let (asker, wanted) = match call {
            Call::Find(asker, key, _) | Call::PairWith(asker, _, key, _) => (Some(asker), Some(key)),
            _ => (None, None),
        };
        let asks_himself = asker == Some(player);
        let overdue = before.is_overdue(player, self.now);
        match (was, is) {
            (Standing::Idle, Standing::Waiting(ticket)) => {
                must_hold!(asks_himself && wanted == Some(&ticket.key), 5, "{player} waits, without asking: {call:?}");
            }
            (Standing::Waiting(old), Standing::Waiting(_)) => {
                must_hold!(overdue && asks_himself, 3, "{player} lost his place {old:?} to {is:?}");
            }
            (Standing::Waiting(_), Standing::Idle) => {
                let leaves = matches!(call, Call::Leave(leaver) if leaver == player);
                must_hold!(leaves || overdue, 6, "{player} waits no more, without leaving: {call:?}");
            }
            (Standing::Idle, Standing::Matched(pairing)) => {
                let passed_over = self.pair_only_connected && !before.is_connected(player);
                must_hold!(!passed_over, 3, "{player} was paired without a socket: {call:?}");
                let own = asks_himself && wanted == Some(pairing.match_.key());
                must_hold!(own, 5, "{player} was matched, and did not ask: {call:?}");
            }
            (Standing::Waiting(_), Standing::Matched(pairing)) if overdue => {
                let own = asks_himself && wanted == Some(pairing.match_.key());
                must_hold!(own, 1, "{player} was paired on a ticket that had ended: {call:?}");
            }
            (Standing::Waiting(ticket), Standing::Matched(pairing)) => {
                must_hold!(ticket.key == *pairing.match_.key(), 1, "{player} asked for {ticket:?}, not {pairing:?}");
                let returns = matches!(call, Call::Connect(returning, ..) if returning == player);
                let passed_over = self.pair_only_connected && !before.is_connected(player);
                must_hold!(returns == passed_over, 3, "{player} was paired though he was to be passed over: {call:?}");
                let tickets = before.pairable_tickets(self.now, self.pair_only_connected);
                let first = tickets.filter(|other| other.key == ticket.key).map(|other| other.serial).min();
                must_hold!(
                    returns || first == Some(ticket.serial),
                    3,
                    "{player} was paired before one who waited longer"
                );
            }
            (Standing::Matched(old), Standing::Matched(new)) => {
                let settled = old.match_ == new.match_ && new.settled && !old.settled;
                must_hold!(settled, 2, "{player} went from {old:?} to {new:?}");
            }
            (Standing::Matched(pairing), Standing::Idle) => {
                let over = self.chapter(pairing.match_.id()).is_some_and(|chapter| chapter.finished);
                must_hold!(over, 6, "{player} was released from {pairing:?}, which is not over");
            }
            (Standing::Matched(_), Standing::Waiting(_)) => must_hold!(false, 2, "{player} waits, and is matched"),
            (Standing::Idle, Standing::Idle) => unreachable!("equal standings are no change"),
        }
        Ok(())
    }

    /// Never two tickets that could be paired.
    fn check_tickets(&self, standings: &Standings) -> Result<(), Violation> {
        let tickets = standings.pairable_tickets(self.now, self.pair_only_connected);
        let mut keys: Vec<_> = tickets.map(|ticket| &ticket.key).collect();
        keys.sort_unstable();
        let distinct = keys.windows(2).all(|pair| pair[0] != pair[1]);
        must_hold!(distinct, 4, "two wait under one key: {keys:?}");
        Ok(())
    }

    /// Exactly the two players of a pairing stand in it.
    fn check_pairings(&self, standings: &Standings) -> Result<(), Violation> {
        let pairings = self.queue.pairings(Serial(0), usize::MAX);
        let matched = |player: &&Player| matches!(player.standing, Standing::Matched(_));
        must_hold!(
            standings.iter().filter(matched).count() == 2 * pairings.len(),
            2,
            "matches and the players in them differ"
        );
        for pairing in pairings {
            let [first, second] = pairing.match_.players();
            must_hold!(first != second, 1, "{first} is paired with himself");
            for player in [first, second] {
                let stands = *standings.get(player) == Standing::Matched(pairing.clone());
                must_hold!(stands, 2, "{player} does not stand in {pairing:?}");
            }
        }
        Ok(())
    }

    /// With a live socket a player waits as long as it lives, so the queue store must know of it, whatever failed.
    pub(crate) fn check_live_is_connected(&self, player: &PlayerId) -> Result<(), Violation> {
        let live = self.sockets.live(number_of(player)).map(Line::id);
        let connected = sockets_of(&self.queue, player);
        let known = live.is_none_or(|live| connected.contains(&live));
        must_hold!(known, 4, "{player} has {live:?}, and counts with {connected:?}");
        Ok(())
    }

    /// What is read as active, people stand in; what is settled can be read.
    ///
    /// A call that is held up until a match is over and forgotten puts it back. It then sees that nobody stands in the
    /// match, and finishes it once more; if it dies before that, a sweep does it.
    pub(crate) fn check_stores_agree(&self, setting: &Setting) -> Result<(), Violation> {
        let pairings = self.queue.pairings(Serial(0), usize::MAX);
        for (match_, finished_at) in self.matches.snapshot() {
            let stands = pairings.iter().any(|pairing| pairing.match_.id() == match_.id());
            let over = finished_at.is_some() || self.chapter(match_.id()).is_some_and(|chapter| chapter.finished);
            must_hold!(stands || over, 6, "nobody stands in {match_:?}, which reads as active");
        }
        for pairing in pairings.iter().filter(|pairing| pairing.settled) {
            must_hold!(self.can_be_read(setting, pairing.match_.id()), 6, "{pairing:?} cannot be read");
        }
        Ok(())
    }

    /// An answer must be true when it is given.
    pub(crate) fn check_answer(
        &mut self,
        setting: &Setting,
        operation: Operation,
        calm: bool,
        outcome: &Outcome,
    ) -> Result<(), Violation> {
        match (operation, outcome) {
            (Operation::Find { player, key }, Outcome::Found(found)) => self.check_found(setting, player, key, found),
            (Operation::Leave { player }, Outcome::Left(Left::AlreadyMatched(id))) => {
                self.check_named(setting, player, *id)
            }
            (Operation::Leave { player }, Outcome::Left(Left::Idle)) if calm => {
                let standing = self.standing(universe::player(player));
                must_hold!(standing == Standing::Idle, 5, "{player} left, and {standing:?}");
                self.quiet[usize::from(player)] = true;
                Ok(())
            }
            (Operation::Standing { player }, Outcome::Stands(Standing::Matched(pairing))) => {
                self.check_named(setting, player, pairing.match_.id())
            }
            (Operation::Register { line }, Outcome::Registered(Registered::AtCapacity)) => {
                must_hold!(false, 9, "{line:?} was refused, far from the bound");
                Ok(())
            }
            (Operation::Register { line }, Outcome::Registered(Registered::Gone)) => {
                let replaced = self.sockets.replaced().contains(&line);
                must_hold!(replaced, 7, "{line:?} is open, was not replaced, and was not greeted");
                Ok(())
            }
            (Operation::Close { line }, Outcome::Failed(_)) => {
                self.unended.push(line);
                Ok(())
            }
            (Operation::Finish { match_ }, Outcome::Finished(Some(finished))) => {
                must_hold!(
                    finished.id() == match_ && finished.is_finished(),
                    6,
                    "{match_:?} was asked, not {finished:?}"
                );
                let locked = self.queue.pairing(finished);
                must_hold!(locked.is_none(), 6, "{locked:?} still stands, and is over");
                Ok(())
            }
            (Operation::Finish { match_ }, Outcome::Finished(None)) => {
                must_hold!(self.stored(setting, match_).is_none(), 6, "{match_:?} was said not to be there");
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn check_found(&mut self, setting: &Setting, player: u8, key: u8, found: &Found) -> Result<(), Violation> {
        let (id, same) = match found {
            Found::Waiting => return Ok(()),
            Found::AlreadyWaiting(ticket) => {
                must_hold!(ticket.key != *universe::key(key), 3, "{player} waits under this very key");
                return Ok(());
            }
            Found::AtCapacity(capacity) => {
                must_hold!(false, 9, "{capacity:?} is far from its bound");
                return Ok(());
            }
            Found::Matched(id) => (*id, true),
            Found::AlreadyMatched(id) => (*id, false),
        };
        self.check_named(setting, player, id)?;
        let key_of_match = self.chapter(id).map(|chapter| chapter.match_.key().clone());
        must_hold!(
            key_of_match.is_none_or(|of_match| (of_match == *universe::key(key)) == same),
            1,
            "{player} asked for {key}, and was told {found:?}"
        );
        Ok(())
    }

    /// A match that an answer names can be read, and is the caller's.
    fn check_named(&mut self, setting: &Setting, player: u8, id: MatchId) -> Result<(), Violation> {
        must_hold!(self.can_be_read(setting, id), 6, "{player} was answered {id}, which cannot be read");
        let chapter = self.chapter_mut(id);
        let own = chapter.as_ref().is_some_and(|chapter| chapter.match_.players().contains(universe::player(player)));
        must_hold!(own, 6, "{player} was answered {id}, which is not his match");
        if let Some(chapter) = chapter {
            chapter.named = true;
        }
        Ok(())
    }
}
