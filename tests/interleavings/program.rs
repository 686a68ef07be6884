//! The operations, and the use case as a machine that can be stepped, copied and compared.
//!
//! A future cannot be copied, but what a use case does next is a function of the answers it was given. So where it stands
//! is a node of a tree: an operation at the root, and an answer at each edge. A new node is made by running the real use
//! case from its start against the recorded answers, up to the next call or the end.

use std::{
    collections::HashMap,
    future::Future,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, Waker},
};

use matchmaker::{
    domain::{Match, MatchId, Standing},
    matchmaking::{Found, Left, Matchmaking, Registered, Unavailable},
};

use crate::{
    call::{Answer, Call},
    canonical::shorten,
    planted::{self, Planted},
    scripted::Scripted,
    token::{Spell, Token},
    universe::{self, Line},
};

/// What somebody asks of the matchmaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Operation {
    Find { player: u8, key: u8 },
    Standing { player: u8 },
    Leave { player: u8 },
    Register { line: Line },
    Close { line: Line },
    Finish { match_: MatchId },
    Sweep,
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Outcome {
    Found(Found),
    Stands(Standing),
    Left(Left),
    Registered(Registered),
    Closed,
    Finished(Option<Match>),
    Swept,
    /// The caller was told that the matchmaker is unavailable, and why, for whoever reads the history of a violation.
    Failed(#[expect(dead_code, reason = "it is only printed")] Unavailable),
}

/// Where an operation stands.
pub(crate) enum State {
    /// It is about to call a port.
    Calls(Call),
    /// It has ended.
    Ended(Outcome),
}

/// A point of an operation, named by the operation and the answers so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Point(u32);

/// The tree of all points that were reached.
pub(crate) struct Programs {
    planted: Option<Planted>,
    nodes: Vec<Node>,
    roots: HashMap<(Operation, u64), Point>,
    edges: HashMap<(Point, Box<[Token]>), Point>,
}

struct Node {
    operation: Operation,
    first_match: u64,
    came_by: Option<(Point, Answer)>,
    state: State,
    /// The operation and its answers so far, shortened.
    spelling: Box<[Token]>,
}

/// The most calls of ports that one operation may make.
const MOST_CALLS: usize = 100;

impl Programs {
    pub(crate) fn new(planted: Option<Planted>) -> Self {
        Self { planted, nodes: Vec::new(), roots: HashMap::new(), edges: HashMap::new() }
    }

    /// The bug that is planted, if there is one.
    pub(crate) const fn planted(&self) -> Option<Planted> {
        self.planted
    }

    /// The start of an operation; if it makes matches, they are numbered from `first_match` on.
    pub(crate) fn start(&mut self, operation: Operation, first_match: u64) -> Point {
        if let Some(&root) = self.roots.get(&(operation, first_match)) {
            return root;
        }
        let state = self.run(operation, first_match, Vec::new());
        let mut spelling = Vec::new();
        operation.spell(&mut spelling);
        let root = self.add(Node { operation, first_match, came_by: None, state, spelling: spelling.into() });
        self.roots.insert((operation, first_match), root);
        root
    }

    /// The point that follows when the pending call is answered.
    pub(crate) fn answer(&mut self, point: Point, answer: Answer) -> Point {
        let mut spelling = Vec::new();
        answer.spell(&mut spelling);
        let edge = (point, spelling.into_boxed_slice());
        if let Some(&next) = self.edges.get(&edge) {
            return next;
        }
        let mut recorded = self.recorded(point);
        let State::Calls(call) = self.state(point) else { unreachable!("only a pending call is answered") };
        recorded.push((call.clone(), answer.clone()));
        assert!(recorded.len() <= MOST_CALLS, "every operation ends: {recorded:?}");
        let Node { operation, first_match, spelling, .. } = self.node(point);
        let (operation, first_match) = (*operation, *first_match);
        let spelling: Vec<Token> = spelling.iter().chain(&edge.1).copied().collect();
        let state = self.run(operation, first_match, recorded);
        let next = self.add(Node {
            operation,
            first_match,
            came_by: Some((point, answer)),
            state,
            spelling: shorten(&spelling).into(),
        });
        self.edges.insert(edge, next);
        next
    }

    pub(crate) fn state(&self, point: Point) -> &State {
        &self.node(point).state
    }

    /// What came of an operation that has ended.
    pub(crate) fn outcome(&self, point: Point) -> Option<&Outcome> {
        match self.state(point) {
            State::Ended(outcome) => Some(outcome),
            State::Calls(_) => None,
        }
    }

    pub(crate) fn operation(&self, point: Point) -> Operation {
        self.node(point).operation
    }

    /// The operation and its answers so far.
    pub(crate) fn spelling(&self, point: Point) -> &[Token] {
        &self.node(point).spelling
    }

    fn node(&self, point: Point) -> &Node {
        &self.nodes[point.0 as usize]
    }

    fn add(&mut self, node: Node) -> Point {
        let point = Point(u32::try_from(self.nodes.len()).expect("fewer points than that fit into memory"));
        self.nodes.push(node);
        point
    }

    fn recorded(&self, mut point: Point) -> Vec<(Call, Answer)> {
        let mut recorded = Vec::new();
        while let Some((before, answer)) = &self.node(point).came_by {
            let State::Calls(call) = self.state(*before) else { unreachable!("only a pending call is answered") };
            recorded.push((call.clone(), answer.clone()));
            point = *before;
        }
        recorded.reverse();
        recorded
    }

    fn run(&self, operation: Operation, first_match: u64, recorded: Vec<(Call, Answer)>) -> State {
        let scripted = Scripted::new(recorded, first_match, self.planted == Some(Planted::PeekAndRemove));
        let polled = {
            let matchmaking = Matchmaking::new(scripted.ports());
            match self.planted.and_then(|bug| planted::program(bug, operation, &scripted)) {
                Some(program) => poll_once(program),
                None => poll_once(perform(&matchmaking, operation)),
            }
        };
        match (polled, scripted.pending()) {
            (Poll::Ready(outcome), None) => State::Ended(outcome),
            (Poll::Pending, Some(call)) => State::Calls(call),
            _ => unreachable!("a use case waits for ports alone"),
        }
    }
}

/// Polls a future that is not woken.
pub(crate) fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// A use case under way.
pub(crate) type Program = Pin<Box<dyn Future<Output = Outcome>>>;

async fn perform(matchmaking: &Matchmaking, operation: Operation) -> Outcome {
    let result = match operation {
        Operation::Find { player, key } => {
            matchmaking.find(universe::player(player), universe::key(key)).await.map(Outcome::Found)
        }
        Operation::Standing { player } => matchmaking.standing(universe::player(player)).await.map(Outcome::Stands),
        Operation::Leave { player } => matchmaking.leave(universe::player(player)).await.map(Outcome::Left),
        Operation::Register { line } => {
            matchmaking.register(universe::player(line.player), line.id()).await.map(Outcome::Registered)
        }
        Operation::Close { line } => {
            matchmaking.disconnect(universe::player(line.player), line.id()).await.map(|()| Outcome::Closed)
        }
        Operation::Finish { match_ } => matchmaking.finish(match_).await.map(Outcome::Finished),
        Operation::Sweep => {
            matchmaking.sweep().await;
            Ok(Outcome::Swept)
        }
    };
    result.unwrap_or_else(Outcome::Failed)
}

impl Spell for Operation {
    fn spell(&self, out: &mut Vec<Token>) {
        match *self {
            Self::Find { player, key } => out.extend([Token::Plain(0), Token::Player(player), Token::Key(key)]),
            Self::Standing { player } => out.extend([Token::Plain(1), Token::Player(player)]),
            Self::Leave { player } => out.extend([Token::Plain(2), Token::Player(player)]),
            Self::Register { line } => out.extend([Token::Plain(3), Token::Socket(line)]),
            Self::Close { line } => out.extend([Token::Plain(4), Token::Socket(line)]),
            Self::Finish { match_ } => {
                out.push(Token::Plain(5));
                match_.spell(out);
            }
            Self::Sweep => out.push(Token::Plain(6)),
        }
    }
}

/// The ports of a planted program.
pub(crate) type Ports = Arc<Scripted>;
