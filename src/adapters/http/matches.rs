//! `/api/match`: reading a match, finishing it.

use serde::Serialize;
use warp::reply::Response;

use super::{find_match::KeyMembers, ok};
use crate::{
    adapters::problem::Problem,
    domain::{Match, MatchId},
    matchmaking::Matchmaking,
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

pub(super) async fn get(matchmaking: &Matchmaking, id: &str) -> Result<Response, Problem> {
    let match_ = matchmaking.get(read_id(id)?).await?;
    match_.map(|match_| ok(&MatchDocument::from(&match_))).ok_or_else(unknown)
}

pub(super) async fn finish(matchmaking: &Matchmaking, id: &str) -> Result<Response, Problem> {
    let match_ = matchmaking.finish(read_id(id)?).await?;
    match_.map(|match_| ok(&MatchDocument::from(&match_))).ok_or_else(unknown)
}

/// Whatever is no match id names no match.
fn read_id(segment: &str) -> Result<MatchId, Problem> {
    MatchId::parse(&super::decode(segment)).ok_or_else(unknown)
}

fn unknown() -> Problem {
    Problem::not_found("no match of that id is stored; a finished match is kept for a limited time")
}
