//! The contract of [`Notifier`].

mod greeting;
mod races;
mod sockets;
mod subject;
mod telling;
mod unread;

use std::sync::Arc;

use async_trait::async_trait;

use super::{Suite, case::cases};
use crate::{
    domain::{EndReason, MatchId, PlayerId, QueueKey, SocketId},
    ports::Notifier,
};

/// How many messages the suite lets wait at most for a socket that reads.
pub const MOST_WAITING: usize = 16;

/// How many messages must not all fit before a socket that does not read.
pub const TOO_MANY_UNREAD: usize = 2_000;

/// Opens notifiers for the suite.
#[async_trait]
pub trait NotifierFixture: Send + Sync {
    /// A notifier to which no socket is attached, and the way to open sockets that can be attached to it. It has nothing to
    /// do with the notifiers that were opened before.
    async fn open(&self) -> (Arc<dyn Notifier>, Arc<dyn TestSockets>);
}

/// Opens sockets for the suite.
#[async_trait]
pub trait TestSockets: Send + Sync {
    /// Opens a socket, which is not attached yet. Up to [`MOST_WAITING`] messages may wait for it between two calls of
    /// [`TestSocket::told`].
    async fn open(&self) -> Box<dyn TestSocket>;

    /// Opens a socket whose client does not read before [`TestSocket::told`] is called. As it stands, this opens a socket
    /// as any other, which is right where nothing is read until then.
    async fn open_unread(&self) -> Box<dyn TestSocket> {
        self.open().await
    }
}

/// The client's side of one socket.
#[async_trait]
pub trait TestSocket: Send {
    /// The socket's name.
    fn id(&self) -> SocketId;

    /// What the socket has been told since the last call, in order; its closing is the last.
    ///
    /// It holds all that was handed to the socket by calls that returned before this one: a fixture that reads from a
    /// connection waits until all of that has arrived. A socket that is closed stays as it is; the fixture does not detach
    /// it.
    async fn told(&mut self) -> Vec<Told>;
}

/// One thing that a socket has been told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// The player is registered.
    Registered {
        /// Who.
        player: PlayerId,
        /// The word for his standing.
        standing: String,
    },
    /// He has been paired.
    MatchFound {
        /// The match.
        id: MatchId,
        /// What both asked for.
        key: QueueKey,
        /// The other player.
        opponent: PlayerId,
    },
    /// His match is over.
    MatchFinished {
        /// The match.
        id: MatchId,
    },
    /// His ticket ended without a match.
    SearchEnded {
        /// Why.
        reason: EndReason,
    },
    /// The notifier closed the socket.
    Closed(Closing),
}

/// Why a notifier closes a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// A later connection of the same player has been greeted.
    Replaced,
    /// As many messages wait for it as may.
    Unread,
}

/// Every case of the contract.
pub const SUITE: Suite<dyn NotifierFixture> = Suite::new(
    "Notifier",
    cases![
        greeting:
            nothing_is_told_before_the_greeting,
            a_greeting_tells_the_standing,
            held_notices_follow_the_greeting_in_order,
            held_notices_that_the_greeting_outdates_are_dropped,
            greeting_again_says_it_again,
            an_outdated_greeting_says_nothing,
            a_closed_socket_is_not_greeted,
            attaching_again_changes_nothing;
        telling:
            each_player_is_told_of_his_own_match,
            the_end_of_a_search_is_told_with_its_reason,
            a_copy_is_not_told,
            what_is_past_is_not_told,
            no_match_is_found_after_it_finished,
            notices_are_told_in_order,
            nobody_else_is_told,
            telling_somebody_without_a_socket_succeeds;
        sockets:
            the_latest_connection_lives,
            a_connection_counts_also_when_its_socket_has_closed,
            an_attached_socket_replaces_nothing_until_it_is_greeted,
            a_replaced_socket_hears_nothing_more,
            a_replaced_socket_does_not_come_back,
            a_socket_greeted_anew_lives_by_the_connection_it_had,
            detaching_touches_that_socket_only,
            players_do_not_replace_each_other;
        unread:
            a_socket_that_does_not_read_is_closed,
            held_notices_are_bounded,
            a_socket_that_reads_is_not_closed;
        races:
            no_notice_is_lost_around_the_greeting,
            simultaneous_copies_are_told_once,
            no_race_tells_of_a_match_after_its_end,
            simultaneous_greetings_leave_the_latest_connection;
    ],
);
