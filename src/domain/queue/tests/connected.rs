//! Where none but the connected are paired.

use super::*;

/// Connects a player who is paired by it.
fn pair_by_connecting(queue: &mut Queue, id: &str, socket: u64) -> Match {
    match queue.try_connect(id, socket) {
        Decided { outcome: ConnectOutcome::Paired { match_, connection }, ended } if ended.is_empty() => {
            assert!(connection < match_.serial(), "a player connects, and then is paired");
            match_
        }
        decided => panic!("{id} is not paired by connecting, but: {decided:?}"),
    }
}

#[test]
fn the_absent_wait_beside_one_another_and_beside_one_who_is_connected() {
    let mut queue = Queue::of_connected();
    queue.join("anna", "chess");
    queue.join("bert", "chess");
    queue.connect("carl", 1);
    queue.join("carl", "chess");
    queue.join("dora", "chess");
    assert_eq!(queue.counts(), (4, 0, 1));
}

#[test]
fn the_connected_are_paired_with_each_other_and_the_absent_passed_over() {
    let mut queue = Queue::of_connected();
    let passed_over = queue.join("anna", "chess");
    for (socket, id) in (0..).zip(["bert", "carl"]) {
        queue.connect(id, socket);
    }
    queue.join("bert", "chess");
    assert_eq!(queue.pair("carl", "chess").players(), &[player("bert"), player("carl")]);
    assert_eq!(queue.standing("anna"), Standing::Waiting(passed_over), "his place is kept");
}

#[test]
fn who_comes_back_is_paired_at_once_and_stands_where_his_ticket_puts_him() {
    for returning_is_older in [true, false] {
        let mut queue = Queue::of_connected();
        queue.connect("bert", 1);
        let order = if returning_is_older { ["anna", "bert"] } else { ["bert", "anna"] };
        let joined = order.map(|id| {
            queue.pass(INSTANT);
            queue.join(id, "chess").joined_at
        });
        queue.pass(INSTANT);
        let match_ = pair_by_connecting(&mut queue, "anna", 2);
        assert_eq!(match_.players(), &order.map(player));
        assert_eq!((match_.paired_at(), match_.waited()), (queue.now, queue.now.since(joined[0])));
        assert_eq!(match_.id().as_uuid(), Uuid::from_u128(queue.ids));
        for id in order {
            assert_eq!(queue.standing(id), Standing::Matched(open(&match_, false)));
        }
        assert_eq!((queue.counts(), queue.end_overdue()), ((0, 1, 2), vec![]));
        queue.pass(100 * SEARCH);
        assert_eq!(queue.end_overdue(), [], "no deadline is left behind");
    }
}

#[test]
fn who_comes_back_where_nobody_may_be_paired_waits_for_the_next() {
    let mut queue = Queue::of_connected();
    let ticket = queue.join("anna", "chess");
    queue.join("bert", "chess");
    assert_eq!(queue.connect("anna", 1).outcome.standing, Standing::Waiting(ticket));
    assert_eq!(pair_by_connecting(&mut queue, "bert", 2).players(), &[player("anna"), player("bert")]);
}

#[test]
fn another_socket_of_one_who_is_connected_changes_nothing() {
    let mut queue = Queue::of_connected();
    for socket in [1, 2, 1] {
        queue.connect("anna", socket);
    }
    let ticket = queue.join("anna", "chess");
    assert_eq!(queue.connect("anna", 3).outcome.standing, Standing::Waiting(ticket.clone()));
    for socket in [1, 2] {
        queue.disconnect("anna", socket);
    }
    queue.connect("bert", 4);
    assert_eq!(queue.pair("bert", "chess").players()[0], player("anna"));
}

#[test]
fn with_his_last_socket_a_player_is_passed_over_and_until_he_comes_back() {
    let mut queue = Queue::of_connected();
    for (socket, id) in (0..).zip(["anna", "bert", "carl"]) {
        queue.connect(id, socket);
    }
    queue.join("anna", "chess");
    queue.disconnect("anna", 0);
    queue.join("bert", "chess");
    assert_eq!(queue.pair("carl", "chess").players(), &[player("bert"), player("carl")]);
    let standing = queue.standing("anna");
    assert_eq!(queue.connect("anna", 5).outcome.standing, standing);
    queue.connect("dora", 6);
    assert_eq!(queue.pair("dora", "chess").players()[0], player("anna"));
}

#[test]
fn an_absent_player_who_leaves_or_expires_takes_nobody_along() {
    for expires in [true, false] {
        let mut queue = Queue::of_connected();
        queue.connect("anna", 1);
        queue.join("anna", "chess");
        let absent = queue.join("bert", "chess");
        if expires {
            queue.pass(SEARCH);
            assert_eq!(queue.end_overdue(), [ended("bert", &absent, EndReason::Expired)]);
        } else {
            assert!(matches!(queue.leave("bert").outcome, LeaveOutcome::Left(_)));
        }
        queue.connect("carl", 2);
        assert_eq!(queue.pair("carl", "chess").players()[0], player("anna"));
    }
}

