//! How what the domain speaks of is written in Redis; `lua/records.lua` has the other half.

use std::{str::FromStr, time::Duration};

use super::failure::Failure;
use crate::domain::{
    EndReason, EndedTicket, Game, Match, MatchId, MatchStatus, Pairing, PlayerId, QueueKey, Serial, SocketId, Stake,
    Standing, Ticket, Timestamp,
};

/// How many bits of a socket's id number it within its node: enough for a thousand a second for a year.
const BITS_WITHIN_NODE: u32 = 35;

/// One more than the greatest number of a node.
pub(super) const NODES: u64 = 1 << (u64::BITS - BITS_WITHIN_NODE);

/// The first id of a node's sockets.
pub(super) const fn first_socket_of(node: u64) -> SocketId {
    SocketId(node << BITS_WITHIN_NODE)
}

/// A socket as "NODE.NUMBER".
pub(super) fn socket(SocketId(id): SocketId) -> String {
    format!("{}.{}", id >> BITS_WITHIN_NODE, id & ((1 << BITS_WITHIN_NODE) - 1))
}

pub(super) fn read_socket(text: &str) -> Result<SocketId, Failure> {
    let (node, number) = text.split_once('.').ok_or_else(|| unreadable(text))?;
    let (node, number): (u64, u64) = (read(node, text)?, read(number, text)?);
    Ok(SocketId((node << BITS_WITHIN_NODE) | number))
}

/// Microseconds that Redis can count with: its numbers are exact up to 2^53, which is 285 years.
pub(super) fn microseconds(duration: Duration) -> String {
    duration.as_micros().min(1 << 52).to_string()
}

/// A number of things that Redis can count with.
pub(super) fn count(number: usize) -> String {
    number.min(1 << 52).to_string()
}

/// Whether something holds.
pub(super) const fn flag(set: bool) -> &'static str {
    if set { "1" } else { "0" }
}

/// `SERIAL ID PAIRED_AT WAITED FIRST SECOND KEY`.
pub(super) fn pairing(match_: &Match) -> String {
    let [first, second] = match_.players();
    let (paired_at, waited) = (match_.paired_at().as_micros(), match_.waited().as_micros());
    format!("{} {} {paired_at} {waited} {first} {second} {}", match_.serial().0, match_.id(), match_.key())
}

pub(super) fn read_match(text: &str, status: MatchStatus) -> Result<Match, Failure> {
    let [serial, id, paired_at, waited, first, second, key] = words(text)?;
    let id = MatchId::parse(id).ok_or_else(|| unreadable(text))?;
    let players = [read_player(first)?, read_player(second)?];
    let (paired_at, waited) =
        (Timestamp::from_micros(read(paired_at, text)?), Duration::from_micros(read(waited, text)?));
    Match::restore(id, Serial(read(serial, text)?), read_key(key)?, players, paired_at, waited, status)
        .map_err(|_| unreadable(text))
}

/// `a PAIRING` or `f PAIRING`.
pub(super) fn read_stored_match(text: &str) -> Result<Match, Failure> {
    match text.split_at_checked(2) {
        Some(("a ", pairing)) => read_match(pairing, MatchStatus::Active),
        Some(("f ", pairing)) => read_match(pairing, MatchStatus::Finished),
        _ => Err(unreadable(text)),
    }
}

/// "s PAIRING" when it is settled, "u PAIRING" when not.
pub(super) fn read_pairing(text: &str) -> Result<Pairing, Failure> {
    let (settled, pairing) = match text.split_at_checked(2) {
        Some(("s ", pairing)) => (true, pairing),
        Some(("u ", pairing)) => (false, pairing),
        _ => return Err(unreadable(text)),
    };
    Ok(Pairing { match_: read_match(pairing, MatchStatus::Active)?, settled })
}

/// `w SERIAL JOINED_AT DEADLINE REASON COUNTED KEY`.
pub(super) fn read_ticket(text: &str) -> Result<Ticket, Failure> {
    let ["w", serial, joined_at, _, _, _, key] = words(text)? else { return Err(unreadable(text)) };
    Ok(Ticket {
        key: read_key(key)?,
        serial: Serial(read(serial, text)?),
        joined_at: Timestamp::from_micros(read(joined_at, text)?),
    })
}

/// "i", a ticket, or "m " and a pairing.
pub(super) fn read_standing(text: &str) -> Result<Standing, Failure> {
    match text.split_at_checked(2) {
        None if text == "i" => Ok(Standing::Idle),
        Some(("w ", _)) => read_ticket(text).map(Standing::Waiting),
        Some(("m ", pairing)) => read_pairing(pairing).map(Standing::Matched),
        _ => Err(unreadable(text)),
    }
}

/// `REASON PLAYER SERIAL JOINED_AT KEY`.
pub(super) fn ended(ended: &EndedTicket) -> String {
    let EndedTicket { player, ticket, reason } = ended;
    format!("{} {player} {} {} {}", reason.as_str(), ticket.serial.0, ticket.joined_at.as_micros(), ticket.key)
}

pub(super) fn read_ended(text: &str) -> Result<EndedTicket, Failure> {
    let [reason, player, serial, joined_at, key] = words(text)?;
    let reason = EndReason::ALL.into_iter().find(|known| known.as_str() == reason).ok_or_else(|| unreadable(text))?;
    let joined_at = Timestamp::from_micros(read(joined_at, text)?);
    let ticket = Ticket { key: read_key(key)?, serial: Serial(read(serial, text)?), joined_at };
    Ok(EndedTicket { player: read_player(player)?, ticket, reason })
}

pub(super) fn read_player(text: &str) -> Result<PlayerId, Failure> {
    PlayerId::parse(text).map_err(|_| unreadable(text))
}

pub(super) fn read_game(text: &str) -> Result<Game, Failure> {
    Game::parse(text).map_err(|_| unreadable(text))
}

/// `GAME|ASSET|AMOUNT`.
fn read_key(text: &str) -> Result<QueueKey, Failure> {
    let mut parts = text.split('|');
    let (Some(game), Some(asset), Some(amount), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(unreadable(text));
    };
    let stake = Stake::parse(read(asset, text)?, amount).map_err(|_| unreadable(text))?;
    Ok(QueueKey::new(read_game(game)?, stake))
}

fn words<const N: usize>(text: &str) -> Result<[&str; N], Failure> {
    let words: Vec<&str> = text.split(' ').collect();
    words.try_into().map_err(|_| unreadable(text))
}

pub(super) fn read<T: FromStr>(word: &str, within: &str) -> Result<T, Failure> {
    word.parse().map_err(|_| unreadable(within))
}

pub(super) fn unreadable(text: &str) -> Failure {
    Failure::Unreadable(text.to_owned())
}
