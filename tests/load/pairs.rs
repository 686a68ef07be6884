//! Connected players, two for each match, and what they are told.

use crate::{
    closed::Calls,
    engine::{Answer, Engine, Outcome, Wrong},
    reading::Members,
    sockets,
    wire::{self, Crowd, Key, PlayerId},
};

/// The longest id of a match that is understood.
const LONGEST_ID: usize = 63;

/// The id of a match, or nothing yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MatchId {
    length: usize,
    bytes: [u8; LONGEST_ID],
}

impl MatchId {
    const NONE: Self = Self { length: 0, bytes: [0; LONGEST_ID] };

    /// The id that stands in a message.
    pub(crate) fn of(text: &[u8]) -> Option<Self> {
        let id = Members::find(text, "matchId").filter(|id| !id.is_empty())?;
        let mut found = Self { length: id.len(), ..Self::NONE };
        found.bytes.get_mut(..id.len())?.copy_from_slice(id);
        Some(found)
    }

    /// Whether an answer shows this match, and that it is over.
    pub(crate) fn is_finished_by(&self, answer: &Answer<'_>) -> bool {
        let is = |name, value| Members::find(answer.body, name) == Some(value);
        answer.status == 200 && is("status", b"finished") && is("id", self.as_bytes())
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// Pairs of registered players: the sockets `2n` and `2n + 1` are those of pair `n`, which has a key of its own, so that no
/// other pairing can be.
#[derive(Debug)]
pub(crate) struct Pairs {
    players: Vec<PlayerId>,
    /// The match of each pair, as far as it is known.
    matches: Vec<MatchId>,
    first_key: u64,
}

impl Pairs {
    /// Connects and registers so many pairs, who ask under as many keys from this one up.
    pub(crate) fn register(engine: &mut Engine, count: usize, first_key: u64) -> Outcome<Self> {
        let crowd = Crowd::new();
        let players: Vec<_> = (0..2 * count as u64).map(|number| crowd.player(number)).collect();
        sockets::register(engine, &players)?;
        Ok(Self { players, matches: vec![MatchId::NONE; count], first_key })
    }

    pub(crate) fn count(&self) -> usize {
        self.matches.len()
    }

    pub(crate) fn key(&self, pair: usize) -> Key {
        Key(self.first_key + pair as u64)
    }

    /// A player of a pair: the first or the second to ask.
    pub(crate) fn player(&self, pair: usize, second: bool) -> &PlayerId {
        &self.players[2 * pair + usize::from(second)]
    }

    /// Takes note of a pair's match; fails if it was told of another before.
    pub(crate) fn note(&mut self, pair: usize, id: Option<MatchId>) -> Outcome<()> {
        let known = &mut self.matches[pair];
        match id {
            Some(id) if *known == id => Ok(()),
            Some(id) if *known == MatchId::NONE => {
                *known = id;
                Ok(())
            }
            _ => Err(format!("pair {pair} was told of two matches").into()),
        }
    }

    /// Takes a `match_found` that came on a socket; fails if it is anything else, or about anybody else.
    pub(crate) fn found(&mut self, socket: usize, text: &[u8]) -> Outcome<()> {
        let (pair, key) = (socket / 2, self.key(socket / 2));
        let opponent = &self.players[socket ^ 1];
        let mut right = 0;
        for (name, value) in Members::of(text) {
            right += usize::from(match name {
                b"type" => value == b"match_found",
                b"game" => value == key.game().as_bytes(),
                b"asset" => value == key.asset().as_bytes(),
                b"amount" => std::str::from_utf8(value).is_ok_and(|value| value.parse() == Ok(key.amount())),
                b"opponentId" => value == opponent,
                _ => false,
            });
        }
        if right != 5 {
            return Err(unexpected(text, "a match_found"));
        }
        self.note(pair, MatchId::of(text))
    }
}

fn unexpected(text: &[u8], expected: &str) -> Wrong {
    format!("{} came instead of {expected}", String::from_utf8_lossy(text)).into()
}

/// Finishes the matches of the first pairs, and waits until all of their players know.
#[derive(Debug)]
pub(crate) struct Finishing<'a> {
    pairs: &'a mut Pairs,
    count: usize,
    next: usize,
    /// Of each lane, the pair whose match it finishes.
    finishes: Vec<usize>,
    answered: usize,
    told: usize,
}

impl<'a> Finishing<'a> {
    pub(crate) fn new(pairs: &'a mut Pairs, count: usize, lanes: usize) -> Self {
        Self { pairs, count, next: 0, finishes: vec![0; lanes], answered: 0, told: 0 }
    }

    /// The last answer and the last push come in either order, and each is held against its match.
    fn forget_when_done(&mut self) {
        if self.answered == self.count && self.told == 2 * self.count {
            self.pairs.matches.fill(MatchId::NONE);
        }
    }
}

impl Calls for Finishing<'_> {
    fn next(&mut self, lane: usize, request: &mut Vec<u8>) -> bool {
        if self.next == self.count {
            return false;
        }
        wire::finish(request, self.pairs.matches[self.next].as_bytes());
        self.finishes[lane] = self.next;
        self.next += 1;
        true
    }

    fn check(&mut self, lane: usize, answer: &Answer<'_>) -> Outcome<()> {
        if !self.pairs.matches[self.finishes[lane]].is_finished_by(answer) {
            return Err(answer.instead_of("a finished match"));
        }
        self.answered += 1;
        self.forget_when_done();
        Ok(())
    }

    fn told(&mut self, socket: usize, text: &[u8]) -> Outcome<()> {
        if Members::find(text, "type") != Some(b"match_finished")
            || MatchId::of(text) != Some(self.pairs.matches[socket / 2])
        {
            return Err(unexpected(text, "a match_finished"));
        }
        self.told += 1;
        self.forget_when_done();
        Ok(())
    }

    fn is_told(&self) -> bool {
        self.told == 2 * self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs() -> Pairs {
        let crowd = Crowd::new();
        Pairs {
            players: (0..4).map(|number| crowd.player(number)).collect(),
            matches: vec![MatchId::NONE; 2],
            first_key: 70,
        }
    }

    /// What the player of this socket of pair 1 is told.
    fn found(pairs: &Pairs, id: &str, opponent: usize, kind: &str) -> Vec<u8> {
        let opponent = String::from_utf8_lossy(&pairs.players[opponent]).into_owned();
        let (game, asset, amount) = (pairs.key(1).game(), pairs.key(1).asset(), pairs.key(1).amount());
        format!(
            r#"{{"type":"{kind}","matchId":"{id}","game":"{game}","asset":"{asset}","amount":{amount},"opponentId":"{opponent}"}}"#
        )
        .into_bytes()
    }

    #[test]
    fn both_players_of_a_pair_are_told_of_one_match() {
        let mut pairs = pairs();
        pairs.found(2, &found(&pairs, "m-1", 3, "match_found")).expect("it is his");
        pairs.found(3, &found(&pairs, "m-1", 2, "match_found")).expect("it is the same");
        pairs.found(3, &found(&pairs, "m-2", 2, "match_found")).expect_err("it is another");
    }

    #[test]
    fn what_is_meant_for_others_is_wrong() {
        let mut pairs = pairs();
        for (socket, opponent, id, kind) in [
            (2, 2, "m-1", "match_found"),
            (0, 1, "m-1", "match_found"),
            (2, 3, "m-1", "match_finished"),
            (2, 3, "", "match_found"),
        ] {
            let text = found(&pairs, id, opponent, kind);
            pairs.found(socket, &text).expect_err(&format!("{socket} {}", String::from_utf8_lossy(&text)));
        }
    }
}
