//! `/api/match`: reading a match, finishing it.

use serde::Serialize;
use warp::reply::Response;

use super::{Api, find_match::KeyMembers, ok};
use crate::{
    adapters::{
        gate::{check_finisher, check_reader},
        problem::Problem,
    },
    domain::{Caller, Match, MatchId},
};

#[derive(Serialize)]
struct MatchDocument<'a> {
    id: String,
    #[serde(flatten)]
    key: KeyMembers<'a>,
    players: [&'a str; 2],
    status: &'static str,
}

impl<'a> From<&'a Match> for MatchDocument<'a> {
    fn from(match_: &'a Match) -> Self {
        let [first, second] = match_.players();
        Self {
            id: match_.id().to_string(),
            key: match_.key().into(),
            players: [first.as_str(), second.as_str()],
            status: match_.status().as_str(),
        }
    }
}

pub(super) async fn get(api: &Api, caller: &Caller, id: &str) -> Result<Response, Problem> {
    let match_ = api.matchmaking.get(read_id(id)?).await?.ok_or_else(unknown)?;
    check_reader(caller, &match_)?;
    Ok(ok(&MatchDocument::from(&match_)))
}

pub(super) async fn finish(api: &Api, caller: &Caller, id: &str) -> Result<Response, Problem> {
    check_finisher(caller)?;
    let match_ = api.matchmaking.finish(read_id(id)?).await?;
    match_.map(|match_| ok(&MatchDocument::from(&match_))).ok_or_else(unknown)
}

/// Whatever is no match id names no match.
fn read_id(segment: &str) -> Result<MatchId, Problem> {
    MatchId::parse(&super::decode(segment)).ok_or_else(unknown)
}

fn unknown() -> Problem {
    Problem::not_found("no match of that id is stored; a finished match is kept for a limited time")
}
