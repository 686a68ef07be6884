//! Who shows what to the server, where it asks callers who they are.

use crate::{checker::PlayerNumber, issuer::Issuer};

/// The tokens of a run; none at all where nobody is asked for one.
#[derive(Default)]
pub(crate) struct Tokens(Option<Issued>);

struct Issued {
    issuer: Issuer,
    /// In the order of their numbers.
    players: Vec<String>,
    game_server: String,
    liar: String,
}

impl Tokens {
    /// A token for each of these players, by their ids; one for the game server, which finishes matches; and one for liars.
    pub(crate) fn issue(issuer: Issuer, players: impl Iterator<Item = String>) -> Self {
        let players = players.map(|player| issuer.token(&player, "")).collect();
        let game_server = issuer.token("the game server", "matches:write");
        // They lie about everything but who they are.
        let liar = issuer.token("liar", "matches:read matches:write");
        Self(Some(Issued { issuer, players, game_server, liar }))
    }

    pub(crate) fn player(&self, player: PlayerNumber) -> Option<&str> {
        self.0.as_ref().map(|issued| issued.players[player.0 as usize].as_str())
    }

    pub(crate) fn game_server(&self) -> Option<&str> {
        self.0.as_ref().map(|issued| issued.game_server.as_str())
    }

    pub(crate) fn liar(&self) -> Option<&str> {
        self.0.as_ref().map(|issued| issued.liar.as_str())
    }

    /// Who signs them; `None` where nobody is asked for one.
    pub(crate) fn issuer(&self) -> Option<&Issuer> {
        self.0.as_ref().map(|issued| &issued.issuer)
    }
}
