//! The use cases on mocked ports, with each port failing at each call.

mod attempts;
mod carrying;
mod failing;
mod registering;
mod scene;
mod sweeping;

use std::{sync::Arc, time::Duration};

use uuid::Uuid;

use super::*;
use crate::domain::{Asset, Connected, EndReason, Game, MatchStatus, Pairing, SettleOutcome, Stake, Timestamp};
use scene::{Answers, Failure, Scene};

fn player(id: &str) -> PlayerId {
    PlayerId::parse(id).unwrap()
}

fn key(game: &str) -> QueueKey {
    QueueKey::new(Game::parse(game).unwrap(), Stake::parse(Asset::Usdt, "20").unwrap())
}

fn match_id(number: u64) -> MatchId {
    MatchId::from_uuid(Uuid::from_u128(number.into()))
}

/// Anna and Bert's chess match of that number, which is its serial too.
fn match_of(number: u64, status: MatchStatus) -> Match {
    let players = ["anna", "bert"].map(player);
    let (paired_at, waited) = (Timestamp::default(), Duration::ZERO);
    Match::restore(match_id(number), Serial(number), key("chess"), players, paired_at, waited, status).unwrap()
}

fn active(number: u64) -> Match {
    match_of(number, MatchStatus::Active)
}

fn finished(number: u64) -> Match {
    match_of(number, MatchStatus::Finished)
}

fn settled(number: u64) -> Pairing {
    Pairing { match_: active(number), settled: true }
}

fn unsettled(number: u64) -> Pairing {
    Pairing { match_: active(number), settled: false }
}

fn ticket(number: u64) -> Ticket {
    Ticket { key: key("chess"), serial: Serial(number), joined_at: Timestamp::default() }
}

fn ended(id: &str, reason: EndReason) -> EndedTicket {
    EndedTicket { player: player(id), ticket: ticket(1), reason }
}

fn quietly<T>(outcome: T) -> Decided<T> {
    Decided { outcome, ended: Vec::new() }
}

fn connected(number: u64, standing: Standing) -> Decided<ConnectOutcome> {
    quietly(ConnectOutcome::Connected(Connected { standing, connection: Serial(number) }))
}
