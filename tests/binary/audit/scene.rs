use std::{net::SocketAddr, process::Command, time::Duration};

use crate::{
    process::{ended, program},
    redis_server::{
        Options, RedisServer,
        reply::{Connection, Reply},
    },
};

/// Where the store's clock stands, in microseconds.
pub(super) const NOW: u64 = 1_000_000_000;

/// A settled match of carol and dave, that goes on.
pub(super) const FIFTH: &str = "00000000-0000-4000-8000-000000000005";
/// One of erin and frank, that is stored and not known to be told.
pub(super) const SEVENTH: &str = "00000000-0000-4000-8000-000000000007";
/// One of gina and henry, that is not stored yet.
pub(super) const NINTH: &str = "00000000-0000-4000-8000-000000000009";
/// One of ivan and judy, that is over.
pub(super) const ELEVENTH: &str = "00000000-0000-4000-8000-000000000011";
/// One of kate and liam, that was over a moment ago and still holds them.
pub(super) const THIRTEENTH: &str = "00000000-0000-4000-8000-000000000013";

/// What is written of a match of two players.
pub(super) fn pairing(serial: u64, id: &str, players: &str) -> String {
    format!("{serial} {id} {} 2000 {players} chess|TON|1", NOW - 40_000_000)
}

/// What an audit finds, which is something.
pub(super) fn findings(audit: &mut Command) -> Vec<String> {
    let output = ended(audit);
    let told = String::from_utf8(output.stdout).expect("text");
    assert_eq!((output.status.code(), output.stderr.len()), (Some(1), 0), "{audit:?}: {told}");
    told.lines().map(str::to_owned).collect()
}

/// A Redis in which everything holds, until something else is planted.
pub(super) struct Scene {
    redis: RedisServer,
    connection: Connection,
}

impl Scene {
    /// With nothing in it.
    pub(super) fn start() -> Option<Self> {
        let redis = RedisServer::start(Options::default())?;
        let connection = Connection::open(redis.address(), None, Duration::from_secs(20)).expect("a connection");
        Some(Self { redis, connection })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.redis.address()
    }

    /// Sends a command about one of the store's keys, which is its second word.
    pub(super) fn ask(&mut self, words: &[&str]) -> String {
        let key = format!("{{matchmaker}}:{}", words[1]);
        let words: Vec<&str> = [words[0], &key].into_iter().chain(words[2..].iter().copied()).collect();
        match self.connection.ask(&words).expect("an answer") {
            Reply::Error(error) => panic!("{words:?}: {error}"),
            reply => reply.to_string(),
        }
    }

    /// Puts so many more messages into an inbox.
    pub(super) fn fill_inbox(&mut self, node: u64, count: usize) {
        let script = "for _ = 1, ARGV[1] do redis.call('XADD', KEYS[1], '*', 'm', 'x') end";
        let key = format!("{{matchmaker}}:inbox:{node}");
        let filled = self.connection.ask(&["EVAL", script, "1", &key, &count.to_string()]).expect("an answer");
        assert_eq!(filled, Reply::Nothing);
    }

    /// What tells whether anything has changed.
    pub(super) fn digest(&mut self) -> String {
        self.connection.ask(&["DEBUG", "DIGEST"]).expect("an answer").to_string()
    }

    pub(super) fn audit(&self) -> Command {
        let mut command = program();
        command.arg("audit").arg(format!("--store=redis://{}", self.address()));
        command
    }

    /// What the audit finds.
    pub(super) fn findings(&self) -> Vec<String> {
        findings(&mut self.audit())
    }

    /// In a store in which everything holds, and then these commands are done, exactly this is found.
    pub(super) fn finds(&mut self, commands: &[&[&str]], expected: &[&str]) {
        self.plant();
        for command in commands {
            self.ask(command);
        }
        assert_eq!(self.findings(), expected, "{commands:?}");
    }

    /// Empties the store, and fills it with some of everything that may be there.
    pub(super) fn plant(&mut self) {
        self.connection.ask(&["FLUSHALL"]).expect("an answer");
        let now = NOW.to_string();
        for (name, value) in [("clock", &*now), ("beat", &*now), ("serial", "40")] {
            self.ask(&["SET", name, value]);
        }
        // The third node has parted.
        self.ask(&["ZADD", "nodes", &(NOW + 4_000_000).to_string(), "1", &(NOW - 4_000_000).to_string(), "2"]);
        for inbox in ["inbox:1", "inbox:2"] {
            self.ask(&["XADD", inbox, "*", "m", "hello"]);
        }
        self.plant_tickets();
        self.plant_matches();
        for (player, sockets) in [("alice", "1.1"), ("mona", "2.5 1.9"), ("olga", "3.2")] {
            self.ask(&["HSET", "sockets", player, sockets]);
        }
        for (player, hearing) in [("alice", "2 1.1 1.1+"), ("mona", "15 1.9 2.5 1.9+"), ("nick", "0 - 1.10")] {
            self.ask(&["HSET", "attached", player, hearing]);
        }
        for holder in ["1 alice", "1 mona", "2 mona", "1 nick", "3 olga"] {
            self.ask(&["ZADD", "holders", "0", holder]);
        }
    }

    fn plant_tickets(&mut self) {
        let later = (NOW + 500_000_000).to_string();
        self.ask(&["HSET", "players", "alice", "w 1 900000000 - - g chess|USDT|20"]);
        self.ask(&["HSET", "players", "bob", &format!("w 3 950000000 {later} expired g go|ETH|0.5")]);
        self.ask(&["ZADD", "deadlines", &later, "0000000000000003 bob"]);
        self.ask(&["HSET", "pairable", "chess|USDT|20", "alice", "go|ETH|0.5", "bob"]);
        self.ask(&["HSET", "games", "chess USDT", "1", "go ETH", "1"]);
    }

    fn plant_matches(&mut self) {
        for (serial, id, players) in [
            (5, FIFTH, "carol dave"),
            (7, SEVENTH, "erin frank"),
            (9, NINTH, "gina henry"),
            (13, THIRTEENTH, "kate liam"),
        ] {
            self.ask(&["ZADD", "pairings", &serial.to_string(), &pairing(serial, id, players)]);
            for player in players.split(' ') {
                self.ask(&["HSET", "players", player, &format!("m {serial}")]);
            }
        }
        self.ask(&["ZADD", "unsettled", "7", "7", "9", "9"]);
        for (serial, id, players) in [(5, FIFTH, "carol dave"), (7, SEVENTH, "erin frank")] {
            self.ask(&["HSET", "matches", id, &format!("a {}", pairing(serial, id, players))]);
            self.ask(&["ZADD", "active", &serial.to_string(), id]);
        }
        for (serial, id, players) in [(11, ELEVENTH, "ivan judy"), (13, THIRTEENTH, "kate liam")] {
            self.ask(&["HSET", "matches", id, &format!("f {} {}", NOW - 1_000_000, pairing(serial, id, players))]);
            self.ask(&["RPUSH", "finished", id]);
        }
    }
}
