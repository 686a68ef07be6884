//! What travels over a socket, to the letter.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::value::RawValue;
use tungstenite::Utf8Bytes;

use crate::{
    adapters::{
        json::{self, NoObject},
        problem::{Code, Problem},
    },
    domain::{Match, Notice, PlayerId, Standing},
};

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
enum ServerMessage<'a> {
    Registered { player_id: &'a str, status: &'static str },
    MatchFound { match_id: String, game: &'a str, asset: &'static str, amount: Box<RawValue>, opponent_id: &'a str },
    MatchFinished { match_id: String },
    SearchEnded { reason: &'static str },
    Error { code: &'static str, message: &'a str },
}

impl ServerMessage<'_> {
    fn text(&self) -> Utf8Bytes {
        serde_json::to_string(self).expect("a message has string keys only").into()
    }
}

pub(crate) fn registered(player: &PlayerId, standing: &Standing) -> Utf8Bytes {
    ServerMessage::Registered { player_id: player.as_str(), status: standing.as_str() }.text()
}

/// `None` for somebody who is not in the match.
pub(crate) fn match_found(player: &PlayerId, match_: &Match) -> Option<Utf8Bytes> {
    let opponent = match_.opponent_of(player)?;
    let stake = match_.key().stake();
    let message = ServerMessage::MatchFound {
        match_id: match_.id().to_string(),
        game: match_.key().game().as_str(),
        asset: stake.asset().as_str(),
        amount: json::number(stake.amount()),
        opponent_id: opponent.as_str(),
    };
    Some(message.text())
}

/// `None` for somebody whom the notice does not concern.
pub(super) fn notice(player: &PlayerId, notice: &Notice) -> Option<Utf8Bytes> {
    match notice {
        Notice::MatchFound(match_) => match_found(player, match_),
        Notice::MatchFinished(match_) => {
            match_.opponent_of(player)?;
            Some(ServerMessage::MatchFinished { match_id: match_.id().to_string() }.text())
        }
        Notice::SearchEnded(ended) => {
            (ended.player == *player).then(|| ServerMessage::SearchEnded { reason: ended.reason.as_str() }.text())
        }
    }
}

pub(crate) fn error(refusal: &Refusal) -> Utf8Bytes {
    ServerMessage::Error { code: refusal.code, message: &refusal.message }.text()
}

/// Why a text was refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    code: &'static str,
    message: String,
}

impl Refusal {
    pub(super) fn already_registered() -> Self {
        let message = "this socket speaks for another player already: open a new one".to_owned();
        Self { code: "already_registered", message }
    }

    fn malformed(message: String) -> Self {
        Self { code: Code::MalformedJson.as_str(), message }
    }

    fn invalid(message: impl Into<String>) -> Self {
        Self { code: Code::InvalidField.as_str(), message: message.into() }
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self { code: problem.code().as_str(), message: problem.detail().to_owned() }
    }
}

const EXAMPLE: &str = r#"send {"type":"register","playerId":"player123"}"#;

/// For whom a socket is to speak, and by what token.
pub(crate) struct Registration<'t> {
    pub(crate) player: PlayerId,
    pub(crate) token: Option<Cow<'t, str>>,
}

/// Reads the one thing a client can say.
pub(crate) fn read_registration(text: &str) -> Result<Registration<'_>, Refusal> {
    let members = json::read_members(text.as_bytes(), ["type", "playerId", "token"]);
    let [kind, player, token] = members.map_err(|error| match error {
        NoObject::Malformed(why) => Refusal::malformed(format!("the message is not valid JSON: {why}")),
        NoObject::AnotherType => Refusal::invalid(format!("a message is a JSON object: {EXAMPLE}")),
    })?;
    if kind.and_then(json::string).as_deref() != Some("register") {
        return Err(Refusal::invalid(format!("the type of a message is \"register\": {EXAMPLE}")));
    }
    let player = player.ok_or_else(|| Refusal::invalid(format!("playerId is missing: {EXAMPLE}")))?;
    let player = json::string(player).ok_or_else(|| Refusal::invalid("playerId is a string"))?;
    let player = PlayerId::parse(&player).map_err(|error| Refusal::invalid(error.to_string()))?;
    // What is no string is a bad token where tokens are looked at, and ignored where they are not.
    let token = token.map(|token| json::string(token).unwrap_or(Cow::Borrowed(token.get())));
    Ok(Registration { player, token })
}
