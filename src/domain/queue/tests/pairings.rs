use super::*;

/// Makes as many matches as there are names, and an opponent for each.
fn matches<const N: usize>(queue: &mut Queue, names: [&str; N]) -> [Match; N] {
    names.map(|name| {
        queue.join(name, name);
        queue.pair(&format!("{name}-opponent"), name)
    })
}

#[test]
fn settling_clears_the_mark_for_both_and_may_be_repeated() {
    let mut queue = Queue::new();
    let [match_] = matches(&mut queue, ["anna"]);
    assert_eq!(queue.policy.pairing(&match_), Some(open(&match_, false)));
    for outcome in [SettleOutcome::Settled, SettleOutcome::AlreadySettled] {
        assert_eq!(queue.policy.settle(&match_), outcome);
        assert_eq!(queue.policy.pairing(&match_), Some(open(&match_, true)));
        for id in ["anna", "anna-opponent"] {
            assert_eq!(queue.standing(id), Standing::Matched(open(&match_, true)));
        }
    }
}

#[test]
fn releasing_frees_both_and_says_so_once() {
    let mut queue = Queue::new();
    let [match_] = matches(&mut queue, ["anna"]);
    assert!(queue.policy.release(&match_));
    assert_eq!(queue.policy.pairing(&match_), None);
    assert!(!queue.policy.release(&match_));
    assert_eq!(queue.policy.settle(&match_), SettleOutcome::NotStanding, "nobody stands in it any more");
    queue.join("anna", "chess");
    assert_eq!(queue.pair("anna-opponent", "chess").players()[0], player("anna"));
}

#[test]
fn releasing_an_old_match_does_not_touch_the_new_one_of_the_same_players() {
    let mut queue = Queue::new();
    let [old] = matches(&mut queue, ["anna"]);
    queue.policy.release(&old);
    let [new] = matches(&mut queue, ["anna"]);
    assert_eq!((queue.policy.release(&old), queue.policy.settle(&old)), (false, SettleOutcome::NotStanding));
    assert_eq!(queue.policy.pairing(&old), None);
    assert_eq!(queue.policy.pairing(&new), Some(open(&new, false)));
}

#[test]
fn a_match_of_another_name_in_the_same_place_is_another_match() {
    let mut queue = Queue::new();
    let [match_] = matches(&mut queue, ["anna"]);
    let stranger = Match::propose(
        MatchId::from_uuid(Uuid::from_u128(77)),
        match_.serial(),
        match_.key().clone(),
        match_.players().clone(),
        match_.paired_at(),
        match_.waited(),
    )
    .unwrap();
    assert_eq!((queue.policy.release(&stranger), queue.policy.settle(&stranger)), (false, SettleOutcome::NotStanding));
    assert_eq!(queue.policy.pairing(&stranger), None);
    assert_eq!(queue.policy.pairings(Serial(0), 9), [open(&match_, false)]);
}

#[test]
fn pairings_are_listed_in_order_from_past_a_serial_and_no_more_than_asked_for() {
    let mut queue = Queue::new();
    let [first, second, third] = matches(&mut queue, ["anna", "bert", "carl"]);
    queue.policy.settle(&second);
    let all = [open(&first, false), open(&second, true), open(&third, false)];
    assert_eq!(queue.policy.pairings(Serial(0), 9), all);
    assert_eq!(queue.policy.pairings(Serial(0), 2), all[..2]);
    assert_eq!(queue.policy.pairings(first.serial(), 9), all[1..]);
    assert_eq!(queue.policy.pairings(third.serial(), 9), []);
    queue.policy.release(&first);
    assert_eq!(queue.policy.pairings(Serial(0), 9), all[1..]);
}

#[test]
fn only_unsettled_pairings_of_the_age_are_listed_as_left_behind() {
    let mut queue = Queue::new();
    let age = Duration::from_secs(1);
    let [first, second] = matches(&mut queue, ["anna", "bert"]);
    queue.pass(INSTANT);
    let [young] = matches(&mut queue, ["carl"]);
    queue.pass(age.checked_sub(2 * INSTANT).unwrap());
    let list = |queue: &mut Queue, after, limit| queue.policy.unsettled(queue.now, age, after, limit);
    assert_eq!(list(&mut queue, Serial(0), 9), []);
    queue.pass(INSTANT);
    assert_eq!(list(&mut queue, Serial(0), 9), [open(&first, false), open(&second, false)]);
    assert_eq!(list(&mut queue, Serial(0), 1), [open(&first, false)]);
    assert_eq!(list(&mut queue, first.serial(), 9), [open(&second, false)]);
    queue.policy.settle(&first);
    queue.policy.release(&second);
    queue.pass(INSTANT);
    assert_eq!(list(&mut queue, Serial(0), 9), [open(&young, false)]);
}

#[test]
fn connecting_and_looking_show_a_match_as_it_stands() {
    let mut queue = Queue::new();
    let [match_] = matches(&mut queue, ["anna"]);
    assert_eq!(queue.connect("anna", 1).outcome.standing, Standing::Matched(open(&match_, false)));
    queue.policy.settle(&match_);
    assert_eq!(queue.look("anna"), quietly(Standing::Matched(open(&match_, true))));
    queue.disconnect("anna", 1);
    queue.pass(100 * SEARCH);
    assert_eq!(queue.look("anna"), quietly(Standing::Matched(open(&match_, true))), "no match ends by absence");
}

#[test]
fn a_player_who_stays_connected_is_known_after_his_match() {
    let mut queue = Queue::new();
    queue.connect("anna", 1);
    let [match_] = matches(&mut queue, ["anna"]);
    queue.policy.release(&match_);
    assert_eq!(queue.counts(), (0, 0, 1));
    queue.connect("anna", 2);
    assert_eq!(queue.policy.census().connected, 1, "a player counts once, whatever his sockets");
}
