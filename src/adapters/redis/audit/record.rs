//! What is written of one ticket, one pairing, one match, one player's sockets. What is not written as it should be gives
//! nothing.

use crate::domain::{Game, MatchId, PlayerId, QueueKey, Stake};

/// The digits of a serial that stands before a player's name.
const DIGITS_OF_SERIAL: usize = 16;

/// One player's wish to be paired.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticket<'a> {
    pub(super) player: &'a str,
    pub(super) serial: u64,
    /// When it ends by itself, and why.
    pub(super) end: Option<(u64, &'a str)>,
    /// Whether the census counts it by its game, and not among the others.
    pub(super) by_game: bool,
    pub(super) key: &'a str,
}

impl<'a> Ticket<'a> {
    pub(super) fn parse(player: &'a str, record: &'a str) -> Option<Self> {
        let [mark, serial, joined_at, deadline, reason, counted, key] = words(record)?;
        let end = match (deadline, reason) {
            ("-", "-") => None,
            ("-", _) => return None,
            (deadline, "expired" | "disconnected") => Some((number(deadline)?, reason)),
            _ => return None,
        };
        let by_game = match counted {
            "g" => true,
            "o" => false,
            _ => return None,
        };
        number(joined_at)?;
        (mark == "w" && is_player(player) && is_key(key)).then_some(Self {
            player,
            serial: number(serial)?,
            end,
            by_game,
            key,
        })
    }

    /// The game and the asset, as the census counts them.
    pub(super) fn game(&self) -> String {
        self.key.rsplit_once('|').map_or("", |(game, _)| game).replace('|', " ")
    }

    /// What stands in the order of deadlines for it.
    pub(super) fn member(&self) -> String {
        format!("{:0width$} {}", self.serial, self.player, width = DIGITS_OF_SERIAL)
    }
}

/// Two players, and what they were paired for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pairing<'a> {
    /// All of it, as it is written.
    pub(super) text: &'a str,
    pub(super) serial: u64,
    pub(super) id: &'a str,
    pub(super) paired_at: u64,
    pub(super) players: [&'a str; 2],
}

impl<'a> Pairing<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let [serial, id, paired_at, waited, first, second, key] = words(text)?;
        let players = [first, second];
        MatchId::parse(id)?;
        number(waited)?;
        (players.into_iter().all(is_player) && is_key(key)).then_some(Self {
            text,
            serial: number(serial)?,
            id,
            paired_at: number(paired_at)?,
            players,
        })
    }
}

/// A match that can be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stored<'a> {
    pub(super) finished_at: Option<u64>,
    pub(super) pairing: Pairing<'a>,
}

impl<'a> Stored<'a> {
    pub(super) fn parse(record: &'a str) -> Option<Self> {
        let (mark, rest) = record.split_once(' ')?;
        let (finished_at, pairing) = match mark {
            "a" => (None, rest),
            "f" => rest.split_once(' ').map(|(at, pairing)| Some((Some(number(at)?), pairing)))??,
            _ => return None,
        };
        Some(Self { finished_at, pairing: Pairing::parse(pairing)? })
    }
}

/// A socket, and the node that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Socket<'a> {
    pub(super) name: &'a str,
    pub(super) node: u64,
}

impl<'a> Socket<'a> {
    fn parse(name: &'a str) -> Option<Self> {
        let (node, socket) = name.split_once('.')?;
        number(socket)?;
        Some(Self { name, node: number(node)? })
    }

    /// The sockets of one player.
    pub(super) fn parse_all(record: &'a str) -> Option<Vec<Self>> {
        record.split(' ').map(Self::parse).collect()
    }
}

/// Which sockets hear of a player.
#[derive(Clone, Debug)]
pub(super) struct Hearing<'a> {
    pub(super) player: &'a str,
    /// The latest connection that was greeted, if one was, and its socket.
    pub(super) latest: Option<(u64, &'a str)>,
    pub(super) sockets: Vec<Socket<'a>>,
    /// Those that were greeted.
    pub(super) live: Vec<&'a str>,
}

impl<'a> Hearing<'a> {
    pub(super) fn parse(player: &'a str, record: &'a str) -> Option<Self> {
        let mut words = record.split(' ');
        let latest = match (words.next()?, words.next()?) {
            ("0", "-") => None,
            (connection, socket) => Some((number(connection)?, Socket::parse(socket)?.name)),
        };
        let mut live = Vec::new();
        let mut sockets = Vec::new();
        for word in words {
            let name = word.strip_suffix('+').unwrap_or(word);
            sockets.push(Socket::parse(name)?);
            if name.len() < word.len() {
                live.push(name);
            }
        }
        (is_player(player) && !sockets.is_empty()).then_some(Self { player, latest, sockets, live })
    }
}

/// "SERIAL PLAYER" or "NODE PLAYER".
pub(super) fn numbered(member: &str) -> Option<(u64, &str)> {
    let [first, player] = words(member)?;
    Some((number(first)?, player)).filter(|_| is_player(player))
}

/// Digits alone, as Rust's own parser also takes a sign.
pub(super) fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn words<const N: usize>(text: &str) -> Option<[&str; N]> {
    text.split(' ').collect::<Vec<_>>().try_into().ok()
}

pub(super) fn is_player(text: &str) -> bool {
    PlayerId::parse(text).is_ok()
}

/// A key has one way to be written, or two players with the same wish would not meet.
pub(super) fn is_key(text: &str) -> bool {
    let key = || {
        let [game, asset, amount] = text.split('|').collect::<Vec<_>>().try_into().ok()?;
        let stake = Stake::parse(str::parse(asset).ok()?, amount).ok()?;
        Some(QueueKey::new(Game::parse(game).ok()?, stake))
    };
    key().is_some_and(|key| key.to_string() == text)
}
