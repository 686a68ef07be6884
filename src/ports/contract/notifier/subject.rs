use std::sync::Arc;

use super::{Closing, NotifierFixture, TestSocket, TestSockets, Told};
use crate::{
    domain::{EndReason, EndedTicket, Greeting, Match, Notice, Pairing, Serial, SocketId, Standing, Ticket, Timestamp},
    ports::{
        Greeted, Notifier,
        contract::{
            Violation,
            samples::{active_match, finished, key, match_id, player},
            violation::check,
        },
    },
};

pub(super) const REPLACED: Told = Told::Closed(Closing::Replaced);
pub(super) const UNREAD: Told = Told::Closed(Closing::Unread);

/// The notifier under test, spoken to in short.
pub(super) struct Subject {
    pub(super) notifier: Arc<dyn Notifier>,
    sockets: Arc<dyn TestSockets>,
}

/// A socket of the notifier under test.
pub(super) struct Socket {
    pub(super) id: SocketId,
    client: Box<dyn TestSocket>,
}

impl Subject {
    pub(super) async fn open(fixture: &dyn NotifierFixture) -> Self {
        let (notifier, sockets) = fixture.open().await;
        Self { notifier, sockets }
    }

    /// A socket that is open and no more.
    pub(super) async fn opened(&self) -> Socket {
        let client = self.sockets.open().await;
        Socket { id: client.id(), client }
    }

    pub(super) async fn attached(&self, who: &str) -> Result<Socket, Violation> {
        let socket = self.opened().await;
        self.notifier.attach(&player(who), socket.id).await?;
        Ok(socket)
    }

    /// A socket that is attached and whose client does not read.
    pub(super) async fn attached_unread(&self, who: &str) -> Result<Socket, Violation> {
        let client = self.sockets.open_unread().await;
        let socket = Socket { id: client.id(), client };
        self.notifier.attach(&player(who), socket.id).await?;
        Ok(socket)
    }

    /// A socket that is greeted, and has read it: the player is idle, on a connection of that serial.
    pub(super) async fn live(&self, who: &str, connection: u64) -> Result<Socket, Violation> {
        let mut socket = self.attached(who).await?;
        self.greet_idle(who, &mut socket, connection).await?;
        Ok(socket)
    }

    /// Greets an idle player, who is to hear just that.
    pub(super) async fn greet_idle(&self, who: &str, socket: &mut Socket, connection: u64) -> Result<(), Violation> {
        self.expect_live(who, socket.id, &idle(connection)).await?;
        socket.expect("a greeting tells the standing", vec![registered(who, "idle")]).await
    }

    pub(super) async fn greet(&self, who: &str, socket: SocketId, greeting: &Greeting) -> Result<Greeted, Violation> {
        Ok(self.notifier.greet(&player(who), socket, greeting).await?)
    }

    pub(super) async fn expect_live(&self, who: &str, socket: SocketId, greeting: &Greeting) -> Result<(), Violation> {
        let greeted = self.greet(who, socket, greeting).await?;
        check("an attached socket of the latest connection goes live with its greeting", greeted, Greeted::Live)
    }

    pub(super) async fn tell(&self, who: &str, notice: &Notice) -> Result<(), Violation> {
        Ok(self.notifier.tell(&player(who), notice).await?)
    }

    pub(super) async fn detach(&self, who: &str, socket: SocketId) -> Result<(), Violation> {
        Ok(self.notifier.detach(&player(who), socket).await?)
    }
}

impl Socket {
    pub(super) async fn told(&mut self) -> Vec<Told> {
        self.client.told().await
    }

    /// The socket is to have been told exactly this since it was last asked.
    pub(super) async fn expect(&mut self, guarantee: &str, expected: Vec<Told>) -> Result<(), Violation> {
        check(guarantee, self.told().await, expected)
    }
}

/// The match of Ann and Bob whose pairing has this serial.
pub(super) fn match_at(serial: u64) -> Match {
    active_match(serial, Timestamp::from_millis(1_000))
}

pub(super) fn found(serial: u64) -> Notice {
    Notice::MatchFound(match_at(serial))
}

pub(super) fn over(serial: u64) -> Notice {
    Notice::MatchFinished(finished(&match_at(serial)))
}

/// The end of a ticket that has this serial.
pub(super) fn search_ended(who: &str, serial: u64, reason: EndReason) -> Notice {
    Notice::SearchEnded(EndedTicket { player: player(who), ticket: ticket(serial), reason })
}

pub(super) fn idle(connection: u64) -> Greeting {
    Greeting::new(Serial(connection), Standing::Idle)
}

pub(super) fn waiting(connection: u64, serial: u64) -> Greeting {
    Greeting::new(Serial(connection), Standing::Waiting(ticket(serial)))
}

pub(super) fn matched(connection: u64, serial: u64) -> Greeting {
    Greeting::new(Serial(connection), Standing::Matched(Pairing { match_: match_at(serial), settled: true }))
}

fn ticket(serial: u64) -> Ticket {
    Ticket { key: key("chess"), serial: Serial(serial), joined_at: Timestamp::from_millis(1_000) }
}

pub(super) fn registered(who: &str, standing: &str) -> Told {
    Told::Registered { player: player(who), standing: standing.to_owned() }
}

pub(super) fn told_found(serial: u64, opponent: &str) -> Told {
    Told::MatchFound { id: match_id(serial), key: key("chess"), opponent: player(opponent) }
}

pub(super) fn told_over(serial: u64) -> Told {
    Told::MatchFinished { id: match_id(serial) }
}

pub(super) const fn told_search_ended(reason: EndReason) -> Told {
    Told::SearchEnded { reason }
}
