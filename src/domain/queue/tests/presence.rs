use super::*;

#[test]
fn a_waiting_player_without_a_socket_expires_at_the_end_of_the_search_time_and_not_before() {
    let mut queue = Queue::new();
    let ticket = queue.join("anna", "chess");
    queue.pass(SEARCH.checked_sub(INSTANT).unwrap());
    assert_eq!(queue.end_overdue(), []);
    queue.pass(INSTANT);
    assert_eq!(queue.end_overdue(), [ended("anna", &ticket, EndReason::Expired)]);
    assert_eq!(queue.end_overdue(), [], "every end is reported once");
}

#[test]
fn asking_and_looking_start_the_search_time_anew() {
    let signs: [fn(&mut Queue); 3] = [
        |queue| drop(queue.find("anna", "chess")),
        |queue| drop(queue.find("anna", "go")),
        |queue| drop(queue.look("anna")),
    ];
    for (number, sign_of_life) in signs.into_iter().enumerate() {
        let mut queue = Queue::new();
        let ticket = queue.join("anna", "chess");
        queue.pass(SEARCH.checked_sub(INSTANT).unwrap());
        sign_of_life(&mut queue);
        queue.pass(SEARCH.checked_sub(INSTANT).unwrap());
        assert_eq!(queue.end_overdue(), [], "sign {number}");
        queue.pass(INSTANT);
        assert_eq!(queue.end_overdue(), [ended("anna", &ticket, EndReason::Expired)], "sign {number}");
    }
}

#[test]
fn a_connected_player_waits_as_long_as_his_socket_lives() {
    for connected_first in [true, false] {
        let mut queue = Queue::new();
        if connected_first {
            queue.connect("anna", 1);
        }
        let ticket = queue.join("anna", "chess");
        if !connected_first {
            queue.connect("anna", 1);
        }
        queue.pass(100 * SEARCH);
        assert_eq!(queue.look("anna"), quietly(Standing::Waiting(ticket.clone())));
        queue.find("anna", "chess");
        queue.pass(100 * SEARCH);
        assert_eq!(queue.end_overdue(), []);
        assert_eq!(queue.standing("anna"), Standing::Waiting(ticket));
    }
}

#[test]
fn a_player_whose_socket_closed_leaves_at_the_end_of_the_grace_and_not_before() {
    let mut queue = Queue::new();
    queue.connect("anna", 1);
    let ticket = queue.join("anna", "chess");
    queue.disconnect("anna", 1);
    queue.pass(GRACE.checked_sub(INSTANT).unwrap());
    assert_eq!(queue.end_overdue(), []);
    queue.pass(INSTANT);
    assert_eq!(queue.end_overdue(), [ended("anna", &ticket, EndReason::Disconnected)]);
}

#[test]
fn who_registers_again_within_the_grace_keeps_his_place() {
    let mut queue = Queue::new();
    queue.connect("anna", 1);
    let ticket = queue.join("anna", "chess");
    queue.disconnect("anna", 1);
    queue.pass(GRACE.checked_sub(INSTANT).unwrap());
    assert_eq!(queue.connect("anna", 2).outcome.standing, Standing::Waiting(ticket.clone()));
    queue.pass(100 * SEARCH);
    assert_eq!(queue.end_overdue(), []);
    assert_eq!(queue.standing("anna"), Standing::Waiting(ticket));
}

#[test]
fn after_a_call_within_the_grace_the_search_time_applies() {
    for ask in [true, false] {
        let mut queue = Queue::new();
        queue.connect("anna", 1);
        let ticket = queue.join("anna", "chess");
        queue.disconnect("anna", 1);
        queue.pass(GRACE.checked_sub(INSTANT).unwrap());
        if ask {
            queue.find("anna", "chess");
        } else {
            queue.look("anna");
        }
        queue.pass(SEARCH.checked_sub(INSTANT).unwrap());
        assert_eq!(queue.end_overdue(), []);
        queue.pass(INSTANT);
        assert_eq!(queue.end_overdue(), [ended("anna", &ticket, EndReason::Expired)]);
    }
}

