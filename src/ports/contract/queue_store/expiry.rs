//! Tickets past their time: they have no effect any more, and each end is reported once.

use super::{
    QueueStoreFixture,
    subject::{GRACE, SEARCH, Subject, ended},
};
use crate::{
    domain::{EndReason, EndedTicket, FindOutcome, LeaveOutcome, QueueSettings, Standing, Ticket},
    ports::contract::{
        Violation,
        samples::{just_before, key, player, seconds},
        violation::{check, check_that},
    },
};

pub(super) async fn a_ticket_ends_after_the_search_time(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "without a socket a ticket ends at the end of the search time, not before";
    let ticket = subject.wait("ann", &key("chess")).await?;
    subject.advance(just_before(SEARCH)).await;
    subject.expect_end_in_an_instant(guarantee, "ann", &ticket, EndReason::Expired).await
}

pub(super) async fn a_call_begins_the_search_time_anew(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    for call in ["look", "chess", "go"] {
        let subject = Subject::open(fixture).await;
        let guarantee = format!("looking and asking ({call}) begin the search time anew");
        let ticket = subject.wait("ann", &key("chess")).await?;
        for _ in 0..2 {
            subject.advance(just_before(SEARCH)).await;
            let outcome = match call {
                "look" => subject.look("ann").await?.outcome == Standing::Waiting(ticket.clone()),
                "chess" => subject.find("ann", &key(call)).await?.outcome == FindOutcome::StillWaiting(ticket.clone()),
                _ => subject.find("ann", &key(call)).await?.outcome == FindOutcome::WaitingElsewhere(ticket.clone()),
            };
            check_that(&guarantee, outcome, "the player still to wait on his ticket", outcome)?;
        }
        subject.advance(just_before(SEARCH)).await;
        subject.expect_end_in_an_instant(&guarantee, "ann", &ticket, EndReason::Expired).await?;
    }
    Ok(())
}

pub(super) async fn every_verb_reports_the_end_of_the_callers_ticket(
    fixture: &dyn QueueStoreFixture,
) -> Result<(), Violation> {
    for reason in [EndReason::Expired, EndReason::Disconnected] {
        for verb in ["find", "find another key", "look", "leave", "connect", "end_overdue"] {
            let subject = Subject::open(fixture).await;
            let guarantee = format!("a ticket past its time is ended and reported as {reason:?} by {verb}");
            let ticket = overdue_ticket(&subject, reason).await?;
            let reported = call_as_ann(&subject, verb).await?;
            check(&guarantee, reported, vec![ended("ann", &ticket, reason)])?;
        }
    }
    Ok(())
}

pub(super) async fn every_end_is_reported_once(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let verbs = ["look", "leave", "connect", "end_overdue", "find"];
    for first in verbs {
        let subject = Subject::open(fixture).await;
        let guarantee = format!("an end that {first} has reported is not reported again");
        overdue_ticket(&subject, EndReason::Expired).await?;
        check(&guarantee, call_as_ann(&subject, first).await?.len(), 1)?;
        for next in verbs {
            check(&guarantee, call_as_ann(&subject, next).await?, vec![])?;
        }
        check(&guarantee, subject.find("bob", &key("chess")).await?.ended, vec![])?;
    }
    Ok(())
}

pub(super) async fn an_overdue_opponent_is_not_paired(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    for reason in [EndReason::Expired, EndReason::Disconnected] {
        let subject = Subject::open(fixture).await;
        let guarantee = "a ticket past its time is never paired: its end is reported, and the one who asks waits";
        let ticket = overdue_ticket(&subject, reason).await?;
        let decided = subject.find("bob", &key("chess")).await?;
        let waits = matches!(&decided.outcome, FindOutcome::Joined(ticket) if ticket.key == key("chess"));
        check_that(guarantee, waits, "Joined", &decided)?;
        check(guarantee, decided.ended, vec![ended("ann", &ticket, reason)])?;
        subject.expect_standing(guarantee, "ann", Standing::Idle).await?;
        let FindOutcome::Paired(match_) = subject.find("ann", &key("chess")).await?.outcome else {
            return Err(Violation::new(guarantee, "Ann to be paired with Bob when she asks again", "she was not"));
        };
        check(guarantee, match_.players(), &[player("bob"), player("ann")])?;
    }
    Ok(())
}

