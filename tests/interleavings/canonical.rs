//! States that differ in nothing that matters get one number.
//!
//! Serials matter by their order, moments by their distance from now, and which player or which key is which does not
//! matter at all.

use matchmaker::domain::{MatchId, Timestamp};

use crate::{
    token::{InFull, Past, Spell, Token},
    universe::{KEYS, MATCH_LIFETIME, PLAYERS, number_of_match},
    world::{Setting, World},
};

/// Every way to rename three players and two keys; those that rename the first two alone stand first.
const PLAYER_NAMES: [[u64; PLAYERS as usize]; 6] = [[0, 1, 2], [1, 0, 2], [0, 2, 1], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
const KEY_NAMES: [[u64; KEYS as usize]; 2] = [[0, 1], [1, 0]];

/// Spells states out; keeps its memory from one state to the next.
#[derive(Default)]
pub(crate) struct Canon {
    tokens: Vec<Token>,
    /// Where each item ends. The order of the items does not matter.
    ends: Vec<usize>,
    serials: Vec<u64>,
    codes: Vec<Code>,
    /// Which players and which keys occur.
    players: [bool; PLAYERS as usize],
    keys: [bool; KEYS as usize],
}

/// A normalised token.
#[derive(Clone, Copy)]
enum Code {
    Plain(u64),
    Player(u8),
    Key(u8),
    Socket(u8, u8),
}

impl Canon {
    /// The number of a state, whatever may still happen.
    pub(crate) fn number(&mut self, setting: &Setting, world: &World) -> u64 {
        self.tokens.clear();
        self.ends.clear();
        self.spell(setting, world);
        self.normalise(world);
        self.smallest()
    }

    fn item(&mut self, kind: u8, parts: &[&dyn Spell]) {
        kind.spell(&mut self.tokens);
        for part in parts {
            part.spell(&mut self.tokens);
        }
        self.ends.push(self.tokens.len());
    }

    fn spell(&mut self, setting: &Setting, world: &World) {
        for player in world.queue.players() {
            self.item(1, &[&player.id, &player.standing, &player.sockets]);
        }
        for (player, at, reason) in world.queue.deadlines() {
            self.item(2, &[player, &Deadline(at), &(reason as u8)]);
        }
        for (match_, finished_at) in world.matches.snapshot() {
            self.item(3, &[&match_, &finished_at.map(Past)]);
        }
        for chapter in world.chapters.iter() {
            self.item(4, &[&InFull(&chapter.match_), &chapter.named, &chapter.finished]);
        }
        world.sockets.spell_items(|socket| {
            self.tokens.push(Token::Plain(5));
            socket(&mut self.tokens);
            self.ends.push(self.tokens.len());
        });
        for line in &world.open {
            self.item(6, &[line]);
        }
        for (player, quiet) in world.quiet.iter().enumerate() {
            if *quiet {
                self.item(7, &[&Player(player)]);
            }
        }
        for task in &world.tasks {
            self.tokens.extend([Token::Plain(8), Token::Plain(u64::from(task.calm))]);
            self.tokens.extend_from_slice(setting.programs.spelling(task.point));
            self.ends.push(self.tokens.len());
        }
        if let Some(late) = &world.late {
            self.item(9, &[late]);
        }
        for line in &world.unended {
            self.item(10, &[line]);
        }
        for line in &world.lost {
            self.item(11, &[line]);
        }
    }

    fn normalise(&mut self, world: &World) {
        let serial_of = |number: u64| {
            let of_match = |id: MatchId| number_of_match(id) == number;
            world.chapters.iter().find(|chapter| of_match(chapter.match_.id())).map(|chapter| chapter.match_.serial().0)
        };
        self.serials.clear();
        self.serials.extend(self.tokens.iter().filter_map(|token| match token {
            Token::Serial(serial) => Some(*serial),
            _ => None,
        }));
        self.serials.sort_unstable();
        self.serials.dedup();
        let serials = &self.serials;
        let rank = |serial: u64| serials.binary_search(&serial).unwrap_or(serials.len()) as u64;
        let lifetime = u64::try_from(MATCH_LIFETIME.as_micros()).unwrap_or(u64::MAX);
        let now = world.now.as_micros();
        self.codes.clear();
        (self.players, self.keys) = Default::default();
        let mut start = 0;
        for end in &mut self.ends {
            for token in &self.tokens[start..*end] {
                self.codes.push(match *token {
                    Token::Plain(number) => Code::Plain(number),
                    Token::Player(player) => {
                        self.players[usize::from(player)] = true;
                        Code::Player(player)
                    }
                    Token::Key(key) => {
                        self.keys[usize::from(key)] = true;
                        Code::Key(key)
                    }
                    Token::Socket(line) => {
                        self.players[usize::from(line.player)] = true;
                        Code::Socket(line.player, line.number)
                    }
                    Token::Serial(serial) => Code::Plain(100 + rank(serial)),
                    Token::Match(number) => Code::Plain(serial_of(number).map_or(99, |serial| 100 + rank(serial))),
                    Token::Past(at) => Code::Plain((now - at).min(lifetime)),
                    Token::Deadline(at) => Code::Plain(at.saturating_sub(now)),
                    Token::Detail(_) => continue,
                });
            }
            start = std::mem::replace(end, self.codes.len());
        }
    }

    /// Of all ways to rename the players and keys that occur, the one that gives the smallest number.
    fn smallest(&self) -> u64 {
        let (players, keys) = (Ranks::of(self.players), Ranks::of(self.keys));
        let ways = |occurring: usize| [1, 1, 2, 6][occurring];
        let names = PLAYER_NAMES[..ways(players.occurring)]
            .iter()
            .flat_map(|names| KEY_NAMES[..ways(keys.occurring)].iter().map(move |key_names| (names, key_names)));
        names.map(|(names, key_names)| self.renamed(&players, names, &keys, key_names)).min().unwrap_or_default()
    }

    fn renamed(
        &self,
        players: &Ranks<{ PLAYERS as usize }>,
        names: &[u64],
        keys: &Ranks<{ KEYS as usize }>,
        key_names: &[u64],
    ) -> u64 {
        let player = |number: u8| names[players.of[usize::from(number)]];
        let mut sum = 0_u64;
        let mut start = 0;
        for &end in &self.ends {
            let item = self.codes[start..end].iter().fold(0, |hash, code| {
                let word = match *code {
                    Code::Plain(number) => number,
                    Code::Player(number) => (1 << 60) + player(number),
                    Code::Key(number) => (2 << 60) + key_names[keys.of[usize::from(number)]],
                    Code::Socket(number, socket) => (3 << 60) + player(number) * 1000 + u64::from(socket),
                };
                mix(hash, word)
            });
            sum = sum.wrapping_add(mix(item, 0x5bd1_e995));
            start = end;
        }
        sum
    }
}

/// Those of a few numbers that occur, counted from zero.
struct Ranks<const N: usize> {
    of: [usize; N],
    occurring: usize,
}

impl<const N: usize> Ranks<N> {
    fn of(occurs: [bool; N]) -> Self {
        let mut ranks = Self { of: [0; N], occurring: 0 };
        for (rank, _) in ranks.of.iter_mut().zip(occurs).filter(|(_, occurs)| *occurs) {
            *rank = ranks.occurring;
            ranks.occurring += 1;
        }
        ranks
    }
}

/// Shortens a spelling: what means what it says need not be kept word for word.
pub(crate) fn shorten(spelling: &[Token]) -> Vec<Token> {
    let mut short: Vec<Token> = Vec::new();
    for token in spelling {
        match (short.last_mut(), token) {
            (_, Token::Detail(_)) => {}
            (Some(Token::Plain(hash)), Token::Plain(number)) => *hash = mix(*hash, *number),
            _ => short.push(*token),
        }
    }
    short
}

/// Takes one word more into a hash, and spreads every bit.
fn mix(hash: u64, word: u64) -> u64 {
    let mixed = (hash.rotate_left(5) ^ word ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(0xd6e8_feb8_6659_fd93);
    let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xa076_1d64_78bd_642f);
    mixed ^ (mixed >> 29)
}

struct Deadline(Timestamp);

impl Spell for Deadline {
    fn spell(&self, out: &mut Vec<Token>) {
        out.push(Token::Deadline(self.0.as_micros()));
    }
}

struct Player(usize);

impl Spell for Player {
    fn spell(&self, out: &mut Vec<Token>) {
        out.push(Token::Player(u8::try_from(self.0).expect("players are few")));
    }
}
