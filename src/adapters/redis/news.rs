//! What one node says to another about a player, so that the sockets he has there hear of it.

use super::{
    failure::Failure,
    records::{self, ended, pairing, read_ended, read_match, read_player, read_socket, unreadable},
};
use crate::domain::{MatchStatus, Notice, PlayerId, Serial, SocketId};

/// What an inbox begins with.
pub(super) const HELLO: &str = "hello";

/// What stands in an inbox.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum News {
    /// The notice is for these players.
    Notice(Vec<PlayerId>, Notice),
    /// The player was greeted on a later connection, on this socket.
    Replaced { player: PlayerId, connection: Serial, socket: SocketId },
    /// The inbox begins here.
    Hello,
}

impl News {
    pub(super) fn read(text: &str) -> Result<Self, Failure> {
        let (kind, rest) = text.split_once(' ').unwrap_or((text, ""));
        match kind {
            "found" => {
                let match_ = read_match(rest, MatchStatus::Active)?;
                Ok(Self::Notice(match_.players().to_vec(), Notice::MatchFound(match_)))
            }
            "over" => {
                let match_ = read_match(rest, MatchStatus::Finished)?;
                Ok(Self::Notice(match_.players().to_vec(), Notice::MatchFinished(match_)))
            }
            "ended" => {
                let ended = read_ended(rest)?;
                Ok(Self::Notice(vec![ended.player.clone()], Notice::SearchEnded(ended)))
            }
            "only" => {
                // To one of the two players of a match, since the other has heard of it.
                let (player, message) = rest.split_once(' ').ok_or_else(|| unreadable(text))?;
                let (player, Self::Notice(_, notice)) = (read_player(player)?, Self::read(message)?) else {
                    return Err(unreadable(text));
                };
                Ok(Self::Notice(vec![player], notice))
            }
            "replaced" => {
                let mut words = rest.split(' ');
                let (Some(player), Some(connection), Some(socket)) = (words.next(), words.next(), words.next()) else {
                    return Err(unreadable(text));
                };
                let connection = Serial(records::read(connection, text)?);
                Ok(Self::Replaced { player: read_player(player)?, connection, socket: read_socket(socket)? })
            }
            HELLO => Ok(Self::Hello),
            _ => Err(unreadable(text)),
        }
    }
}

/// The notice for one player alone.
pub(super) fn to_one(player: &PlayerId, notice: &Notice) -> String {
    match notice {
        Notice::MatchFound(match_) => format!("only {player} found {}", pairing(match_)),
        Notice::MatchFinished(match_) => format!("only {player} over {}", pairing(match_)),
        Notice::SearchEnded(own) => format!("only {player} ended {}", ended(own)),
    }
}
