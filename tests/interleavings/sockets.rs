//! The notifier of the model: what its port promises, and no more.

use matchmaker::{
    domain::{Greeting, Heard, MatchId, Notice, PlayerId, Serial, Standing},
    ports::Greeted,
};

use crate::{
    token::{Spell, Token},
    universe::{Line, PLAYERS, number_of},
    violation::{Violation, must_hold},
};

/// Every attached socket.
#[derive(Clone)]
pub(crate) struct Sockets {
    attached: Vec<Socket>,
    /// Sockets that were closed as replaced, and that their sessions have not detached yet.
    replaced: Vec<Line>,
    /// The latest connection that was greeted, of each player who has a socket: also when that socket has closed since,
    /// an older one is not to live again, as the queue store has forgotten it.
    latest: [Option<(Serial, Line)>; PLAYERS as usize],
    /// Off only as a bug planted on purpose.
    news_only: bool,
}

/// A socket that speaks for a player.
#[derive(Clone)]
pub(crate) struct Socket {
    line: Line,
    /// The connection it was greeted on last; it is live from then on.
    connection: Option<Serial>,
    greetings: u8,
    heard: Heard,
    /// Up to where it has heard, as [`Heard`] has it, but so that it can be spelt out.
    point: (Serial, u8),
    /// What waits for the greeting.
    held: Vec<Notice>,
    matches: Vec<Told>,
}

/// What a socket was told of one match.
#[derive(Clone)]
struct Told {
    match_: MatchId,
    found: u8,
    finished: bool,
}

/// A notice that reached a player's live socket.
pub(crate) struct Delivery {
    pub(crate) line: Line,
    pub(crate) notice: Notice,
}

impl Sockets {
    pub(crate) fn new(news_only: bool) -> Self {
        Self { attached: Vec::new(), replaced: Vec::new(), latest: [None; PLAYERS as usize], news_only }
    }

    pub(crate) fn attach(&mut self, line: Line) {
        if !self.replaced.contains(&line) && self.attached.iter().all(|socket| socket.line != line) {
            self.attached.push(Socket::new(line));
            self.attached.sort_unstable_by_key(|socket| socket.line);
        }
    }

    pub(crate) fn detach(&mut self, line: Line) {
        self.replaced.retain(|replaced| *replaced != line);
        self.attached.retain(|socket| socket.line != line);
        if self.attached.iter().all(|socket| socket.line.player != line.player) {
            self.latest[usize::from(line.player)] = None;
        }
    }

    pub(crate) fn greet(&mut self, line: Line, greeting: &Greeting) -> Result<(Greeted, Vec<Delivery>), Violation> {
        let player = usize::from(line.player);
        let Some(place) = self.attached.iter().position(|socket| socket.line == line) else {
            return Ok((Greeted::Gone, Vec::new()));
        };
        match self.latest[player] {
            Some((later, other)) if later > greeting.connection() && other != line => {
                self.detach(line);
                self.replaced.push(line);
                return Ok((Greeted::Replaced, Vec::new()));
            }
            Some((later, _)) if later > greeting.connection() => return Ok((Greeted::Outdated, Vec::new())),
            _ => {}
        }
        let socket = &mut self.attached[place];
        if socket.heard > greeting.heard() {
            return Ok((Greeted::Outdated, Vec::new()));
        }
        let deliveries = socket.greet(greeting, self.news_only)?;
        self.latest[player] = Some((greeting.connection(), line));
        let replaced =
            |other: &Socket| other.line.player == line.player && other.line != line && other.connection.is_some();
        self.replaced.extend(self.attached.extract_if(.., |other| replaced(other)).map(|other| other.line));
        Ok((Greeted::Live, deliveries))
    }

    pub(crate) fn tell(&mut self, player: &PlayerId, notice: &Notice) -> Result<Vec<Delivery>, Violation> {
        let mut deliveries = Vec::new();
        for socket in self.attached.iter_mut().filter(|socket| socket.line.player == number_of(player)) {
            if socket.connection.is_some() {
                deliveries.extend(socket.hear(notice.clone(), self.news_only)?);
            } else {
                socket.held.push(notice.clone());
            }
        }
        Ok(deliveries)
    }

