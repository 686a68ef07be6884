//! Bugs planted on purpose, which the search must find.

use std::sync::Arc;

use matchmaker::{
    domain::{ConnectOutcome, Connected, FindOutcome, Greeting, Match, MatchId, Notice, Pairing, Standing},
    matchmaking::{Found, Matchmaking, Registered, Unavailable},
    ports::{Finish, Greeted, Insertion, MatchIds, MatchRepository, Notifier, PortError, QueueStore},
};

use crate::{
    program::{Operation, Outcome, Ports, Program},
    universe::{self, Line},
};

/// A bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Planted {
    /// The queue store sees who waits, and pairs with him in a second step.
    PeekAndRemove,
    /// Both players are told of the match before it is inserted.
    ToldBeforeInserted,
    /// Both players are released when the match could not be inserted.
    ReleasedAfterFailedInsert,
    /// The mark is cleared before the players are told.
    SettledBeforeTold,
    /// A registration reads the standing before it attaches the socket.
    StandingReadBeforeAttached,
    /// A registration that pairs greets with the match before it is settled.
    GreetedBeforeSettled,
    /// A match is finished although its pairing is not settled.
    FinishedBeforeSettled,
    /// The players are released before the repository has decided that the match is over.
    ReleasedBeforeFinished,
    /// The queue store forgets a player's older sockets when a newer one connects.
    TheLatestSocketAlone,
    /// The notifier tells everything that it is given to tell.
    CopiesTold,
}

/// The mutated program of an operation; `None` where the bug leaves it as it is.
pub(crate) fn program(bug: Planted, operation: Operation, ports: &Ports) -> Option<Program> {
    let ports = Arc::clone(ports);
    match (bug, operation) {
        (
            Planted::ToldBeforeInserted | Planted::ReleasedAfterFailedInsert | Planted::SettledBeforeTold,
            Operation::Find { player, key },
        ) => Some(Box::pin(async move { outcome(find(bug, &ports, player, key).await) })),
        (Planted::StandingReadBeforeAttached, Operation::Register { line }) => {
            Some(Box::pin(async move { outcome(register(&ports, line).await) }))
        }
        (Planted::GreetedBeforeSettled, Operation::Register { line }) => {
            Some(Box::pin(async move { outcome(greet_and_settle(&ports, line).await) }))
        }
        (Planted::FinishedBeforeSettled, Operation::Finish { match_ }) => {
            Some(Box::pin(async move { outcome(finish_unsettled(&ports, match_).await) }))
        }
        (Planted::ReleasedBeforeFinished, Operation::Finish { match_ }) => {
            Some(Box::pin(async move { outcome(release_and_finish(&ports, match_).await) }))
        }
        _ => None,
    }
}

fn outcome(result: Result<Outcome, Unavailable>) -> Outcome {
    result.unwrap_or_else(Outcome::Failed)
}

/// A find that is right up to the pairing. A player who is not paired just now is served as ever.
async fn find(bug: Planted, ports: &Ports, player: u8, key: u8) -> Result<Outcome, Unavailable> {
    let (player, key) = (universe::player(player), universe::key(key));
    let FindOutcome::Paired(match_) = ports.find(player, key, ports.next()).await?.outcome else {
        return Matchmaking::new(ports.ports()).find(player, key).await.map(Outcome::Found);
    };
    match bug {
        Planted::ToldBeforeInserted => {
            tell_both(ports, &match_).await?;
            ports.insert(&match_).await?;
            ports.settle(&match_).await?;
        }
        Planted::SettledBeforeTold => {
            ports.insert(&match_).await?;
            ports.settle(&match_).await?;
            tell_both(ports, &match_).await?;
        }
        _ => {
            insert_or_release(ports, &match_).await?;
            tell_both(ports, &match_).await?;
            ports.settle(&match_).await?;
        }
    }
    Ok(Outcome::Found(Found::Matched(match_.id())))
}

async fn insert_or_release(ports: &Ports, match_: &Match) -> Result<Insertion, PortError> {
    let inserted = ports.insert(match_).await;
    if inserted.is_err() {
        ports.release(match_).await?;
    }
    inserted
}

async fn tell_both(ports: &Ports, match_: &Match) -> Result<(), PortError> {
    for player in match_.players() {
        ports.tell(player, &Notice::MatchFound(match_.clone())).await?;
    }
    Ok(())
}

async fn register(ports: &Ports, line: Line) -> Result<Outcome, Unavailable> {
    let player = universe::player(line.player);
    let outcome = ports.connect(player, line.id(), ports.next()).await?.outcome;
    ports.attach(player, line.id()).await?;
    match outcome {
        ConnectOutcome::Connected(connected) if is_settled(&connected.standing) => greet(ports, line, connected).await,
        _ => Matchmaking::new(ports.ports()).register(player, line.id()).await.map(Outcome::Registered),
    }
}

fn is_settled(standing: &Standing) -> bool {
    !matches!(standing, Standing::Matched(pairing) if !pairing.settled)
}

/// A greeting without a second try.
async fn greet(ports: &Ports, line: Line, connected: Connected) -> Result<Outcome, Unavailable> {
    let greeting = Greeting::new(connected.connection, connected.standing);
    let greeted = ports.greet(universe::player(line.player), line.id(), &greeting).await?;
    Ok(Outcome::Registered(match greeted {
        Greeted::Live => Registered::Live,
        Greeted::Replaced => Registered::Replaced,
        Greeted::Outdated | Greeted::Gone => Registered::Gone,
    }))
}

async fn greet_and_settle(ports: &Ports, line: Line) -> Result<Outcome, Unavailable> {
    let player = universe::player(line.player);
    ports.attach(player, line.id()).await?;
    let ConnectOutcome::Paired { match_, connection } = ports.connect(player, line.id(), ports.next()).await?.outcome
    else {
        return Matchmaking::new(ports.ports()).register(player, line.id()).await.map(Outcome::Registered);
    };
    let standing = Standing::Matched(Pairing { match_: match_.clone(), settled: true });
    let outcome = greet(ports, line, Connected { standing, connection }).await?;
    ports.insert(&match_).await?;
    tell_both(ports, &match_).await?;
    ports.settle(&match_).await?;
    Ok(outcome)
}

async fn finish_unsettled(ports: &Ports, id: MatchId) -> Result<Outcome, Unavailable> {
    let (Finish::Finished(match_) | Finish::AlreadyFinished(match_)) = MatchRepository::finish(&**ports, id).await?
    else {
        return Ok(Outcome::Finished(None));
    };
    ports.release(&match_).await?;
    Ok(Outcome::Finished(Some(match_)))
}

async fn release_and_finish(ports: &Ports, id: MatchId) -> Result<Outcome, Unavailable> {
    let Some(match_) = ports.get(id).await? else { return Ok(Outcome::Finished(None)) };
    ports.release(&match_).await?;
    finish_unsettled(ports, id).await
}
