use super::*;

#[test]
fn past_the_bound_on_waiting_players_a_new_ticket_is_refused_and_nothing_else() {
    let mut queue = Queue::with_bounds(2, 100);
    let chess = queue.join("anna", "chess");
    let go = queue.join("bert", "go");
    assert_eq!(queue.find("carl", "draughts"), quietly(FindOutcome::AtCapacity(Capacity::Waiting)));
    assert_eq!(queue.standing("carl"), Standing::Idle);
    assert_eq!(queue.find("anna", "chess"), quietly(FindOutcome::StillWaiting(chess)), "retries go on");
    queue.pair("carl", "go");
    assert_eq!(queue.counts(), (1, 1, 0), "pairings go on");
    assert!(matches!(queue.leave("anna").outcome, LeaveOutcome::Left(_)), "leaves go on");
    assert!(queue.standing("bert") != Standing::Waiting(go));
    queue.join("dora", "chess");
    queue.join("emil", "go");
}

#[test]
fn a_ticket_past_its_time_takes_no_place_from_a_new_one() {
    let mut queue = Queue::with_bounds(1, 100);
    let ticket = queue.join("anna", "chess");
    queue.pass(SEARCH);
    let Decided { outcome, ended: reported } = queue.find("bert", "go");
    assert!(matches!(outcome, FindOutcome::Joined(_)));
    assert_eq!(reported, [ended("anna", &ticket, EndReason::Expired)]);
    assert_eq!(queue.policy.census().waiting, 1);
}

#[test]
fn past_the_bound_on_matches_no_pair_is_made_and_the_one_who_waits_keeps_his_place() {
    let mut queue = Queue::with_bounds(100, 1);
    queue.join("anna", "chess");
    let match_ = queue.pair("bert", "chess");
    let ticket = queue.join("carl", "chess");
    assert_eq!(queue.find("dora", "chess"), quietly(FindOutcome::AtCapacity(Capacity::Matches)));
    assert_eq!((queue.standing("carl"), queue.standing("dora")), (Standing::Waiting(ticket), Standing::Idle));
    assert!(queue.policy.release(&match_));
    assert_eq!(queue.pair("dora", "chess").players(), &[player("carl"), player("dora")]);
}

#[test]
fn with_no_room_at_all_everybody_is_refused() {
    let mut queue = Queue::with_bounds(0, 0);
    assert_eq!(queue.find("anna", "chess"), quietly(FindOutcome::AtCapacity(Capacity::Waiting)));
    assert_eq!(queue.policy.players(), []);
}

#[test]
fn a_player_who_is_idle_and_not_connected_takes_no_room() {
    type Story = fn(&mut Queue);
    let stories: [(&str, Story); 7] = [
        ("looks", |queue| drop(queue.look("anna"))),
        ("leaves", |queue| drop(queue.leave("anna"))),
        ("joins and leaves", |queue| {
            queue.join("anna", "chess");
            queue.leave("anna");
        }),
        ("connects and disconnects", |queue| {
            queue.connect("anna", 1);
            queue.disconnect("anna", 1);
        }),
        ("expires", |queue| {
            queue.join("anna", "chess");
            queue.pass(SEARCH);
            queue.end_overdue();
        }),
        ("is matched and released", |queue| {
            queue.join("anna", "chess");
            let match_ = queue.pair("bert", "chess");
            queue.policy.release(&match_);
        }),
        ("disconnects while matched", |queue| {
            queue.connect("anna", 1);
            queue.join("anna", "chess");
            let match_ = queue.pair("bert", "chess");
            queue.disconnect("anna", 1);
            queue.policy.release(&match_);
        }),
    ];
    for (name, story) in stories {
        let mut queue = Queue::new();
        story(&mut queue);
        let QueuePolicy { players, waiting, deadlines, pairings, unsettled, .. } = &queue.policy;
        let room = [players.len(), waiting.room(), deadlines.len(), pairings.len(), unsettled.len()];
        assert_eq!(room, [0; 5], "a player who {name}");
        assert_eq!(queue.policy.census(), Census::default(), "a player who {name}");
    }
}

#[test]
fn players_are_listed_in_the_order_of_their_ids_with_their_sockets() {
    let mut queue = Queue::new();
    for id in ["dora", "bert", "anna", "carl"] {
        queue.join(id, id);
    }
    queue.connect("emil", 5);
    queue.connect("bert", 3);
    queue.connect("bert", 2);
    let players = queue.policy.players();
    let listed: Vec<_> = players.iter().map(|known| (known.id.as_str(), known.sockets.as_slice())).collect();
    let expected: [(&str, &[SocketId]); 5] =
        [("anna", &[]), ("bert", &[SocketId(2), SocketId(3)]), ("carl", &[]), ("dora", &[]), ("emil", &[SocketId(5)])];
    assert_eq!(listed, expected);
}