#[test]
fn the_closing_of_a_socket_that_was_replaced_is_nothing_to_the_player() {
    let mut queue = Queue::new();
    queue.connect("anna", 1);
    let ticket = queue.join("anna", "chess");
    queue.connect("anna", 2);
    queue.disconnect("anna", 1);
    queue.pass(100 * SEARCH);
    assert_eq!(queue.end_overdue(), []);
    assert_eq!(queue.standing("anna"), Standing::Waiting(ticket));
    assert_eq!(queue.policy.census().connected, 1);
}

#[test]
fn the_closing_of_the_latest_socket_leaves_an_older_one_that_lives() {
    let mut queue = Queue::new();
    for socket in [2, 3, 1] {
        queue.connect("anna", socket);
    }
    let ticket = queue.join("anna", "chess");
    for socket in [1, 2] {
        queue.disconnect("anna", socket);
        queue.pass(100 * SEARCH);
        assert_eq!(queue.end_overdue(), []);
        assert_eq!(queue.policy.census().connected, 1);
    }
    queue.disconnect("anna", 3);
    assert_eq!(queue.policy.census().connected, 0);
    queue.pass(GRACE);
    assert_eq!(queue.end_overdue(), [ended("anna", &ticket, EndReason::Disconnected)]);
}

#[test]
fn one_closing_ends_a_connection_however_often_it_was_made() {
    let mut queue = Queue::new();
    queue.connect("anna", 1);
    queue.connect("anna", 1);
    queue.disconnect("anna", 1);
    assert_eq!((queue.policy.census().connected, queue.policy.players()), (0, vec![]));
}

#[test]
fn the_second_closing_of_a_socket_does_not_prolong_the_grace() {
    let mut queue = Queue::new();
    queue.connect("anna", 1);
    let ticket = queue.join("anna", "chess");
    queue.disconnect("anna", 1);
    queue.pass(GRACE / 2);
    queue.disconnect("anna", 1);
    queue.pass(GRACE / 2);
    assert_eq!(queue.end_overdue(), [ended("anna", &ticket, EndReason::Disconnected)]);
}

#[test]
fn a_player_who_begins_to_wait_after_his_socket_closed_has_the_search_time() {
    let mut queue = Queue::new();
    queue.connect("anna", 1);
    queue.disconnect("anna", 1);
    let ticket = queue.join("anna", "chess");
    queue.pass(GRACE);
    assert_eq!(queue.end_overdue(), []);
    queue.pass(SEARCH.checked_sub(GRACE).unwrap());
    assert_eq!(queue.end_overdue(), [ended("anna", &ticket, EndReason::Expired)]);
}

#[test]
fn a_ticket_past_its_time_is_never_paired_though_nothing_has_swept_it_away() {
    let mut queue = Queue::new();
    let ticket = queue.join("anna", "chess");
    queue.pass(SEARCH);
    let Decided { outcome: FindOutcome::Joined(new), ended: reported } = queue.find("bert", "chess") else {
        panic!("bert joins")
    };
    assert_eq!(reported, [ended("anna", &ticket, EndReason::Expired)]);
    assert_eq!((queue.standing("anna"), queue.standing("bert")), (Standing::Idle, Standing::Waiting(new)));
    assert_eq!(queue.end_overdue(), []);
}

#[test]
fn a_ticket_in_its_last_instant_is_paired() {
    let mut queue = Queue::new();
    queue.join("anna", "chess");
    queue.pass(SEARCH.checked_sub(INSTANT).unwrap());
    assert_eq!(queue.pair("bert", "chess").players()[0], player("anna"));
}

