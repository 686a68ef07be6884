mod bounds;
mod census;
mod connected;
mod finding;
mod pairings;
mod presence;

use uuid::Uuid;

use super::*;
use crate::domain::{Asset, ConnectOutcome, Connected, Game, SocketId, Stake};

const GRACE: Duration = Duration::from_secs(30);
const SEARCH: Duration = Duration::from_mins(10);
const INSTANT: Duration = Duration::from_micros(1);

const SETTINGS: QueueSettings = QueueSettings {
    disconnect_grace: GRACE,
    search_time: SEARCH,
    max_waiting: 100,
    max_matches: 100,
    pair_only_connected: false,
};

/// The policy with a hand on its clock, in short words.
struct Queue {
    policy: QueuePolicy,
    now: Timestamp,
    ids: u128,
}

impl Queue {
    fn new() -> Self {
        Self::with_settings(SETTINGS)
    }

    fn with_bounds(max_waiting: usize, max_matches: usize) -> Self {
        Self::with_settings(QueueSettings { max_waiting, max_matches, ..SETTINGS })
    }

    /// The policy that pairs none but the connected.
    fn of_connected() -> Self {
        Self::with_settings(QueueSettings { pair_only_connected: true, ..SETTINGS })
    }

    fn with_settings(settings: QueueSettings) -> Self {
        Self { policy: QueuePolicy::new(settings), now: Timestamp::from_millis(1_000), ids: 0 }
    }

    fn pass(&mut self, time: Duration) {
        self.now = self.now.after(time);
    }

    fn find(&mut self, id: &str, game: &str) -> Decided<FindOutcome> {
        self.ids += 1;
        self.policy.find(self.now, &player(id), &key(game), MatchId::from_uuid(Uuid::from_u128(self.ids)))
    }

    fn join(&mut self, id: &str, game: &str) -> Ticket {
        match self.find(id, game) {
            Decided { outcome: FindOutcome::Joined(ticket), ended } if ended.is_empty() => ticket,
            decided => panic!("{id} does not join {game}, but: {decided:?}"),
        }
    }

    fn pair(&mut self, id: &str, game: &str) -> Match {
        match self.find(id, game) {
            Decided { outcome: FindOutcome::Paired(match_), ended } if ended.is_empty() => match_,
            decided => panic!("{id} is not paired in {game}, but: {decided:?}"),
        }
    }

    fn look(&mut self, id: &str) -> Decided<Standing> {
        self.policy.look(self.now, &player(id))
    }

    fn leave(&mut self, id: &str) -> Decided<LeaveOutcome> {
        self.policy.leave(self.now, &player(id))
    }

    fn try_connect(&mut self, id: &str, socket: u64) -> Decided<ConnectOutcome> {
        self.ids += 1;
        self.policy.connect(self.now, &player(id), SocketId(socket), MatchId::from_uuid(Uuid::from_u128(self.ids)))
    }

    /// Connects a player who is not paired by it.
    fn connect(&mut self, id: &str, socket: u64) -> Decided<Connected> {
        match self.try_connect(id, socket) {
            Decided { outcome: ConnectOutcome::Connected(outcome), ended } => Decided { outcome, ended },
            decided => panic!("{id} is not just connected, but: {decided:?}"),
        }
    }

    fn disconnect(&mut self, id: &str, socket: u64) {
        self.policy.disconnect(self.now, &player(id), SocketId(socket));
    }

    fn end_overdue(&mut self) -> Vec<EndedTicket> {
        self.policy.end_overdue(self.now, usize::MAX)
    }

    /// How many wait, are matched and are connected.
    fn counts(&self) -> (usize, usize, usize) {
        let Census { waiting, matches, connected, .. } = self.policy.census();
        (waiting, matches, connected)
    }

    /// Where a player stands, without his asking, which would be a sign of life.
    fn standing(&self, id: &str) -> Standing {
        let players = self.policy.players();
        players.into_iter().find(|known| known.id == player(id)).map(|known| known.standing).unwrap_or_default()
    }
}

fn player(id: &str) -> PlayerId {
    PlayerId::parse(id).unwrap()
}

/// All that tells one queue from another is its key, so a game at one stake will do.
fn key(game: &str) -> QueueKey {
    QueueKey::new(Game::parse(game).unwrap(), Stake::parse(Asset::Usdt, "20").unwrap())
}

fn quietly<T>(outcome: T) -> Decided<T> {
    Decided { outcome, ended: Vec::new() }
}

fn ended(id: &str, ticket: &Ticket, reason: EndReason) -> EndedTicket {
    EndedTicket { player: player(id), ticket: ticket.clone(), reason }
}

fn open(match_: &Match, settled: bool) -> Pairing {
    Pairing { match_: match_.clone(), settled }
}
