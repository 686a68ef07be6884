use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    Findings, PATIENCE, Snapshot,
    record::{Hearing, Pairing, Socket, Stored, Ticket, is_key, is_player, number, numbered},
    snapshot::Pair,
};

/// What stands in the store, as it is meant. What cannot be read is a finding, and is not in it.
pub(super) struct State<'a> {
    pub(super) now: u64,
    /// The greatest serial that was given.
    pub(super) serial: u64,
    /// Whether none but the connected are paired, once a server has said so.
    pub(super) only_connected: Option<bool>,
    pub(super) tickets: HashMap<&'a str, Ticket<'a>>,
    /// The serial that each player who is matched stands by.
    pub(super) matched: HashMap<&'a str, u64>,
    /// Each with its place in the order.
    pub(super) pairings: Vec<(Pairing<'a>, f64)>,
    /// Serials, each with its place in the order.
    pub(super) unsettled: HashMap<u64, f64>,
    pub(super) pairable: HashMap<&'a str, &'a str>,
    /// The members of the order of deadlines, with the deadlines.
    pub(super) deadlines: HashMap<&'a str, f64>,
    pub(super) games: HashMap<&'a str, u64>,
    pub(super) sockets: HashMap<&'a str, Vec<Socket<'a>>>,
    pub(super) matches: HashMap<&'a str, Stored<'a>>,
    /// Ids, each with its place in the order.
    pub(super) active: HashMap<&'a str, f64>,
    pub(super) finished: Vec<&'a str>,
    pub(super) hearings: HashMap<&'a str, Hearing<'a>>,
    pub(super) holders: HashSet<(u64, &'a str)>,
    /// Every node, and when its lease ends.
    pub(super) nodes: BTreeMap<u64, f64>,
    /// Those nodes that were looked at before, and the length of the inbox, which is not there if it is 0.
    pub(super) inboxes: BTreeMap<u64, u64>,
}

/// Where a player stands.
enum Standing<'a> {
    Waiting(Ticket<'a>),
    Matched(u64),
}

impl<'a> State<'a> {
    pub(super) fn of(snapshot: &'a Snapshot, found: &mut Findings) -> Self {
        for key in &snapshot.strangers {
            found.add(&format!("the key {key:?} is none that a server writes"));
        }
        let mut reader = Reader(found);
        let (mut tickets, mut matched) = (HashMap::new(), HashMap::new());
        for (player, standing) in reader.fields("players", &snapshot.players, standing) {
            match standing {
                Standing::Waiting(ticket) => drop(tickets.insert(player, ticket)),
                Standing::Matched(serial) => drop(matched.insert(player, serial)),
            }
        }
        let in_order = |member| numbered(member).map(|_| member);
        Self {
            now: snapshot.now,
            serial: reader.counter("serial", snapshot.serial.as_deref()),
            only_connected: snapshot.only_connected.as_deref().map(|flag| flag == "1"),
            tickets,
            matched,
            pairings: reader.members("pairings", &snapshot.pairings, Pairing::parse).collect(),
            unsettled: reader.members("unsettled", &snapshot.unsettled, number).collect(),
            pairable: reader.fields("pairable", &snapshot.pairable, offer).collect(),
            deadlines: reader.members("deadlines", &snapshot.deadlines, in_order).collect(),
            games: reader.fields("games", &snapshot.games, |_, count| number(count)).collect(),
            sockets: reader.fields("sockets", &snapshot.sockets, sockets).collect(),
            matches: reader.fields("matches", &snapshot.matches, |_, record| Stored::parse(record)).collect(),
            active: reader.members("active", &snapshot.active, Some).collect(),
            finished: snapshot.finished.iter().map(String::as_str).collect(),
            hearings: reader.fields("attached", &snapshot.attached, Hearing::parse).collect(),
            holders: reader.members("holders", &snapshot.holders, numbered).map(|(holder, _)| holder).collect(),
            nodes: reader.members("nodes", &snapshot.nodes, number).collect(),
            inboxes: reader.inboxes(&snapshot.inboxes),
        }
    }

    /// Whether a server runs that could come by.
    pub(super) fn is_served(&self) -> bool {
        self.nodes.values().any(|&lease_ends| lease_ends > self.clock())
    }

    /// Whether it is so long past that moment that a server must have come by.
    pub(super) fn is_long_after(&self, moment: u64) -> bool {
        self.is_served() && moment.saturating_add(PATIENCE) < self.now
    }

    /// The time as the places in an order have it; exact for two hundred years to come.
    #[expect(clippy::cast_precision_loss, reason = "places in an order are such numbers")]
    pub(super) const fn clock(&self) -> f64 {
        self.now as f64
    }

    /// How much there is of everything, as one line.
    pub(super) fn census(&self) -> String {
        if self.serial == 0 && self.nodes.is_empty() {
            return "nothing at all; is it the database and the prefix that the servers have?".to_owned();
        }
        let active = self.matches.values().filter(|stored| stored.finished_at.is_none()).count();
        let dead = self.nodes.values().filter(|&&lease_ends| lease_ends <= self.clock()).count();
        format!(
            "{} waiting, {} pairings of which {} are not settled, {} matches of which {active} are active, {} connected, {} \
             nodes of which {dead} are dead",
            self.tickets.len(),
            self.pairings.len(),
            self.unsettled.len(),
            self.matches.len(),
            self.sockets.len(),
            self.nodes.len(),
        )
    }
}

fn standing<'a>(player: &'a str, record: &'a str) -> Option<Standing<'a>> {
    match record.strip_prefix("m ") {
        Some(serial) => number(serial).filter(|_| is_player(player)).map(Standing::Matched),
        None => Ticket::parse(player, record).map(Standing::Waiting),
    }
}

fn offer<'a>(key: &str, player: &'a str) -> Option<&'a str> {
    (is_key(key) && is_player(player)).then_some(player)
}