    /// A player's live socket that was not told that he is in this match, if there is one.
    pub(crate) fn untold(&self, player: &PlayerId, match_: MatchId) -> Option<Line> {
        let untold = |socket: &&Socket| {
            socket.line.player == number_of(player)
                && socket.connection.is_some()
                && socket.matches.iter().all(|told| told.match_ != match_ || told.found == 0)
        };
        self.attached.iter().find(untold).map(|socket| socket.line)
    }

    /// The sockets that were replaced, and whose sessions are still to end.
    pub(crate) fn replaced(&self) -> &[Line] {
        &self.replaced
    }

    /// The player's live socket.
    pub(crate) fn live(&self, player: u8) -> Option<Line> {
        let live = |socket: &&Socket| socket.line.player == player && socket.connection.is_some();
        self.attached.iter().find(live).map(|socket| socket.line)
    }

    /// Spells out each socket as one item.
    pub(crate) fn spell_items(&self, mut item: impl FnMut(&dyn Fn(&mut Vec<Token>))) {
        for socket in &self.attached {
            item(&|out| socket.spell(out));
        }
        for line in &self.replaced {
            item(&|out| line.spell(out));
        }
        for (connection, line) in self.latest.iter().flatten() {
            item(&|out| {
                connection.spell(out);
                line.spell(out);
            });
        }
    }
}

impl Socket {
    fn new(line: Line) -> Self {
        Self {
            line,
            connection: None,
            greetings: 0,
            heard: Heard::default(),
            point: (Serial(0), 0),
            held: Vec::new(),
            matches: Vec::new(),
        }
    }

    fn greet(&mut self, greeting: &Greeting, news_only: bool) -> Result<Vec<Delivery>, Violation> {
        self.connection = Some(greeting.connection());
        self.greetings += 1;
        self.heard = greeting.heard();
        self.point = match greeting.standing() {
            Standing::Idle => (greeting.connection(), 0),
            Standing::Waiting(ticket) => (ticket.serial, 0),
            Standing::Matched(pairing) => (pairing.match_.serial(), u8::from(greeting.match_found().is_some())),
        };
        let mut deliveries = Vec::new();
        if let Some(match_) = greeting.match_found() {
            deliveries.push(self.deliver(Notice::MatchFound(match_.clone()))?);
        }
        for notice in std::mem::take(&mut self.held) {
            deliveries.extend(self.hear(notice, news_only)?);
        }
        Ok(deliveries)
    }

    fn hear(&mut self, notice: Notice, news_only: bool) -> Result<Option<Delivery>, Violation> {
        let news = self.heard.admit(&notice);
        if news {
            self.point = match &notice {
                Notice::MatchFound(match_) => (match_.serial(), 1),
                Notice::MatchFinished(match_) => (match_.serial(), 2),
                Notice::SearchEnded(ended) => (ended.ticket.serial, 2),
            };
        }
        if news || !news_only { self.deliver(notice).map(Some) } else { Ok(None) }
    }

    fn deliver(&mut self, notice: Notice) -> Result<Delivery, Violation> {
        let line = self.line;
        match &notice {
            Notice::MatchFound(match_) => {
                let (greetings, told) = (self.greetings, self.told(match_.id()));
                told.found += 1;
                must_hold!(!told.finished, 7, "{line:?} was told match_found after match_finished");
                must_hold!(told.found <= greetings, 7, "{line:?} was told match_found twice");
            }
            Notice::MatchFinished(match_) => {
                let told = self.told(match_.id());
                must_hold!(!told.finished, 7, "{line:?} was told match_finished twice");
                told.finished = true;
            }
            Notice::SearchEnded(_) => {}
        }
        Ok(Delivery { line, notice })
    }

    fn told(&mut self, match_: MatchId) -> &mut Told {
        if let Some(position) = self.matches.iter().position(|told| told.match_ == match_) {
            return &mut self.matches[position];
        }
        self.matches.push(Told { match_, found: 0, finished: false });
        self.matches.last_mut().expect("just pushed")
    }
}

impl Spell for Socket {
    fn spell(&self, out: &mut Vec<Token>) {
        self.line.spell(out);
        self.connection.spell(out);
        self.greetings.spell(out);
        self.point.0.spell(out);
        self.point.1.spell(out);
        self.held.spell(out);
        for told in &self.matches {
            told.match_.spell(out);
            told.found.spell(out);
            told.finished.spell(out);
        }
    }
}
