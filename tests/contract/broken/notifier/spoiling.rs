use std::{
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use matchmaker::{
    domain::{EndReason, Greeting, Heard, Notice, PlayerId, Serial, SocketId, Standing},
    ports::{
        Greeted, Notifier, PortError,
        contract::{Closing, Told},
    },
};

use super::{super::let_others_in, faults::Fault};
use crate::naive::notifier::{NaiveNotifier, OUTBOX, Sockets, told};

pub(super) struct BrokenNotifier {
    pub(super) fault: Fault,
    pub(super) naive: Arc<NaiveNotifier>,
    pub(super) told: AtomicUsize,
    pub(super) for_later: Mutex<Vec<Notice>>,
}

impl BrokenNotifier {
    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn for_later(&self) -> MutexGuard<'_, Vec<Notice>> {
        self.for_later.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what is held out of the socket, for the faults that tell it in their own way.
    fn take_held(&self, id: SocketId) -> Vec<Notice> {
        let own_way = [
            Fault::LosesWhatItHeld,
            Fault::TellsWhatItHeldInReverse,
            Fault::TellsAllThatItHeld,
            Fault::GreetsInTwoSteps,
        ];
        let mut sockets = self.naive.sockets();
        match sockets.find(id) {
            Some(place) if own_way.contains(&self.fault) => mem::take(&mut sockets.attached[place].held),
            _ => Vec::new(),
        }
    }

    fn tell_held(&self, sockets: &mut Sockets, player: &PlayerId, id: SocketId, mut held: Vec<Notice>) {
        let Some(place) = sockets.find(id) else { return };
        match self.fault {
            Fault::TellsWhatItHeldInReverse => held.reverse(),
            Fault::LosesWhatItHeld => held.clear(),
            _ => {}
        }
        for notice in held {
            if self.has(Fault::GreetsInTwoSteps) {
                sockets.say(place, &notice);
            } else {
                sockets.send(place, told(player, &notice));
            }
        }
    }

    fn spoil_before_greet(&self, sockets: &mut Sockets, id: SocketId) {
        if matches!(self.fault, Fault::TheLastGreetedLives | Fault::NeverReplaces) {
            sockets.latest.clear();
        }
        let Some(place) = sockets.find(id) else { return };
        let player = sockets.attached[place].player.clone();
        for other in 0..sockets.attached.len() {
            let socket = &mut sockets.attached[other];
            socket.closed &= !(self.has(Fault::TheReplacedComesBack) && other == place);
            match (self.fault, &mut socket.greeted) {
                (Fault::TheLastGreetedLives, Some((connection, _))) => *connection = Serial(0),
                (Fault::NeverReplaces, greeted) if other != place => *greeted = None,
                (Fault::GreetsTheOutdated, greeted) if other == place => *greeted = None,
                (Fault::ReplacesOtherPlayers, Some(_)) if socket.player != player => {
                    sockets.close(other, Closing::Replaced);
                }
                _ => {}
            }
        }
    }

    fn spoil_greeting(&self, greeting: &Greeting) -> Greeting {
        match self.fault {
            Fault::SaysIdleToAll => Greeting::new(greeting.connection(), Standing::Idle),
            Fault::GreetingAnewIsRegistering => Greeting::new(greeting.read_at(), greeting.standing().clone()),
            _ => greeting.clone(),
        }
    }

    /// Tells each socket of the player in a faulty way. Whether there is such a way.
    fn tell_wrongly(&self, sockets: &mut Sockets, player: &PlayerId, notice: &Notice) -> bool {
        let told = told(player, notice);
        let everybody = self.has(Fault::TellsEverybody);
        for place in 0..sockets.attached.len() {
            let socket = &mut sockets.attached[place];
            if socket.player != *player && !everybody {
                continue;
            }
            match (self.fault, &mut socket.greeted) {
                (Fault::TellsBeforeTheGreeting, None) | (Fault::TellsCopies | Fault::TellsEverybody, Some(_)) => {
                    sockets.send(place, told.clone());
                }
                (Fault::TellsCopies | Fault::HoldsWithoutBound, None) => socket.held.push(notice.clone()),
                (Fault::NeverClosesTheUnread, Some(_)) => {
                    sockets.outboxes.push((socket.id, told.clone()));
                }
                (Fault::TellsTheReplaced, _) if socket.closed => sockets.outboxes.push((socket.id, told.clone())),
                (Fault::CountsWhatWasRead, _) if self.told.load(Ordering::Relaxed) > OUTBOX => {
                    sockets.close(place, Closing::Unread);
                }
                _ => {}
            }
        }
        matches!(
            self.fault,
            Fault::TellsBeforeTheGreeting
                | Fault::TellsCopies
                | Fault::TellsEverybody
                | Fault::HoldsWithoutBound
                | Fault::NeverClosesTheUnread
        )
    }

    fn spoil_what_was_told(&self, sockets: &mut Sockets, player: &PlayerId) {
        for (_, told) in &mut sockets.outboxes {
            match (self.fault, told) {
                (Fault::NamesThePlayerAsHisOpponent, Told::MatchFound { opponent, .. }) => *opponent = player.clone(),
                (Fault::GivesOneReason, Told::SearchEnded { reason }) => *reason = EndReason::Expired,
                _ => {}
            }
        }
        if self.has(Fault::TellsTheLatestFirst) && !sockets.outboxes.is_empty() {
            sockets.outboxes.rotate_right(1);
        }
    }

    /// Decides what is news first, and tells it later.
    async fn tell_in_two_steps(&self, player: &PlayerId, notice: &Notice) {
        let live: Vec<(SocketId, Serial, Heard)> = {
            let sockets = self.naive.sockets();
            let own = sockets.attached.iter().filter(|socket| socket.player == *player);
            own.filter_map(|socket| socket.greeted.map(|(connection, heard)| (socket.id, connection, heard))).collect()
        };
        let_others_in().await;
        let mut sockets = self.naive.sockets();
        for (id, connection, mut heard) in live {
            if let Some(place) = sockets.find(id)
                && heard.admit(notice)
            {
                sockets.attached[place].greeted = Some((connection, heard));
                sockets.send(place, told(player, notice));
            }
        }
    }

    fn is_full(&self, player: &PlayerId) -> bool {
        let sockets = self.naive.sockets();
        let own = sockets.attached.iter().filter(|socket| socket.player == *player);
        let waiting = |id| sockets.outboxes.iter().filter(|(owner, _)| *owner == id).count();
        own.map(|socket| waiting(socket.id)).any(|count| count >= OUTBOX)
    }
}

#[async_trait]
impl Notifier for BrokenNotifier {
    async fn attach(&self, player: &PlayerId, id: SocketId) -> Result<(), PortError> {
        let mut sockets = self.naive.sockets();
        match self.fault {
            Fault::AttachingBeginsAnew => sockets.detach(id),
            Fault::AttachingReplaces => {
                for other in 0..sockets.attached.len() {
                    if sockets.attached[other].player == *player {
                        sockets.close(other, Closing::Replaced);
                    }
                }
            }
            _ => {}
        }
        sockets.attach(player, id);
        if let Some(socket) = sockets.attached.last_mut() {
            socket.held.append(&mut self.for_later());
        }
        Ok(())
    }

    async fn greet(&self, player: &PlayerId, id: SocketId, greeting: &Greeting) -> Result<Greeted, PortError> {
        let held = self.take_held(id);
        if self.has(Fault::GreetsInTwoSteps) {
            let_others_in().await;
        }
        let mut sockets = self.naive.sockets();
        let greeted_before = sockets.find(id).is_some_and(|place| sockets.attached[place].greeted.is_some());
        if self.has(Fault::GreetsOnce) && greeted_before {
            return Ok(Greeted::Live);
        }
        self.spoil_before_greet(&mut sockets, id);
        let greeted = sockets.greet(player, id, &self.spoil_greeting(greeting));
        self.tell_held(&mut sockets, player, id, held);
        match sockets.find(id) {
            None if self.has(Fault::GreetsTheGone) => return Ok(Greeted::Live),
            Some(_) if self.has(Fault::LeavesTheMatchOut) => {
                sockets.outboxes.retain(|(owner, told)| *owner != id || !matches!(told, Told::MatchFound { .. }));
            }
            _ => {}
        }
        Ok(greeted)
    }

    async fn tell(&self, player: &PlayerId, notice: &Notice) -> Result<(), PortError> {
        self.told.fetch_add(1, Ordering::Relaxed);
        if self.has(Fault::WaitsForTheClient) && self.is_full(player) {
            std::future::pending::<()>().await;
        }
        if self.has(Fault::TellsInTwoSteps) {
            self.tell_in_two_steps(player, notice).await;
            return Ok(());
        }
        let mut sockets = self.naive.sockets();
        if sockets.attached.iter().all(|socket| socket.player != *player) {
            match self.fault {
                Fault::FailsWithoutASocket => return Err(PortError::NotDone("he has no socket".into())),
                Fault::KeepsNoticesForLater => self.for_later().push(notice.clone()),
                _ => {}
            }
        }
        if !self.tell_wrongly(&mut sockets, player, notice) {
            sockets.tell(player, notice);
        }
        self.spoil_what_was_told(&mut sockets, player);
        Ok(())
    }

    async fn detach(&self, player: &PlayerId, id: SocketId) -> Result<(), PortError> {
        let mut sockets = self.naive.sockets();
        sockets.detach(id);
        match self.fault {
            Fault::DetachingTakesAll => sockets.attached.retain(|socket| socket.player != *player),
            Fault::ForgetsWhatHasClosed => sockets.latest.clear(),
            _ => {}
        }
        Ok(())
    }
}