fn sockets<'a>(player: &str, record: &'a str) -> Option<Vec<Socket<'a>>> {
    Socket::parse_all(record).filter(|_| is_player(player))
}

/// Reads what is written, and finds what cannot be read.
struct Reader<'f>(&'f mut Findings);

impl Reader<'_> {
    /// The fields of a hash, with what their values mean.
    fn fields<'a, T>(
        &mut self,
        name: &str,
        pairs: &'a [Pair],
        meaning: impl Fn(&'a str, &'a str) -> Option<T>,
    ) -> impl Iterator<Item = (&'a str, T)> {
        pairs.iter().filter_map(move |(field, value)| {
            let meant = meaning(field, value);
            self.0.add_if(meant.is_none(), || format!("{name} has {field:?} as {value:?}, which means nothing"));
            Some((field.as_str(), meant?))
        })
    }

    /// What the members of an order mean, with their places in it.
    fn members<'a, T>(
        &mut self,
        name: &str,
        pairs: &'a [Pair],
        meaning: impl Fn(&'a str) -> Option<T>,
    ) -> impl Iterator<Item = (T, f64)> {
        self.fields(name, pairs, move |member, score| Some((meaning(member)?, score.parse().ok()?)))
            .map(|(_, scored)| scored)
    }

    fn counter(&mut self, name: &str, text: Option<&str>) -> u64 {
        let count = text.map_or(Some(0), number);
        self.0.add_if(count.is_none(), || format!("{name} is {:?}, which is no number", text.unwrap_or_default()));
        count.unwrap_or(u64::MAX)
    }

    fn inboxes(&mut self, inboxes: &[(String, u64)]) -> BTreeMap<u64, u64> {
        let mut read = BTreeMap::new();
        for (node, length) in inboxes {
            let number = number(node);
            self.0.add_if(number.is_none(), || format!("there is an inbox of {node:?}, which is no node"));
            read.extend(number.map(|number| (number, *length)));
        }
        read
    }
}