#[test]
fn who_comes_back_past_his_time_is_idle_and_not_paired() {
    let mut queue = Queue::of_connected();
    queue.connect("anna", 1);
    let waits = queue.join("anna", "chess");
    let absent = queue.join("bert", "chess");
    queue.pass(SEARCH);
    let expected = vec![ended("bert", &absent, EndReason::Expired)];
    let Decided { outcome, ended: reported } = queue.connect("bert", 2);
    assert_eq!((outcome.standing, reported), (Standing::Idle, expected));
    assert_eq!(queue.standing("anna"), Standing::Waiting(waits));
}

#[test]
fn an_absent_player_looks_and_asks_again_without_being_paired() {
    let mut queue = Queue::of_connected();
    queue.connect("anna", 1);
    queue.join("anna", "chess");
    let ticket = queue.join("bert", "chess");
    assert_eq!(queue.look("bert"), quietly(Standing::Waiting(ticket.clone())));
    assert_eq!(queue.find("bert", "chess"), quietly(FindOutcome::StillWaiting(ticket)));
    assert_eq!(queue.counts(), (2, 0, 1));
}

#[test]
fn at_the_bound_on_matches_who_comes_back_is_refused_and_nothing_changes() {
    let settings = QueueSettings { max_matches: 1, pair_only_connected: true, ..SETTINGS };
    let mut queue = Queue::with_settings(settings);
    for (socket, id) in (0..).zip(["anna", "bert", "carl"]) {
        queue.connect(id, socket);
    }
    queue.join("anna", "go");
    let match_ = queue.pair("bert", "go");
    queue.join("carl", "chess");
    queue.join("dora", "chess");
    let before = (queue.policy.players(), queue.counts());
    for _ in 0..2 {
        assert_eq!(queue.try_connect("dora", 9), quietly(ConnectOutcome::AtCapacity));
        assert_eq!((queue.policy.players(), queue.counts()), before);
    }
    let elsewhere = queue.join("emil", "draughts");
    assert_eq!(queue.connect("emil", 10).outcome.standing, Standing::Waiting(elsewhere), "nobody waits for him");
    queue.policy.release(&match_);
    assert_eq!(pair_by_connecting(&mut queue, "dora", 9).players(), &[player("carl"), player("dora")]);
}

#[test]
fn who_is_refused_when_he_comes_back_has_given_a_sign_of_life() {
    let settings = QueueSettings { max_matches: 0, pair_only_connected: true, ..SETTINGS };
    let mut queue = Queue::with_settings(settings);
    queue.connect("anna", 1);
    let ticket = queue.join("anna", "chess");
    queue.disconnect("anna", 1);
    queue.connect("bert", 2);
    queue.join("bert", "chess");
    queue.pass(GRACE.checked_sub(INSTANT).unwrap());
    assert_eq!(queue.try_connect("anna", 3), quietly(ConnectOutcome::AtCapacity));
    queue.pass(SEARCH.checked_sub(INSTANT).unwrap());
    assert_eq!(queue.end_overdue(), [], "his search time runs, and not his grace");
    queue.pass(INSTANT);
    assert_eq!(queue.end_overdue(), [ended("anna", &ticket, EndReason::Expired)]);
}

#[test]
fn at_the_bound_on_matches_an_absent_player_waits_and_a_connected_one_is_refused() {
    let settings = QueueSettings { max_matches: 0, pair_only_connected: true, ..SETTINGS };
    let mut queue = Queue::with_settings(settings);
    for (socket, id) in (0..).zip(["anna", "bert"]) {
        queue.connect(id, socket);
    }
    queue.join("anna", "chess");
    assert_eq!(queue.find("bert", "chess"), quietly(FindOutcome::AtCapacity(Capacity::Matches)));
    queue.join("carl", "chess");
}

#[test]
fn the_absent_count_against_the_bound_on_waiting_players() {
    let settings = QueueSettings { max_waiting: 2, pair_only_connected: true, ..SETTINGS };
    let mut queue = Queue::with_settings(settings);
    queue.join("anna", "chess");
    queue.join("bert", "chess");
    assert_eq!(queue.find("carl", "chess"), quietly(FindOutcome::AtCapacity(Capacity::Waiting)));
    queue.leave("anna");
    queue.join("carl", "chess");
}

#[test]
fn by_default_a_player_without_a_socket_is_paired_and_connecting_pairs_nobody() {
    let mut queue = Queue::new();
    let ticket = queue.join("anna", "chess");
    assert_eq!(queue.connect("anna", 1).outcome.standing, Standing::Waiting(ticket));
    queue.disconnect("anna", 1);
    assert_eq!(queue.pair("bert", "chess").players()[0], player("anna"));
}
