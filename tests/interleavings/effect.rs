//! What a call of a port does to the world, and what must hold of it.

use std::{collections::BTreeMap, rc::Rc, task::Poll};

use matchmaker::{
    domain::{
        Decided, FindOutcome, MatchId, Notice, Player, PlayerId, QueueKey, QueuePolicy, SocketId, Standing, Ticket,
        Timestamp,
    },
    ports::{Finish, MatchRepository, PortError},
};

use crate::{
    call::{Answer, Call},
    program::poll_once,
    sockets::Delivery,
    universe::{self, Line},
    violation::{Violation, must_hold},
    world::{Setting, World},
};

impl World {
    /// The call takes effect.
    pub(crate) fn take_effect(&mut self, setting: &Setting, call: &Call) -> Result<Answer, Violation> {
        setting.clock.set(self.now);
        let answer = match call {
            Call::Find(..)
            | Call::Peek(_)
            | Call::PairWith(..)
            | Call::Look(_)
            | Call::Leave(_)
            | Call::Connect(..)
            | Call::Disconnect(..)
            | Call::Settle(_)
            | Call::Release(_)
            | Call::Pairing(_)
            | Call::Unsettled(..)
            | Call::Pairings(..)
            | Call::EndOverdue(_) => self.decide(call)?,
            Call::Insert(_) | Call::Get(_) | Call::Finish(_) | Call::Overdue(_) | Call::Purge(_) => self.store(call)?,
            Call::Attach(..) | Call::Greet(..) | Call::Tell(..) | Call::Detach(..) => self.notify(setting, call)?,
        };
        if let Call::Disconnect(player, _) | Call::Greet(player, ..) = call {
            self.check_live_is_connected(player)?;
        }
        if matches!(call, Call::Insert(_) | Call::Settle(_) | Call::Release(_)) {
            self.check_stores_agree(setting)?;
        }
        Ok(answer)
    }

    fn decide(&mut self, call: &Call) -> Result<Answer, Violation> {
        let before = call.decides_standings().then(|| Standings::of(&self.queue));
        let now = self.now;
        let queue = Rc::make_mut(&mut self.queue);
        if let Call::Connect(player, ..) = call
            && self.latest_socket_alone
        {
            for older in sockets_of(queue, player) {
                queue.disconnect(now, player, older);
            }
        }
        let answer = match call {
            Call::Find(player, key, id) => Answer::Found(queue.find(now, player, key, *id)),
            Call::PairWith(player, opponent, key, id) => {
                Answer::Found(pair_with(queue, now, [opponent, player], key, *id))
            }
            Call::Peek(key) => Answer::Peeked(peek(queue, key)),
            Call::Look(player) => Answer::Stands(queue.look(now, player)),
            Call::Leave(player) => Answer::Left(queue.leave(now, player)),
            Call::Connect(player, socket, id) => Answer::Connected(queue.connect(now, player, *socket, *id)),
            Call::Disconnect(player, socket) => {
                queue.disconnect(now, player, *socket);
                Answer::Done(())
            }
            Call::Settle(match_) => Answer::Settled(queue.settle(match_)),
            Call::Release(match_) => Answer::Flag(queue.release(match_)),
            Call::Pairing(match_) => Answer::Pairing(queue.pairing(match_)),
            Call::Unsettled(age, after, limit) => Answer::Pairings(queue.unsettled(now, *age, *after, *limit)),
            Call::Pairings(after, limit) => Answer::Pairings(queue.pairings(*after, *limit)),
            Call::EndOverdue(limit) => Answer::Ended(queue.end_overdue(now, *limit)),
            _ => unreachable!("{call:?} is not the queue store's"),
        };
        if let Some(match_) = answer.new_match() {
            self.note_pairing(match_);
        }
        if let Some(before) = before {
            let after = Standings::of(&self.queue);
            self.check_decision(call, &before, &after)?;
        }
        Ok(answer)
    }

    fn store(&mut self, call: &Call) -> Result<Answer, Violation> {
        let matches = match call {
            Call::Get(_) | Call::Overdue(_) => &*self.matches,
            _ => &*Rc::make_mut(&mut self.matches),
        };
        let answer = match call {
            Call::Insert(match_) => Answer::Insertion(at_once(matches.insert(match_))),
            Call::Get(id) => Answer::Stored(at_once(matches.get(*id))),
            Call::Finish(id) => Answer::Finish(at_once(matches.finish(*id))),
            Call::Overdue(limit) => Answer::Overdue(at_once(matches.overdue(*limit))),
            Call::Purge(limit) => Answer::Count(at_once(matches.purge(*limit))),
            _ => unreachable!("{call:?} is not the match repository's"),
        };
        if let Answer::Finish(Finish::Finished(match_)) = &answer
            && let Some(chapter) = self.chapter_mut(match_.id())
            && !std::mem::replace(&mut chapter.finished, true)
        {
            for player in match_.players() {
                let untold = self.sockets.untold(player, match_.id());
                must_hold!(untold.is_none(), 7, "the match was finished before {untold:?} was told of it");
            }
        }
        Ok(answer)
    }