pub(super) async fn who_asks_after_the_end_gets_a_new_ticket(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    for game in ["chess", "go"] {
        let subject = Subject::open(fixture).await;
        let guarantee =
            "who asks after his ticket ended is as idle as anybody: he gets a new ticket, of a later serial";
        let old = overdue_ticket(&subject, EndReason::Expired).await?;
        let decided = subject.find("ann", &key(game)).await?;
        let FindOutcome::Joined(new) = decided.outcome else {
            return Err(Violation::new(guarantee, "Joined", format!("{:?}", decided.outcome)));
        };
        check(guarantee, (&new.key, new.serial > old.serial), (&key(game), true))?;
        check(guarantee, decided.ended, vec![ended("ann", &old, EndReason::Expired)])?;
        subject.advance(just_before(SEARCH)).await;
        subject.expect_end_in_an_instant(guarantee, "ann", &new, EndReason::Expired).await?;
    }
    Ok(())
}

pub(super) async fn who_leaves_after_the_end_did_not_leave(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let subject = Subject::open(fixture).await;
    let guarantee = "a ticket has one end: who leaves after it was over did not wait";
    let ticket = overdue_ticket(&subject, EndReason::Disconnected).await?;
    let decided = subject.leave("ann").await?;
    check(guarantee, decided.outcome, LeaveOutcome::NotWaiting)?;
    check(guarantee, decided.ended, vec![ended("ann", &ticket, EndReason::Disconnected)])
}

pub(super) async fn overdue_tickets_end_in_order(fixture: &dyn QueueStoreFixture) -> Result<(), Violation> {
    let settings = QueueSettings { search_time: seconds(60), ..super::subject::SETTINGS };
    let subject = Subject::open_with(fixture, settings).await;
    let guarantee = "end_overdue ends `limit` tickets at most, the longest overdue first, of equals the smaller serial";
    let mut tickets = Vec::new();
    for name in ["dan", "cid", "bob", "ann", "eve"] {
        tickets.push((name, subject.wait(name, &key(name)).await?));
    }
    subject.advance(seconds(10)).await;
    // Bob's deadline moves past Ann's, Dan's socket closes so that his comes first, and Eve is connected.
    subject.look("bob").await?;
    subject.connect("eve", 5).await?;
    subject.connect("dan", 4).await?;
    subject.disconnect("dan", 4).await?;
    subject.advance(seconds(600)).await;
    let due = |index: usize, reason| ended(tickets[index].0, &tickets[index].1, reason);
    let expected = [
        due(0, EndReason::Disconnected),
        due(1, EndReason::Expired),
        due(3, EndReason::Expired),
        due(2, EndReason::Expired),
    ];
    check(guarantee, subject.store.end_overdue(0).await?, vec![])?;
    check(guarantee, subject.store.end_overdue(1).await?, expected[..1].to_vec())?;
    check(guarantee, subject.store.end_overdue(2).await?, expected[1..3].to_vec())?;
    check(guarantee, subject.store.end_overdue(2).await?, expected[3..].to_vec())?;
    subject.expect_no_end(guarantee).await?;
    subject.expect_standing(guarantee, "eve", Standing::Waiting(tickets[4].1.clone())).await
}

/// Ann's ticket for chess, whose time is over at this very moment.
async fn overdue_ticket(subject: &Subject, reason: EndReason) -> Result<Ticket, Violation> {
    let ticket = subject.wait("ann", &key("chess")).await?;
    if reason == EndReason::Disconnected {
        subject.connect("ann", 1).await?;
        subject.disconnect("ann", 1).await?;
        subject.advance(GRACE).await;
    } else {
        subject.advance(SEARCH).await;
    }
    Ok(ticket)
}

/// What a call reports as ended; it is to find Ann idle.
async fn call_as_ann(subject: &Subject, verb: &str) -> Result<Vec<EndedTicket>, Violation> {
    let guarantee = "after the end of his ticket a player is idle";
    match verb {
        "look" => {
            let decided = subject.look("ann").await?;
            check(guarantee, decided.outcome, Standing::Idle)?;
            Ok(decided.ended)
        }
        "leave" => {
            let decided = subject.leave("ann").await?;
            check(guarantee, decided.outcome, LeaveOutcome::NotWaiting)?;
            Ok(decided.ended)
        }
        "connect" => {
            let decided = subject.connect("ann", 9).await?;
            check(guarantee, decided.outcome.standing, Standing::Idle)?;
            Ok(decided.ended)
        }
        "end_overdue" => subject.end_overdue().await,
        _ => {
            let game = if verb == "find" { "chess" } else { "go" };
            let decided = subject.find("ann", &key(game)).await?;
            check_that(guarantee, matches!(decided.outcome, FindOutcome::Joined(_)), "Joined", &decided)?;
            // So that whoever asks next finds nobody waiting.
            check(guarantee, subject.leave("ann").await?.ended, vec![])?;
            Ok(decided.ended)
        }
    }
}
