//! The calls of the API, as players make them: each is told to the checker before and after.

use std::{io, time::Duration};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    checker::{Call, Document, Event, FindAnswer, KeyNumber, LeaveAnswer, LookAnswer, MatchId, PlayerNumber, Promise},
    http::{Answer, request_by},
    world::World,
};

/// How a server says that its store could not be asked.
pub(crate) const PUT_OFF: &str = "store_unavailable";

/// How long whoever is asked for patience has some.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The members that answers about a player have, each where it belongs.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Standing<'a> {
    #[serde(borrow)]
    status: Option<&'a RawValue>,
    code: Option<&'a str>,
    match_id: Option<&'a str>,
    game: Option<&'a str>,
    asset: Option<&'a str>,
    #[serde(borrow)]
    amount: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MatchDocument<'a> {
    id: &'a str,
    game: &'a str,
    asset: &'a str,
    #[serde(borrow)]
    amount: &'a RawValue,
    players: [&'a str; 2],
    status: &'a str,
}

/// Where an answer says that its player stands.
enum Told {
    Idle,
    Waiting,
    WaitingUnder(KeyNumber),
    Matched(MatchId),
    AlreadyWaiting(KeyNumber),
    AlreadyMatched(MatchId),
}

/// An answer that no call may get; it has been complained of.
struct Strange;

/// Each player calls the servers by turns.
///
/// Their limits are each server's own, so a player may call all of them together oftener than one of them by itself; nothing
/// is expected of how often somebody is asked for patience (429).
const fn turn(player: PlayerNumber, call: Call) -> u32 {
    player.0.wrapping_add(call.0)
}

impl World {
    pub(crate) async fn ask(&self, player: PlayerNumber, call: Call, key: KeyNumber, spelling: usize) -> FindAnswer {
        self.observe(player, Event::Asks { call, key });
        let answer = match self.call(player, call, &self.ask_request(player, key, spelling)).await {
            Some(answer) if self.is_put_off(&answer) => FindAnswer::PutOff,
            Some(answer) => match self.told(&answer) {
                Some(Told::Waiting) => FindAnswer::Waiting,
                Some(Told::Matched(id)) => FindAnswer::Matched(id),
                Some(Told::AlreadyWaiting(key)) => FindAnswer::WaitingElsewhere(key),
                Some(Told::AlreadyMatched(id)) => FindAnswer::MatchedElsewhere(id),
                _ => {
                    self.strange(player, "find-match", &answer);
                    FindAnswer::Refused
                }
            },
            None => FindAnswer::Lost,
        };
        self.observe(player, Event::Asked { call, answer });
        answer
    }

    /// Asks, and is gone before the answer comes.
    pub(crate) async fn ask_and_vanish(&self, player: PlayerNumber, call: Call, key: KeyNumber) -> io::Result<()> {
        self.observe(player, Event::Asks { call, key });
        let mut lane = self.lanes.take_at(turn(player, call)).await?;
        let sent = lane.send(&self.ask_request(player, key, 0)).await;
        lane.reset();
        self.observe(player, Event::Asked { call, answer: FindAnswer::Lost });
        sent
    }

    pub(crate) async fn leave(&self, player: PlayerNumber, call: Call) -> LeaveAnswer {
        self.observe(player, Event::Leaves { call });
        let target = format!("/api/find-match/{}", self.player_id(player));
        let answer = match self.call(player, call, &self.request(player, "DELETE", &target, "")).await {
            Some(answer) => match self.told(&answer) {
                Some(Told::Idle) => LeaveAnswer::Idle,
                Some(Told::AlreadyMatched(id)) => LeaveAnswer::Matched(id),
                _ => {
                    self.strange(player, "leave", &answer);
                    LeaveAnswer::Refused
                }
            },
            None => LeaveAnswer::Refused,
        };
        self.observe(player, Event::Left { call, answer });
        answer
    }

    pub(crate) async fn look(&self, player: PlayerNumber, call: Call) -> LookAnswer {
        self.observe(player, Event::Looks { call });
        let target = format!("/api/find-match/{}", self.player_id(player));
        let answer = match self.call(player, call, &self.request(player, "GET", &target, "")).await {
            Some(answer) => match self.told(&answer) {
                Some(Told::Idle) => LookAnswer::Idle,
                Some(Told::WaitingUnder(key)) => LookAnswer::Waiting(key),
                Some(Told::Matched(id)) => LookAnswer::Matched(id),
                _ => {
                    self.strange(player, "look", &answer);
                    LookAnswer::Refused
                }
            },
            None => LookAnswer::Refused,
        };
        self.observe(player, Event::Looked { call, answer });
        answer
    }

