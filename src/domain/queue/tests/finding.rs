use super::*;
use crate::domain::MatchStatus;

#[test]
fn an_idle_player_waits_where_nobody_waits() {
    let mut queue = Queue::new();
    let ticket = queue.join("anna", "chess");
    assert_eq!(ticket.key, key("chess"));
    assert_eq!(queue.standing("anna"), Standing::Waiting(ticket));
}

#[test]
fn an_idle_player_is_paired_with_the_one_who_waits() {
    let mut queue = Queue::new();
    let ticket = queue.join("anna", "chess");
    let match_ = queue.pair("bert", "chess");
    assert_eq!(match_.players(), &[player("anna"), player("bert")], "in the order in which they joined");
    assert_eq!((match_.key(), match_.status()), (&key("chess"), MatchStatus::Active));
    assert_eq!((match_.id().as_uuid(), match_.paired_at()), (Uuid::from_u128(2), queue.now));
    assert!(match_.serial() > ticket.serial);
    for id in ["anna", "bert"] {
        assert_eq!(queue.standing(id), Standing::Matched(open(&match_, false)));
    }
}

#[test]
fn a_match_tells_how_long_the_first_had_waited_since_his_ticket_was_made_whatever_he_did_meanwhile() {
    let mut queue = Queue::new();
    assert_eq!(queue.join("anna", "chess").joined_at, queue.now);
    let signs: [fn(&mut Queue); 3] = [
        |queue| drop(queue.find("anna", "chess")),
        |queue| drop(queue.look("anna")),
        |queue| drop(queue.connect("anna", 1)),
    ];
    for sign_of_life in signs {
        queue.pass(SEARCH / 2);
        sign_of_life(&mut queue);
    }
    queue.pass(INSTANT);
    assert_eq!(queue.pair("bert", "chess").waited(), 3 * (SEARCH / 2) + INSTANT);
}

#[test]
fn a_player_who_waits_under_the_same_key_keeps_his_place() {
    let mut queue = Queue::new();
    let ticket = queue.join("anna", "chess");
    queue.join("bert", "go");
    queue.pass(INSTANT);
    assert_eq!(queue.find("anna", "chess"), quietly(FindOutcome::StillWaiting(ticket.clone())));
    assert_eq!(queue.standing("anna"), Standing::Waiting(ticket));
}

#[test]
fn a_player_who_waits_under_another_key_is_told_which_and_nothing_changes() {
    let mut queue = Queue::new();
    let ticket = queue.join("anna", "chess");
    let other = queue.join("bert", "go");
    for game in ["go", "draughts"] {
        assert_eq!(queue.find("anna", game), quietly(FindOutcome::WaitingElsewhere(ticket.clone())));
    }
    assert_eq!(queue.standing("anna"), Standing::Waiting(ticket));
    assert_eq!(queue.standing("bert"), Standing::Waiting(other), "nobody is paired by a refused call");
}

#[test]
fn a_matched_player_is_told_his_match_under_whatever_key_he_asks() {
    let mut queue = Queue::new();
    queue.join("anna", "chess");
    let match_ = queue.pair("bert", "chess");
    let other = queue.join("carl", "go");
    for (id, game) in [("anna", "chess"), ("bert", "chess"), ("anna", "go"), ("bert", "draughts")] {
        assert_eq!(queue.find(id, game), quietly(FindOutcome::AlreadyMatched(open(&match_, false))));
    }
    assert_eq!(queue.standing("carl"), Standing::Waiting(other));
    assert_eq!(queue.counts(), (1, 1, 0));
}

#[test]
fn keys_that_differ_in_anything_are_queues_apart() {
    let queue_key =
        |game, asset, amount| QueueKey::new(Game::parse(game).unwrap(), Stake::parse(asset, amount).unwrap());
    let keys = [
        queue_key("chess", Asset::Usdt, "20"),
        queue_key("Chess", Asset::Usdt, "20"),
        queue_key("chess", Asset::Ton, "20"),
        queue_key("chess", Asset::Usdt, "20.000001"),
        queue_key("chess", Asset::Usdt, "2"),
    ];
    let mut queue = Queue::new();
    for (number, key) in keys.iter().enumerate() {
        let id = MatchId::from_uuid(Uuid::from_u128(0));
        let decided = queue.policy.find(queue.now, &player(&format!("p{number}")), key, id);
        assert!(matches!(decided.outcome, FindOutcome::Joined(_)), "{key}");
    }
}

#[test]
fn the_same_stake_written_in_another_way_is_the_same_queue() {
    let mut queue = Queue::new();
    queue.join("anna", "chess");
    let written = QueueKey::new(Game::parse("chess").unwrap(), Stake::parse(Asset::Usdt, "2.00e1").unwrap());
    let id = MatchId::from_uuid(Uuid::from_u128(0));
    let decided = queue.policy.find(queue.now, &player("bert"), &written, id);
    assert!(matches!(decided.outcome, FindOutcome::Paired(_)));
}

#[test]
fn leaving_ends_the_ticket_and_nobody_is_paired_with_it() {
    let mut queue = Queue::new();
    let ticket = queue.join("anna", "chess");
    assert_eq!(queue.leave("anna"), quietly(LeaveOutcome::Left(ended("anna", &ticket, EndReason::Left))));
    assert_eq!(queue.leave("anna"), quietly(LeaveOutcome::NotWaiting), "it ends once");
    queue.join("bert", "chess");
}

#[test]
fn leaving_without_waiting_changes_nothing() {
    let mut queue = Queue::new();
    assert_eq!(queue.leave("anna"), quietly(LeaveOutcome::NotWaiting));
    assert_eq!(queue.policy.players(), []);
}

#[test]
fn a_matched_player_cannot_leave() {
    let mut queue = Queue::new();
    queue.join("anna", "chess");
    let match_ = queue.pair("bert", "chess");
    for id in ["anna", "bert"] {
        assert_eq!(queue.leave(id), quietly(LeaveOutcome::AlreadyMatched(open(&match_, false))));
        assert_eq!(queue.standing(id), Standing::Matched(open(&match_, false)));
    }
}

#[test]
fn who_leaves_and_comes_back_takes_a_new_place() {
    let mut queue = Queue::new();
    let first = queue.join("anna", "chess");
    queue.leave("anna");
    let second = queue.join("anna", "go");
    assert!(second.serial > first.serial);
    queue.join("bert", "chess");
}