    fn notify(&mut self, setting: &Setting, call: &Call) -> Result<Answer, Violation> {
        let sockets = Rc::make_mut(&mut self.sockets);
        let (answer, deliveries) = match call {
            Call::Attach(_, socket) => {
                sockets.attach(Line::of(*socket));
                (Answer::Done(()), Vec::new())
            }
            Call::Detach(_, socket) => {
                sockets.detach(Line::of(*socket));
                (Answer::Done(()), Vec::new())
            }
            Call::Tell(player, notice) => (Answer::Done(()), sockets.tell(player, notice)?),
            Call::Greet(_, socket, greeting) => {
                let (greeted, deliveries) = sockets.greet(Line::of(*socket), greeting)?;
                (Answer::Greeted(greeted), deliveries)
            }
            _ => unreachable!("{call:?} is not the notifier's"),
        };
        deliveries.iter().try_for_each(|delivery| self.check_delivery(setting, delivery))?;
        Ok(answer)
    }

    fn check_delivery(&mut self, setting: &Setting, delivery: &Delivery) -> Result<(), Violation> {
        let Delivery { line, notice } = delivery;
        let player = universe::player(line.player);
        match notice {
            Notice::MatchFound(match_) | Notice::MatchFinished(match_) => {
                must_hold!(match_.players().contains(player), 7, "{line:?} was told of others' match {match_:?}");
                must_hold!(
                    self.can_be_read(setting, match_.id()),
                    6,
                    "{line:?} was told of a match that cannot be read: {match_:?}"
                );
                if let Some(chapter) = self.chapter_mut(match_.id()) {
                    chapter.named = true;
                }
            }
            Notice::SearchEnded(ended) => {
                must_hold!(ended.player == *player, 7, "{line:?} was told of another's search: {ended:?}");
            }
        }
        Ok(())
    }
}

fn at_once<T>(answer: impl Future<Output = Result<T, PortError>>) -> T {
    match poll_once(answer) {
        Poll::Ready(Ok(answer)) => answer,
        _ => unreachable!("a store in memory answers at once, and does not fail"),
    }
}

/// Who stands where.
pub(crate) struct Standings {
    players: BTreeMap<PlayerId, Player>,
    deadlines: BTreeMap<PlayerId, Timestamp>,
}

impl Standings {
    pub(crate) fn of(queue: &QueuePolicy) -> Self {
        Self {
            players: queue.players().into_iter().map(|player| (player.id.clone(), player)).collect(),
            deadlines: queue.deadlines().map(|(player, at, _)| (player.clone(), at)).collect(),
        }
    }

    pub(crate) fn get(&self, player: &PlayerId) -> &Standing {
        self.players.get(player).map_or(&Standing::Idle, |player| &player.standing)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Player> {
        self.players.values()
    }

    /// Whether the player's ticket had ended by then, though nothing may have swept it away.
    pub(crate) fn is_overdue(&self, player: &PlayerId, now: Timestamp) -> bool {
        self.deadlines.get(player).is_some_and(|at| *at <= now)
    }

    /// The tickets that have not ended, of players who may be paired: all of them, or none but the connected.
    pub(crate) fn pairable_tickets(&self, now: Timestamp, only_connected: bool) -> impl Iterator<Item = &Ticket> {
        let may_be_paired = move |player: &&Player| {
            !self.is_overdue(&player.id, now) && (!only_connected || !player.sockets.is_empty())
        };
        self.players.values().filter(may_be_paired).filter_map(|player| match &player.standing {
            Standing::Waiting(ticket) => Some(ticket),
            _ => None,
        })
    }

    pub(crate) fn is_connected(&self, player: &PlayerId) -> bool {
        self.players.get(player).is_some_and(|player| !player.sockets.is_empty())
    }
}

/// The sockets on which a player is connected.
pub(crate) fn sockets_of(queue: &QueuePolicy, player: &PlayerId) -> Vec<SocketId> {
    let known = queue.players().into_iter().find(|known| known.id == *player);
    known.map(|known| known.sockets).unwrap_or_default()
}

/// Who waits under the key.
fn peek(queue: &QueuePolicy, key: &QueueKey) -> Option<PlayerId> {
    let waits = |player: &Player| matches!(&player.standing, Standing::Waiting(ticket) if ticket.key == *key);
    queue.players().into_iter().find(waits).map(|player| player.id)
}

/// Takes whatever ticket the opponent has now, and pairs him; whether he still waits is not looked at again.
fn pair_with(
    queue: &mut QueuePolicy,
    now: Timestamp,
    [opponent, player]: [&PlayerId; 2],
    key: &QueueKey,
    id: MatchId,
) -> Decided<FindOutcome> {
    if *Standings::of(queue).get(player) == Standing::Idle {
        queue.leave(now, opponent);
        queue.find(now, opponent, key, id);
    }
    queue.find(now, player, key, id)
}
