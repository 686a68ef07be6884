//! Clients that meddle in what is not theirs, or show no good token, where callers show who they are: each is refused, and
//! nothing comes of it.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use serde::Deserialize;

use crate::{
    checker::{MatchId, PlayerNumber, Promise},
    http::{Answer, request_by},
    issuer::Issuer,
    socket::{Incoming, Push, Socket},
    world::World,
};

/// How long one rests between two attempts.
const PAUSE: Duration = Duration::from_millis(20);

/// How long a socket may take to say something.
const PATIENCE: Duration = Duration::from_secs(10);

/// The close code of a socket whose token has expired.
const TOKEN_EXPIRED: u16 = 4003;

const FORBIDDEN: (u16, &str) = (403, "forbidden");
const UNAUTHENTICATED: (u16, &str) = (401, "unauthenticated");

/// Something that must be refused.
pub(crate) struct Attempt {
    victim: PlayerNumber,
    what: String,
    way: Way,
    /// The status, over HTTP, and the code.
    refusal: (u16, &'static str),
}

enum Way {
    Call(Vec<u8>),
    Register { player: String, token: Option<String> },
}

#[derive(Deserialize)]
struct Problem<'a> {
    code: Option<&'a str>,
}

/// Meddles in the business of one player after the other, until the run is over.
pub(crate) async fn meddle(world: Arc<World>) {
    let Some(issuer) = world.tokens.issuer() else { return };
    let mut victims = world.players().collect::<Vec<_>>().into_iter().cycle();
    while let Some(victim) = victims.next().filter(|_| !world.is_stopping()) {
        for attempt in attempts(&world, issuer, victim) {
            attempt.make(&world).await;
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Stays on a socket until its token expires, over and over, until the run is over.
pub(crate) async fn overstay(world: Arc<World>) {
    let Some(issuer) = world.tokens.issuer() else { return };
    while !world.is_stopping() {
        match stay_too_long(&world, issuer).await {
            Ok(()) => world.note_meddling(),
            Err(error) => world.complain(Promise::OwnBusiness, None, format!("a token that expires: {error}")),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// A player meddles in his own match, which is the game server's to finish, and a stranger reads it.
pub(crate) async fn meddle_with_match(world: &World, player: PlayerNumber, id: MatchId) {
    let Some(issuer) = world.tokens.issuer() else { return };
    let stranger = stranger_to(issuer, &world.player_id(player));
    let target = format!("/api/match/{id}");
    let finish = request_by(world.tokens.player(player), "POST", &format!("{target}/finish"), "");
    let read = request_by(Some(&stranger), "GET", &target, "");
    for (what, request) in [("finishing one's own match", finish), ("reading a match of others", read)] {
        let (what, way) = (what.to_owned(), Way::Call(request));
        Attempt { victim: player, what, way, refusal: FORBIDDEN }.make(world).await;
    }
}

/// All that others try in a player's name.
pub(crate) fn attempts(world: &World, issuer: &Issuer, victim: PlayerNumber) -> Vec<Attempt> {
    let id = world.player_id(victim);
    let forged = issuer.token(&id, "").rsplit_once('.').map(|(claims, _)| format!("{claims}.{}", "A".repeat(43)));
    let impostors = [
        ("a stranger", Some(stranger_to(issuer, &id)), FORBIDDEN),
        ("the game server", Some(issuer.token("the game server", "matches:read matches:write")), FORBIDDEN),
        ("somebody without a token", None, UNAUTHENTICATED),
        ("somebody with an old token", Some(issuer.expired(&id, Duration::from_mins(1))), UNAUTHENTICATED),
        ("somebody with a forged token", forged, UNAUTHENTICATED),
    ];
    let mut attempts = Vec::new();
    for (who, token, refusal) in impostors {
        let members = world.keys.members(crate::keys::Keys::HOT, 0);
        let ask = format!(r#"{{{members},"playerId":"{id}"}}"#);
        let standing = format!("/api/find-match/{id}");
        let calls = [
            ("ask", "POST", "/api/find-match", &*ask),
            ("look", "GET", &standing, ""),
            ("leave", "DELETE", &standing, ""),
        ];
        for (verb, method, target, body) in calls {
            let way = Way::Call(request_by(token.as_deref(), method, target, body));
            attempts.push(Attempt { victim, what: format!("{who} who is to {verb}"), way, refusal });
        }
        let way = Way::Register { player: id.clone(), token };
        attempts.push(Attempt { victim, what: format!("{who} who is to register"), way, refusal });
    }
    attempts
}

/// A player of no run. There is one for each, so that none of them calls too often.
fn stranger_to(issuer: &Issuer, player: &str) -> String {
    issuer.token(&format!("stranger-to-{player}"), "")
}

impl Attempt {
    /// Tries, and complains of any other outcome than the refusal.
    pub(crate) async fn make(self, world: &World) {
        let Self { victim, what, way, refusal } = self;
        let refused = match way {
            Way::Call(request) => call(world, &request, refusal).await,
            Way::Register { player, token } => register(world, &player, token.as_deref(), refusal.1).await,
        };
        match refused {
            Ok(()) => world.note_meddling(),
            Err(error) => {
                let what = format!("for player {}, {what} was not refused with {}: {error}", victim.0, refusal.1);
                world.complain(Promise::OwnBusiness, Some(victim), what);
            }
        }
    }
}

async fn call(world: &World, request: &[u8], refusal: (u16, &str)) -> io::Result<()> {
    let Answer { status, body, .. } = world.lanes.call(request).await?;
    let code = serde_json::from_slice::<Problem<'_>>(&body).ok().and_then(|problem| problem.code);
    if (status, code) == (refusal.0, Some(refusal.1)) {
        return Ok(());
    }
    Err(io::Error::other(format!("{status} {}", String::from_utf8_lossy(&body))))
}

async fn register(world: &World, player: &str, token: Option<&str>, code: &str) -> io::Result<()> {
    let mut socket = Socket::connect(world.lanes.address()).await?;
    socket.register(player, token).await?;
    let told = hear(&mut socket).await?;
    socket.close().await;
    let refused = |text: &str| {
        serde_json::from_str::<Push<'_>>(text).is_ok_and(|push| push.kind == "error" && push.code == Some(code))
    };
    if matches!(&told, Incoming::Text(text) if refused(text)) {
        return Ok(());
    }
    Err(io::Error::other(format!("{told:?}")))
}

/// Registers with a token that is good for three to four seconds more, and waits to be sent away.
async fn stay_too_long(world: &World, issuer: &Issuer) -> io::Result<()> {
    let (least, most) = (Duration::from_secs(2), PATIENCE);
    let token = issuer.expired("overstayer", Duration::from_secs(1));
    let begun = Instant::now();
    let mut socket = Socket::connect(world.lanes.address()).await?;
    socket.register("overstayer", Some(&token)).await?;
    let greeting = hear(&mut socket).await?;
    if !matches!(&greeting, Incoming::Text(text) if text.contains(r#""type":"registered""#)) {
        return Err(io::Error::other(format!("within the leeway {greeting:?} came")));
    }
    let end = hear(&mut socket).await?;
    let stayed = begun.elapsed();
    if matches!(end, Incoming::Closed(TOKEN_EXPIRED)) && stayed > least && stayed < most {
        return Ok(());
    }
    Err(io::Error::other(format!("{end:?} came after {stayed:?}")))
}

async fn hear(socket: &mut Socket) -> io::Result<Incoming> {
    let heard = tokio::time::timeout(PATIENCE, socket.next()).await;
    heard.map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "nothing came in ten seconds"))
}
