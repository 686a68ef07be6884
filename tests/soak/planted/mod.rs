//! Histories in which a promise is broken, and honest ones that look like it.

mod connected;
mod honest;
mod log;
mod matches;
mod meddlers;
mod pushes;
mod put_off;

use std::time::Duration;

use crate::checker::{
    Call, Checker, Document, Event, FindAnswer, KeyNumber, LeaveAnswer, LookAnswer, MatchId, PlayerNumber, Promise,
    Rules, SocketNumber, Status,
};

const RULES: Rules = Rules {
    retention: Duration::from_secs(10),
    telling: Duration::from_secs(5),
    pair_only_connected: false,
    on_redis: false,
};

const CHESS: KeyNumber = KeyNumber(0);
const GO: KeyNumber = KeyNumber(1);

const ALICE: PlayerNumber = PlayerNumber(0);
const BOB: PlayerNumber = PlayerNumber(1);
const CAROL: PlayerNumber = PlayerNumber(2);
const DAVE: PlayerNumber = PlayerNumber(3);

/// Has no socket.
const ERIN: PlayerNumber = PlayerNumber(4);

/// A history as it is told to a checker. Everybody but Erin has a socket that is registered, the first of
/// his.
struct Story {
    checker: Checker,
    now: Duration,
    last_call: u32,
}

impl Story {
    fn new() -> Self {
        Self::by(RULES)
    }

    /// Where only those who are connected are paired.
    fn of_connected() -> Self {
        Self::by(Rules { pair_only_connected: true, ..RULES })
    }

    fn by(rules: Rules) -> Self {
        let mut story = Self { checker: Checker::new(5, 2, rules), now: Duration::ZERO, last_call: 0 };
        for player in [ALICE, BOB, CAROL, DAVE] {
            story.register(player, 1, Status::Idle);
        }
        story
    }

    fn tell(&mut self, player: PlayerNumber, event: Event) {
        self.now += Duration::from_millis(1);
        self.checker.observe(self.now, player, event);
    }

    fn wait(&mut self, time: Duration) {
        self.now += time;
        self.checker.pass(self.now);
    }

    fn call(&mut self) -> Call {
        self.last_call += 1;
        Call(self.last_call)
    }

    fn register(&mut self, player: PlayerNumber, socket: u32, status: Status) {
        self.tell(player, Event::Registers { socket: SocketNumber(socket) });
        self.tell(player, Event::Registered { socket: SocketNumber(socket), status });
    }

    fn sends_ask(&mut self, player: PlayerNumber, key: KeyNumber) -> Call {
        let call = self.call();
        self.tell(player, Event::Asks { call, key });
        call
    }

    fn asked(&mut self, player: PlayerNumber, call: Call, answer: FindAnswer) {
        self.tell(player, Event::Asked { call, answer });
    }

    fn asks(&mut self, player: PlayerNumber, key: KeyNumber, answer: FindAnswer) {
        let call = self.sends_ask(player, key);
        self.asked(player, call, answer);
    }

    fn leaves(&mut self, player: PlayerNumber, answer: LeaveAnswer) {
        let call = self.call();
        self.tell(player, Event::Leaves { call });
        self.tell(player, Event::Left { call, answer });
    }

    fn looks(&mut self, player: PlayerNumber, answer: LookAnswer) {
        let call = self.call();
        self.tell(player, Event::Looks { call });
        self.tell(player, Event::Looked { call, answer });
    }

    /// Both ask under one key, and both are seen waiting from then on.
    fn wait_side_by_side(&mut self, players: [PlayerNumber; 2]) {
        for player in players {
            self.asks(player, CHESS, FindAnswer::Waiting);
        }
        for player in players.into_iter().chain(players) {
            self.looks(player, LookAnswer::Waiting(CHESS));
        }
    }

    fn reads(&mut self, player: PlayerNumber, id: MatchId, document: Option<Document>) {
        let call = self.call();
        self.tell(player, Event::Reads { call, id });
        self.tell(player, Event::Read { call, id, document });
    }

    fn sends_finish(&mut self, player: PlayerNumber, id: MatchId) -> Call {
        let call = self.call();
        self.tell(player, Event::Finishes { call, id });
        call
    }

    fn finishes(&mut self, player: PlayerNumber, document: Document) {
        let (call, id) = (self.sends_finish(player, document.id), document.id);
        self.tell(player, Event::Finished { call, id, document: Some(document) });
    }

    fn found(&mut self, player: PlayerNumber, socket: u32, id: MatchId, key: KeyNumber, opponent: PlayerNumber) {
        self.tell(player, Event::ToldFound { socket: SocketNumber(socket), id, key, opponent });
    }

    fn over(&mut self, player: PlayerNumber, id: MatchId) {
        self.tell(player, Event::ToldFinished { socket: SocketNumber(1), id });
    }

    fn closes(&mut self, player: PlayerNumber, socket: u32) {
        self.tell(player, Event::Closed { socket: SocketNumber(socket) });
    }

    /// Alice waits, Bob is paired with her, both are told.
    fn pair_alice_and_bob(&mut self, id: MatchId) {
        self.asks(ALICE, CHESS, FindAnswer::Waiting);
        self.asks(BOB, CHESS, FindAnswer::Matched(id));
        self.found(ALICE, 1, id, CHESS, BOB);
        self.found(BOB, 1, id, CHESS, ALICE);
    }

    /// The promises that the checker finds broken, once all that was due has had its time.
    fn broken(mut self) -> Vec<Promise> {
        self.wait(Duration::from_mins(1));
        let violations = self.checker.take_violations();
        assert!(violations.iter().all(|violation| !violation.history.is_empty()));
        violations.into_iter().map(|violation| violation.promise).collect()
    }
}

fn id(number: u8) -> MatchId {
    MatchId::parse(&format!("00000000-0000-4000-8000-0000000000{number:02x}")).expect("an id")
}

fn active(number: u8) -> Document {
    Document { id: id(number), key: CHESS, players: [ALICE, BOB], finished: false }
}

fn finished(number: u8) -> Document {
    Document { finished: true, ..active(number) }
}
