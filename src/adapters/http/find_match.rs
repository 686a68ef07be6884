//! `/api/find-match`: asking to be paired, looking how one stands, leaving.

use std::{borrow::Cow, str::FromStr};

use serde::Serialize;
use serde_json::value::RawValue;
use warp::reply::Response;

use super::{Api, ok};
use crate::{
    adapters::{
        json::{self, NoObject},
        metrics::Limit,
        problem::{Code, Problem},
    },
    domain::{Asset, Caller, Capacity, Game, PlayerId, QueueKey, Stake, Standing},
    matchmaking::{Found, Left, Unavailable},
};

#[derive(Serialize)]
#[serde(tag = "status", rename_all = "lowercase")]
enum Answer<'a> {
    Idle,
    Waiting,
    #[serde(rename = "waiting")]
    WaitingUnder(KeyMembers<'a>),
    #[serde(rename_all = "camelCase")]
    Matched {
        match_id: String,
    },
}

/// A queue key's three members on the wire.
#[derive(Serialize)]
pub(super) struct KeyMembers<'a> {
    game: &'a str,
    asset: &'static str,
    amount: Box<RawValue>,
}

impl<'a> From<&'a QueueKey> for KeyMembers<'a> {
    fn from(key: &'a QueueKey) -> Self {
        let stake = key.stake();
        Self { game: key.game().as_str(), asset: stake.asset().as_str(), amount: json::number(stake.amount()) }
    }
}

/// Reads who asks for what.
pub(crate) fn read_request(body: &[u8]) -> Result<(PlayerId, QueueKey), Problem> {
    let members = json::read_members(body, ["game", "asset", "amount", "playerId"]);
    let [game, asset, amount, player] = members.map_err(|error| match error {
        NoObject::Malformed(why) => Problem::new(Code::MalformedJson, format!("the body is not valid JSON: {why}")),
        NoObject::AnotherType => Problem::invalid_field(
            "body",
            r#"the body is a JSON object such as {"game":"chess","asset":"USDT","amount":20,"playerId":"player123"}"#,
        ),
    })?;
    let game = parse("game", game, Game::parse)?;
    let asset = parse("asset", asset, Asset::from_str)?;
    let amount = amount.ok_or_else(|| missing("amount"))?;
    let amount = json::string(amount).unwrap_or(Cow::Borrowed(amount.get()));
    let stake = Stake::parse(asset, &amount).map_err(|error| Problem::invalid_field("amount", error.to_string()))?;
    let player = parse("playerId", player, PlayerId::parse)?;
    Ok((player, QueueKey::new(game, stake)))
}

fn parse<T, E: ToString>(
    field: &'static str,
    value: Option<&RawValue>,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<T, Problem> {
    let value = value.ok_or_else(|| missing(field))?;
    let text = json::string(value).ok_or_else(|| Problem::invalid_field(field, format!("{field} is a string")))?;
    parse(&text).map_err(|error| Problem::invalid_field(field, error.to_string()))
}

fn missing(field: &'static str) -> Problem {
    Problem::invalid_field(field, format!("{field} is missing"))
}

pub(super) async fn find(api: &Api, caller: &Caller, body: &[u8]) -> Result<Response, Problem> {
    let (player, key) = read_request(body)?;
    let offered = api.terms.check(&key);
    offered.map_err(|error| Problem::invalid_field(error.field(), error.to_string()))?;
    api.gate.admit(caller, &player)?;
    let found = api.matchmaking.find(&player, &key).await.inspect_err(|error| {
        if matches!(error, Unavailable::RepositoryFull) {
            api.metrics.limit_hit(Limit::Matches);
        }
    })?;
    match found {
        Found::Waiting => Ok(ok(&Answer::Waiting)),
        Found::Matched(id) => Ok(ok(&Answer::Matched { match_id: id.to_string() })),
        Found::AlreadyWaiting(ticket) => Err(Problem::already_waiting(&ticket.key)),
        Found::AlreadyMatched(id) => Err(Problem::already_matched(id)),
        Found::AtCapacity(Capacity::Waiting) => {
            api.metrics.limit_hit(Limit::Waiting);
            Err(Problem::at_capacity("as many players wait as may: nothing changed, ask again later"))
        }
        Found::AtCapacity(Capacity::Matches) => {
            api.metrics.limit_hit(Limit::Matches);
            Err(Problem::at_capacity("as many matches are played as may be: nothing changed, ask again later"))
        }
    }
}

pub(super) async fn standing(api: &Api, caller: &Caller, player: &str) -> Result<Response, Problem> {
    let player = read_player(player)?;
    api.gate.admit(caller, &player)?;
    Ok(match api.matchmaking.standing(&player).await? {
        Standing::Idle => ok(&Answer::Idle),
        Standing::Waiting(ticket) => ok(&Answer::WaitingUnder((&ticket.key).into())),
        Standing::Matched(pairing) => ok(&Answer::Matched { match_id: pairing.match_.id().to_string() }),
    })
}

pub(super) async fn leave(api: &Api, caller: &Caller, player: &str) -> Result<Response, Problem> {
    let player = read_player(player)?;
    api.gate.admit(caller, &player)?;
    match api.matchmaking.leave(&player).await? {
        Left::Idle => Ok(ok(&Answer::Idle)),
        Left::AlreadyMatched(id) => Err(Problem::already_matched(id)),
    }
}

fn read_player(segment: &str) -> Result<PlayerId, Problem> {
    let decoded = super::decode(segment);
    PlayerId::parse(&decoded).map_err(|error| Problem::invalid_field("playerId", error.to_string()))
}
