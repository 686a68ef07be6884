//! The round of a player: he asks, is paired or gives up, plays, and the match is finished.

use std::{sync::Arc, time::Duration};

use super::Player;
use crate::{
    checker::{FindAnswer, KeyNumber, LeaveAnswer, LookAnswer, MatchId, PlayerNumber},
    meddlers::meddle_with_match,
};

/// How long a player without a socket waits between two looks, at most.
const POLL_MILLISECONDS: u64 = 200;

/// How often one tries to bring everything to its end.
const WIND_UP_TRIES: usize = 50;

impl Player {
    /// Plays one round; whether it came to a match.
    pub(super) async fn round(&mut self) -> bool {
        let key = self.pick_key();
        self.current = None;
        match self.random.u32(..100) {
            0..5 => self.ask_three_times(key).await,
            5..10 => self.ask_and_leave_at_once(key).await,
            10..13 => self.ask_again(key).await,
            13..15 => self.vanish_while_asking(key).await,
            15..18 => self.ask_while_away(key).await,
            _ => self.ask(key).await,
        }
        // Where it matters who is there, more are not.
        if self.chance(if self.world.rules.pair_only_connected { 10 } else { 50 }) {
            self.vanish().await;
        }
        self.wait_for_match().await;
        let Some(current) = self.current else { return false };
        self.play_match(current.id).await;
        true
    }

    pub(super) async fn ask(&mut self, key: KeyNumber) {
        let (world, number, call) = (Arc::clone(&self.world), self.number, self.next_call());
        let spelling = self.random.usize(..4);
        let answer = self.meanwhile(async move { world.ask(number, call, key, spelling).await }).await;
        self.learn(answer);
    }

    pub(super) fn learn(&mut self, answer: FindAnswer) {
        if let FindAnswer::Matched(id) | FindAnswer::MatchedElsewhere(id) = answer {
            self.enter(id, None);
        }
    }

    pub(super) async fn leave(&mut self) -> LeaveAnswer {
        let (world, number, call) = (Arc::clone(&self.world), self.number, self.next_call());
        let answer = self.meanwhile(async move { world.leave(number, call).await }).await;
        if let LeaveAnswer::Matched(id) = answer {
            self.enter(id, None);
        }
        answer
    }

    /// Waits, looking now and then, until he is in a match, or stands nowhere, or has had enough and leaves.
    async fn wait_for_match(&mut self) {
        let patience = self.milliseconds(3000);
        let mut waited = Duration::ZERO;
        loop {
            let poll = Duration::from_millis(50) + self.milliseconds(POLL_MILLISECONDS);
            if self.current.is_some() || self.wait_until(poll, |player| player.current.is_some()).await {
                return;
            }
            waited += poll;
            if waited > patience || self.world.is_stopping() {
                self.leave().await;
                return;
            }
            if self.look().await == LookAnswer::Idle {
                return;
            }
        }
    }

    async fn play_match(&mut self, id: MatchId) {
        // Whoever has not been told of his opponent reads whom he plays; of the others some read, too.
        let opponent = match self.current.and_then(|current| current.opponent) {
            Some(opponent) if !self.chance(4) => opponent,
            _ => match self.read(id).await {
                Some(opponent) => opponent,
                None => return,
            },
        };
        if self.chance(60) {
            self.vanish().await;
        }
        if self.chance(60) {
            self.open_another_tab().await;
        }
        if self.chance(30) {
            self.call_out_of_turn().await;
        }
        if self.chance(20) {
            let (world, number) = (Arc::clone(&self.world), self.number);
            self.meanwhile(async move { meddle_with_match(&world, number, id).await }).await;
        }
        let playing = if self.chance(200) { Duration::from_secs(2) } else { Duration::from_millis(20) };
        let playing = playing + self.milliseconds(100);
        self.rest(playing).await;
        // The one with the smaller number finishes the match, and sometimes both do.
        if self.number.0 < opponent.0 || self.chance(10) {
            self.finish(id).await;
        } else {
            self.wait_for_end(id).await;
        }
    }

    /// Reads the match; who the opponent is.
    async fn read(&mut self, id: MatchId) -> Option<PlayerNumber> {
        let (world, number, call) = (Arc::clone(&self.world), self.number, self.next_call());
        let document = self.meanwhile(async move { world.read(number, call, id).await }).await?;
        document.players.into_iter().find(|player| *player != number)
    }

    async fn finish(&mut self, id: MatchId) {
        let (world, number, call) = (Arc::clone(&self.world), self.number, self.next_call());
        self.meanwhile(async move { world.finish(number, call, id).await }).await;
    }

    /// Waits until the other has finished the match; if he has not in good time, finishes it.
    async fn wait_for_end(&mut self, id: MatchId) {
        let over = |player: &Self| player.current.is_none_or(|current| current.id != id || current.over);
        let mut polls = 0;
        while !over(self) && polls < 20 && !self.world.is_stopping() {
            let poll = if self.is_poller() { Duration::from_millis(POLL_MILLISECONDS) } else { Duration::from_secs(2) };
            if self.wait_until(poll, over).await || self.look().await != LookAnswer::Matched(id) {
                return;
            }
            polls += 1;
        }
        if !over(self) {
            self.finish(id).await;
        }
    }

    /// Leaves or finishes until he stands nowhere, and closes his sockets.
    pub(super) async fn wind_up(mut self) {
        for _ in 0..WIND_UP_TRIES {
            match self.look().await {
                LookAnswer::Idle => break,
                LookAnswer::Waiting(_) => drop(self.leave().await),
                LookAnswer::Matched(id) => self.finish(id).await,
                LookAnswer::Refused => {}
            }
        }
        // What was told last is heard, too.
        self.rest(Duration::from_millis(500)).await;
        for (number, socket) in std::mem::take(&mut self.sockets) {
            self.observe(crate::checker::Event::Closed { socket: number });
            socket.close().await;
        }
    }
}
