//! The calls of one player at a time, each on a connection of its own, since any node may be gone at any time.

use std::{
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::head::Head;

/// How long an answer may take before the client gives up; what hangs is a fault that tests look for.
const ANSWER_TIME: Duration = Duration::from_secs(10);

/// What both players of a match agree on: a game, for so many USDT.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) game: String,
    pub(crate) amount: u32,
}

impl Key {
    pub(crate) fn of(game: &str) -> Self {
        Self { game: game.to_owned(), amount: 20 }
    }

    /// The key that a document names.
    pub(crate) fn named(document: &Value) -> Option<Self> {
        let amount = u32::try_from(document["amount"].as_u64()?).ok()?;
        (document["asset"] == "USDT").then_some(Self { game: document["game"].as_str()?.to_owned(), amount })
    }
}

/// A call of the API.
#[derive(Clone, Debug)]
pub(crate) enum Call {
    Find(String, Key),
    Standing(String),
    Leave(String),
    Match(String),
    Finish(String),
    Ready,
    Metrics,
}

impl Call {
    pub(crate) fn find(player: &str, key: &Key) -> Self {
        Self::Find(player.to_owned(), key.clone())
    }

    fn request(&self) -> Vec<u8> {
        let (method, target, body) = match self {
            Self::Find(player, Key { game, amount }) => {
                let body = json!({"game": game, "asset": "USDT", "amount": amount, "playerId": player});
                ("POST", "/api/find-match".to_owned(), body.to_string())
            }
            Self::Standing(player) => ("GET", format!("/api/find-match/{player}"), String::new()),
            Self::Leave(player) => ("DELETE", format!("/api/find-match/{player}"), String::new()),
            Self::Match(id) => ("GET", format!("/api/match/{id}"), String::new()),
            Self::Finish(id) => ("POST", format!("/api/match/{id}/finish"), String::new()),
            Self::Ready => ("GET", "/readyz".to_owned(), String::new()),
            Self::Metrics => ("GET", "/metrics".to_owned(), String::new()),
        };
        let length = body.len();
        let head =
            format!("{method} {target} HTTP/1.1\r\nhost: nodes\r\nconnection: close\r\ncontent-length: {length}");
        format!("{head}\r\ncontent-type: application/json\r\n\r\n{body}").into_bytes()
    }
}

/// What a node answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    /// From the first byte that was sent.
    pub(crate) took: Duration,
}

impl Answer {
    /// What it says; nothing, where it is no JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The match that it names.
    pub(crate) fn match_id(&self) -> Option<String> {
        self.json()["matchId"].as_str().map(str::to_owned)
    }

    #[track_caller]
    pub(crate) fn assert_waiting(&self) {
        assert_eq!((self.status, self.json()), (200, json!({"status": "waiting"})), "{self:?}");
    }

    /// It is a 200 that names a match; gives its id.
    #[track_caller]
    pub(crate) fn assert_matched(&self) -> String {
        let id = self.match_id().unwrap_or_else(|| panic!("no match in {self:?}"));
        assert_eq!((self.status, self.json()), (200, json!({"status": "matched", "matchId": id})), "{self:?}");
        id
    }

    #[track_caller]
    pub(crate) fn assert_problem(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.json()["code"].as_str()), (status, Some(code)), "{self:?}");
    }

    /// Whether it only says that the call is to be repeated.
    pub(crate) fn is_put_off(&self) -> bool {
        let code = self.json()["code"].as_str().map(str::to_owned);
        self.status == 503 && matches!(code.as_deref(), Some("store_unavailable" | "shutting_down"))
    }
}

/// Makes a call of the server at this address.
pub(crate) async fn call(address: SocketAddr, call: &Call) -> io::Result<Answer> {
    let begun = Instant::now();
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        stream.write_all(&call.request()).await?;
        let mut bytes = Vec::with_capacity(1024);
        stream.read_to_end(&mut bytes).await?;
        let head = Head::parse(&bytes)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let body = bytes.get(head.size..head.size + head.length).ok_or(io::ErrorKind::UnexpectedEof)?;
        let body = String::from_utf8(body.to_vec()).map_err(io::Error::other)?;
        Ok(Answer { status: head.status, body, took: begun.elapsed() })
    };
    let answer = tokio::time::timeout(ANSWER_TIME, exchange).await;
    answer.unwrap_or_else(|_| panic!("no answer within {ANSWER_TIME:?} to {call:?}"))
}
