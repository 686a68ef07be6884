//! What can be wrong where none but connected players are paired.

use matchmaker::{
    domain::{
        Capacity, ConnectOutcome, Connected, Decided, FindOutcome, MatchId, PlayerId, QueueKey, Serial, SocketId,
        Standing, Timestamp,
    },
    ports::Clock,
};

use super::{
    faults::Fault,
    spoiling::{BrokenQueueStore, with_players_swapped, without_wait},
};
use crate::naive::queue_store::Tables;

/// No client has this socket.
const NOBODYS: SocketId = SocketId(u64::MAX);

impl BrokenQueueStore {
    pub(super) fn find_despite_absence(
        &self,
        tables: &mut Tables,
        now: Timestamp,
        (player, key): (&PlayerId, &QueueKey),
        id: MatchId,
    ) -> Decided<FindOutcome> {
        let before = tables.clone();
        let decided = tables.find(now, player, key, id);
        let absent = tables.sockets.iter().all(|(owner, _)| owner != player) && tables.settings.pair_only_connected;
        match (self.fault, &decided.outcome) {
            (Fault::PairsTheAbsentWhoAsk, FindOutcome::Joined(_)) if absent => {
                *tables = before;
                tables.sockets.push((player.clone(), NOBODYS));
            }
            (Fault::TheAbsentTakeNoRoom, FindOutcome::AtCapacity(Capacity::Waiting)) if absent => {
                *tables = before;
                tables.settings.max_waiting += 1;
            }
            _ => return decided,
        }
        let decided = tables.find(now, player, key, id);
        let waits = matches!(decided.outcome, FindOutcome::Joined(_));
        tables.sockets.retain(|(_, socket)| *socket != NOBODYS);
        if waits && self.has(Fault::PairsTheAbsentWhoAsk) {
            super::spoiling::begin_search(tables, now, player);
        }
        decided
    }

    pub(super) fn spoil_before_connect(&self, tables: &mut Tables, player: &PlayerId) {
        if self.has(Fault::ComingBackRevives) {
            for waiting in tables.waiting.iter_mut().filter(|waiting| waiting.player == *player) {
                waiting.end = None;
            }
        }
    }

    pub(super) fn spoil_pairing_on_connect(
        &self,
        tables: &mut Tables,
        before: &Tables,
        (player, socket): (&PlayerId, SocketId),
        outcome: &mut ConnectOutcome,
    ) {
        match (self.fault, &mut *outcome) {
            (Fault::PairsNobodyWhoComesBack, ConnectOutcome::Paired { .. })
            | (Fault::ComesBackPastTheBound, ConnectOutcome::AtCapacity) => {
                *tables = before.clone();
                *outcome = self.connect_alone(tables, player, socket);
            }
            (Fault::KeepsARefusedSocket, ConnectOutcome::AtCapacity) => {
                tables.sockets.push((player.clone(), socket));
            }
            (Fault::ARefusedReturnIsNoSignOfLife, ConnectOutcome::AtCapacity) => *tables = before.clone(),
            (Fault::TheReturningComesSecond, ConnectOutcome::Paired { match_, .. })
                if match_.players()[0] == *player =>
            {
                *match_ = with_players_swapped(match_);
                tables.pairings.last_mut().expect("it was just paired").match_ = match_.clone();
            }
            (Fault::ForgetsTheWait, ConnectOutcome::Paired { match_, .. }) => {
                *match_ = without_wait(match_);
                tables.pairings.last_mut().expect("it was just paired").match_ = match_.clone();
            }
            _ => {}
        }
    }

    /// Connects a waiting player, and looks for nobody to pair him with.
    fn connect_alone(&self, tables: &mut Tables, player: &PlayerId, socket: SocketId) -> ConnectOutcome {
        let own = tables.waiting.iter().position(|waiting| waiting.player == *player).expect("he waits");
        let mut own = tables.waiting.remove(own);
        let decided = tables.connect(Clock::now(&*self.clock), player, socket, MatchId::from_uuid(uuid::Uuid::nil()));
        let ConnectOutcome::Connected(Connected { connection, .. }) = decided.outcome else {
            unreachable!("who does not wait is not paired")
        };
        own.end = None;
        let standing = Standing::Waiting(own.ticket.clone());
        tables.waiting.push(own);
        tables.waiting.sort_by_key(|waiting| waiting.ticket.serial);
        ConnectOutcome::Connected(Connected { standing, connection: Serial(connection.0) })
    }

    /// Whether the last socket of a waiting player is kept when it closes.
    pub(super) fn keeps_socket(&self, tables: &Tables, player: &PlayerId) -> bool {
        let waits = tables.waiting.iter().any(|waiting| waiting.player == *player);
        self.has(Fault::PairsOnTheWayOut) && tables.settings.pair_only_connected && waits
    }

    pub(super) fn spoil_leave(&self, tables: &mut Tables, before: &Tables, player: &PlayerId) {
        let Some(own) = before.waiting.iter().find(|waiting| waiting.player == *player) else { return };
        let absent = before.sockets.iter().all(|(owner, _)| owner != player);
        if self.has(Fault::AnAbsentLeaverTakesTheOthersAlong) && absent {
            tables.waiting.retain(|waiting| waiting.ticket.key != own.ticket.key);
        }
    }
}