#[test]
fn whichever_call_comes_across_an_ended_ticket_reports_it_once_with_its_reason() {
    type Call = fn(&mut Queue) -> Vec<EndedTicket>;
    let calls: [(&str, Call); 6] = [
        ("his own find", |queue| queue.find("anna", "chess").ended),
        ("his find elsewhere", |queue| queue.find("anna", "go").ended),
        ("his look", |queue| queue.look("anna").ended),
        ("his leave", |queue| queue.leave("anna").ended),
        ("his connect", |queue| queue.connect("anna", 7).ended),
        ("another's find", |queue| queue.find("bert", "chess").ended),
    ];
    for (reason, time) in [(EndReason::Disconnected, GRACE), (EndReason::Expired, SEARCH)] {
        for (name, call) in calls {
            let mut queue = Queue::new();
            queue.connect("anna", 1);
            let ticket = queue.join("anna", "chess");
            queue.disconnect("anna", 1);
            if reason == EndReason::Expired {
                queue.look("anna");
            }
            queue.pass(time);
            assert_eq!(call(&mut queue), [ended("anna", &ticket, reason)], "{name}");
            assert_eq!((queue.look("anna").ended, queue.end_overdue()), (vec![], vec![]), "{name}");
        }
    }
}

#[test]
fn a_player_whose_ticket_has_ended_begins_anew_with_his_own_call() {
    let mut queue = Queue::new();
    let old = queue.join("anna", "chess");
    queue.pass(SEARCH);
    let Decided { outcome: FindOutcome::Joined(new), .. } = queue.find("anna", "chess") else { panic!("anna joins") };
    assert!(new.serial > old.serial);
    queue.pass(SEARCH);
    assert_eq!(queue.leave("anna").outcome, LeaveOutcome::NotWaiting, "what has ended cannot be left");
    assert_eq!(queue.connect("anna", 1).outcome.standing, Standing::Idle);
}

#[test]
fn the_longest_overdue_tickets_end_first_and_no_more_than_asked_for() {
    let mut queue = Queue::new();
    let tickets = ["anna", "bert", "carl"].map(|id| {
        queue.pass(INSTANT);
        queue.join(id, id)
    });
    queue.look("anna");
    queue.pass(SEARCH);
    let now = queue.now;
    assert_eq!(queue.policy.end_overdue(now, 0), []);
    let first: Vec<_> = queue.policy.end_overdue(now, 2).into_iter().map(|ended| ended.ticket).collect();
    assert_eq!(first, [tickets[1].clone(), tickets[0].clone()], "anna looked after bert had joined");
    assert_eq!(queue.policy.end_overdue(now, 2), [ended("carl", &tickets[2], EndReason::Expired)]);
}

#[test]
fn a_clock_that_steps_back_ends_nothing_early_and_keeps_nothing_late() {
    let mut queue = Queue::new();
    queue.pass(SEARCH);
    let ticket = queue.join("anna", "chess");
    queue.now = Timestamp::default();
    let other = queue.join("bert", "go");
    assert_eq!(queue.find("anna", "chess"), quietly(FindOutcome::StillWaiting(ticket)));
    let late = Timestamp::from_millis(1_000).after(SEARCH).after(SEARCH);
    queue.now = Timestamp::from_micros(late.as_micros() - 1);
    assert_eq!(queue.end_overdue(), []);
    queue.now = late;
    assert_eq!(queue.end_overdue().len(), 2);
    queue.now = Timestamp::default();
    assert_eq!(queue.look("bert"), quietly(Standing::Idle), "{other:?} stays ended");
}

#[test]
fn each_connection_has_a_greater_serial_than_all_that_was_before() {
    let mut queue = Queue::new();
    let first = queue.connect("anna", 1).outcome.connection;
    let ticket = queue.join("anna", "chess").serial;
    let second = queue.connect("anna", 1).outcome.connection;
    let paired = queue.pair("bert", "chess").serial();
    let third = queue.connect("bert", 2).outcome.connection;
    assert!([first, ticket, second, paired, third].is_sorted_by(|earlier, later| earlier < later));
}
