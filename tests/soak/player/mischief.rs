//! What players do besides: everything that real ones do, too.

use std::{sync::Arc, time::Duration};

use super::Player;
use crate::checker::{Event, KeyNumber};

/// How long a call that was given up may still be on its way into the server.
const SETTLING_TIME: Duration = Duration::from_secs(2);

impl Player {
    /// The same call three times at once, over several connections.
    pub(super) async fn ask_three_times(&mut self, key: KeyNumber) {
        let (world, number) = (Arc::clone(&self.world), self.number);
        let [one, two, three] = [self.next_call(), self.next_call(), self.next_call()];
        let asking = async move {
            tokio::join!(
                world.ask(number, one, key, 0),
                world.ask(number, two, key, 1),
                world.ask(number, three, key, 2),
            )
        };
        let (first, second, third) = self.meanwhile(asking).await;
        for answer in [first, second, third] {
            self.learn(answer);
        }
    }

    /// Leaves while the pairing may just be decided.
    pub(super) async fn ask_and_leave_at_once(&mut self, key: KeyNumber) {
        let (world, number) = (Arc::clone(&self.world), self.number);
        let (ask, leave, delay) = (self.next_call(), self.next_call(), self.milliseconds(3));
        let at_once = async move {
            let leaving = async {
                tokio::time::sleep(delay).await;
                world.leave(number, leave).await
            };
            tokio::join!(world.ask(number, ask, key, 3), leaving)
        };
        let (asked, left) = self.meanwhile(at_once).await;
        self.learn(asked);
        if let crate::checker::LeaveAnswer::Matched(id) = left {
            self.enter(id, None);
        }
    }

    /// Asks, then asks the same again, and then for something else.
    pub(super) async fn ask_again(&mut self, key: KeyNumber) {
        self.ask(key).await;
        self.ask(key).await;
        let other = KeyNumber((key.0 + 1) % self.world.keys.count());
        self.ask(other).await;
    }

    /// Stands in a match, and leaves all the same, or asks for something else: neither is possible.
    pub(super) async fn call_out_of_turn(&mut self) {
        if self.chance(2) {
            self.leave().await;
        } else {
            let key = self.pick_key();
            self.ask(key).await;
        }
    }

    /// A second tab: the older socket is replaced.
    pub(super) async fn open_another_tab(&mut self) {
        if !self.is_poller() {
            self.connect().await;
        }
    }

    /// The connection of a call breaks before its answer comes.
    pub(super) async fn vanish_while_asking(&mut self, key: KeyNumber) {
        let (world, number, call) = (Arc::clone(&self.world), self.number, self.next_call());
        if let Err(error) = self.meanwhile(async move { world.ask_and_vanish(number, call, key).await }).await {
            self.complain(&format!("could not ask: {error}"));
        }
        self.rest(SETTLING_TIME).await;
        self.observe(Event::Settled);
    }

    /// Is gone, asks all the same, and comes back after a while.
    pub(super) async fn ask_while_away(&mut self, key: KeyNumber) {
        if self.is_poller() {
            return self.ask(key).await;
        }
        let away = self.milliseconds(800);
        self.disappear();
        self.ask(key).await;
        self.rest(away).await;
        self.connect().await;
    }

    /// Is gone without a word, and comes back after a while.
    pub(super) async fn vanish(&mut self) {
        if self.is_poller() {
            return;
        }
        let away = self.milliseconds(800);
        self.disappear();
        self.rest(away).await;
        self.connect().await;
    }

    /// His sockets end, in one of the ways in which that happens.
    fn disappear(&mut self) {
        for (number, socket) in std::mem::take(&mut self.sockets) {
            self.observe(Event::Closed { socket: number });
            match self.random.u32(..4) {
                0 => socket.reset(),
                1 => drop(socket),
                2 => drop(tokio::spawn(socket.close())),
                // Reads nothing, and does not close either, until long after he is back.
                _ => drop(tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_secs(2)).await;
                    drop(socket);
                })),
            }
        }
    }
}