    pub(crate) async fn read(&self, player: PlayerNumber, call: Call, id: MatchId) -> Option<Document> {
        self.observe(player, Event::Reads { call, id });
        let answer = self.call(player, call, &self.request(player, "GET", &format!("/api/match/{id}"), "")).await;
        let document = self.document(player, &answer?).ok()?;
        self.observe(player, Event::Read { call, id, document });
        document
    }

    pub(crate) async fn finish(&self, player: PlayerNumber, call: Call, id: MatchId) -> Option<Document> {
        self.observe(player, Event::Finishes { call, id });
        // On behalf of the game server, where that is somebody else.
        let request = request_by(self.tokens.game_server(), "POST", &format!("/api/match/{id}/finish"), "");
        let answer = self.call(player, call, &request).await;
        let document = self.document(player, &answer?).ok()?;
        self.observe(player, Event::Finished { call, id, document });
        document
    }

    fn ask_request(&self, player: PlayerNumber, key: KeyNumber, spelling: usize) -> Vec<u8> {
        let (members, id) = (self.keys.members(key, spelling), self.player_id(player));
        self.request(player, "POST", "/api/find-match", &format!(r#"{{{members},"playerId":"{id}"}}"#))
    }

    /// A request that the player makes himself.
    fn request(&self, player: PlayerNumber, method: &str, target: &str, body: &str) -> Vec<u8> {
        request_by(self.tokens.player(player), method, target, body)
    }

    async fn call(&self, player: PlayerNumber, call: Call, request: &[u8]) -> Option<Answer> {
        match self.lanes.call_at(turn(player, call), request).await {
            Ok(answer) if answer.status == 429 => {
                self.note_refusal();
                tokio::time::sleep(RETRY_AFTER).await;
                Some(answer)
            }
            Ok(answer) if self.is_put_off(&answer) => {
                self.note_put_off();
                tokio::time::sleep(RETRY_AFTER).await;
                Some(answer)
            }
            Ok(answer) => Some(answer),
            Err(error) => {
                self.complain(Promise::Served, Some(player), format!("a call of player {} broke: {error}", player.0));
                None
            }
        }
    }

    /// What an answer about a player says, if it is one that there can be.
    fn told(&self, answer: &Answer) -> Option<Told> {
        let body: Standing<'_> = serde_json::from_slice(&answer.body).ok()?;
        let id = || MatchId::parse(body.match_id?);
        let key = || self.keys.find(body.game?, body.asset?, body.amount?.get());
        match (answer.status, body.status.map(RawValue::get), body.code) {
            (200, Some(r#""idle""#), None) => Some(Told::Idle),
            (200, Some(r#""waiting""#), None) if body.game.is_none() => Some(Told::Waiting),
            (200, Some(r#""waiting""#), None) => key().map(Told::WaitingUnder),
            (200, Some(r#""matched""#), None) => id().map(Told::Matched),
            (409, Some("409"), Some("already_waiting")) => key().map(Told::AlreadyWaiting),
            (409, Some("409"), Some("already_matched")) => id().map(Told::AlreadyMatched),
            _ => None,
        }
    }

    /// The match that an answer shows; `None` when it says that there is none.
    fn document(&self, player: PlayerNumber, answer: &Answer) -> Result<Option<Document>, Strange> {
        if answer.status == 404 {
            return Ok(None);
        }
        let document = (answer.status == 200).then(|| self.parse_document(&answer.body)).flatten();
        if document.is_none() {
            self.strange(player, "match", answer);
        }
        document.map(Some).ok_or(Strange)
    }

    fn parse_document(&self, body: &[u8]) -> Option<Document> {
        let body: MatchDocument<'_> = serde_json::from_slice(body).ok()?;
        let [first, second] = body.players;
        Some(Document {
            id: MatchId::parse(body.id)?,
            key: self.keys.find(body.game, body.asset, body.amount.get())?,
            players: [self.player(first)?, self.player(second)?],
            finished: match body.status {
                "active" => false,
                "finished" => true,
                _ => return None,
            },
        })
    }

    /// Whether Redis could not be asked in time. Of a call to leave, to look, to read or to finish this says nothing: the player
    /// goes on, and learns by his next call what came of it.
    fn is_put_off(&self, answer: &Answer) -> bool {
        let says_so =
            || serde_json::from_slice(&answer.body).is_ok_and(|told: Standing<'_>| told.code == Some(PUT_OFF));
        self.rules.on_redis && answer.status == 503 && says_so()
    }

    /// An answer that no call of a player may get.
    fn strange(&self, player: PlayerNumber, call: &str, answer: &Answer) {
        if answer.status != 429 && !self.is_put_off(answer) {
            let body = String::from_utf8_lossy(&answer.body);
            let what = format!("a {call} of player {} was answered {} {body}", player.0, answer.status);
            self.complain(Promise::Served, Some(player), what);
        }
    }
}
