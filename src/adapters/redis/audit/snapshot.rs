use redis::{Cmd, Pipeline, Value, aio::MultiplexedConnection, from_redis_value};

use super::CannotLook;

/// The names of all keys but those of inboxes, without what stands before them.
const NAMES: [&str; 19] = [
    "serial",
    "players",
    "pairable",
    "deadlines",
    "games",
    "pairings",
    "unsettled",
    "sockets",
    "matches",
    "active",
    "finished",
    "attached",
    "holders",
    "nodes",
    "lives",
    "only_connected",
    "records",
    "beat",
    "clock",
];

const INBOX: &str = "inbox:";

/// How many keys are gone through at a time.
const SCANNED_AT_ONCE: u32 = 1000;

/// Two texts that belong together: a field and its value, or a member and its score.
pub(super) type Pair = (String, String);

/// What stood in the store at one moment, as it is written there.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    /// By the store's clock, in microseconds.
    pub(super) now: u64,
    pub(super) serial: Option<String>,
    /// The rule by which those who wait are paired.
    pub(super) only_connected: Option<String>,
    pub(super) players: Vec<Pair>,
    pub(super) pairable: Vec<Pair>,
    pub(super) deadlines: Vec<Pair>,
    pub(super) games: Vec<Pair>,
    pub(super) pairings: Vec<Pair>,
    pub(super) unsettled: Vec<Pair>,
    pub(super) sockets: Vec<Pair>,
    pub(super) matches: Vec<Pair>,
    pub(super) active: Vec<Pair>,
    pub(super) finished: Vec<String>,
    pub(super) attached: Vec<Pair>,
    pub(super) holders: Vec<Pair>,
    pub(super) nodes: Vec<Pair>,
    /// The nodes that had an inbox or a lease somewhat before, and the length of the inbox: 0 for one that is not there.
    pub(super) inboxes: Vec<(String, u64)>,
    /// Keys that nothing writes.
    pub(super) strangers: Vec<String>,
}

impl Snapshot {
    pub(super) async fn read(connection: &mut MultiplexedConnection, prefix: &str) -> Result<Self, CannotLook> {
        let key = |name: &str| format!("{{{prefix}}}:{name}");
        let (inboxes, strangers) = keys(connection, &key("")).await?;
        let mut all = Pipeline::new();
        all.atomic();
        all.cmd("TIME").cmd("GET").arg(key("clock"));
        all.cmd("GET").arg(key("serial")).cmd("GET").arg(key("only_connected"));
        for name in ["players", "pairable", "games", "sockets", "matches", "attached"] {
            all.cmd("HGETALL").arg(key(name));
        }
        for name in ["deadlines", "pairings", "unsettled", "active", "holders", "nodes"] {
            all.cmd("ZRANGE").arg(key(name)).arg(0).arg(-1).arg("WITHSCORES");
        }
        all.cmd("LRANGE").arg(key("finished")).arg(0).arg(-1);
        for node in &inboxes {
            all.cmd("XLEN").arg(key(&format!("{INBOX}{node}")));
        }
        let answers: Vec<Value> = all.query_async(connection).await?;
        let mut answers = Answers(answers.into_iter());
        let (seconds, microseconds): (u64, u64) = from_redis_value(answers.next())?;
        // Tests move a clock of their own; outside of them nothing goes by it.
        let clock: Option<u64> = from_redis_value(answers.next())?;
        let clock = clock.filter(|_| cfg!(feature = "testing"));
        let mut snapshot = Self {
            now: clock.unwrap_or(seconds * 1_000_000 + microseconds),
            serial: answers.text()?,
            only_connected: answers.text()?,
            players: answers.pairs()?,
            pairable: answers.pairs()?,
            games: answers.pairs()?,
            sockets: answers.pairs()?,
            matches: answers.pairs()?,
            attached: answers.pairs()?,
            deadlines: answers.pairs()?,
            pairings: answers.pairs()?,
            unsettled: answers.pairs()?,
            active: answers.pairs()?,
            holders: answers.pairs()?,
            nodes: answers.pairs()?,
            finished: answers.texts()?,
            inboxes: Vec::with_capacity(inboxes.len()),
            strangers,
        };
        for node in inboxes {
            snapshot.inboxes.push((node, from_redis_value(answers.next())?));
        }
        Ok(snapshot)
    }
}

/// The nodes that have an inbox or a lease, and the keys that nothing writes. This goes through all keys of the database, and
/// lets others have their turn: a node that comes or goes meanwhile is in it or not.
async fn keys(connection: &mut MultiplexedConnection, prefix: &str) -> Result<(Vec<String>, Vec<String>), CannotLook> {
    let leases: Vec<Vec<u8>> = Cmd::zrange(format!("{prefix}nodes"), 0, -1).query_async(connection).await?;
    let mut nodes: Vec<String> = leases.into_iter().map(text).collect();
    let mut strangers = Vec::new();
    let mut cursor = "0".to_owned();
    loop {
        let mut scan = redis::cmd("SCAN");
        scan.arg(&cursor).arg("MATCH").arg(format!("{prefix}*")).arg("COUNT").arg(SCANNED_AT_ONCE);
        let (next, keys): (String, Vec<Vec<u8>>) = scan.query_async(connection).await?;
        for key in keys.into_iter().map(text) {
            let name = &key[prefix.len()..];
            match name.strip_prefix(INBOX) {
                Some(node) => nodes.push(node.to_owned()),
                None if NAMES.contains(&name) => {}
                None => strangers.push(key),
            }
        }
        if next == "0" {
            break;
        }
        cursor = next;
    }
    // A key may come twice.
    for names in [&mut nodes, &mut strangers] {
        names.sort_unstable();
        names.dedup();
    }
    Ok((nodes, strangers))
}

/// The answers to one transaction, in order.
struct Answers(std::vec::IntoIter<Value>);

impl Answers {
    fn next(&mut self) -> Value {
        self.0.next().unwrap_or(Value::Nil)
    }

    fn text(&mut self) -> Result<Option<String>, redis::ParsingError> {
        Ok(from_redis_value::<Option<Vec<u8>>>(self.next())?.map(text))
    }

    fn texts(&mut self) -> Result<Vec<String>, redis::ParsingError> {
        Ok(from_redis_value::<Vec<Vec<u8>>>(self.next())?.into_iter().map(text).collect())
    }

    fn pairs(&mut self) -> Result<Vec<Pair>, redis::ParsingError> {
        let pairs: Vec<(Vec<u8>, Vec<u8>)> = from_redis_value(self.next())?;
        Ok(pairs.into_iter().map(|(one, other)| (text(one), text(other))).collect())
    }
}

/// What is no text is none that anything can be made of, and is found so.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
