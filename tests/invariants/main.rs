//! The nine things that must always hold, each as a property of random histories.
//!
//! Calls come one after the other here; what happens when they interleave is explored elsewhere. In a stormy history any
//! one port call of a step may fail in any way, or the process die over it.

mod faults;
mod history;
mod notifier;
mod world;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use matchmaker::{
    domain::{Match, MatchId, Player, PlayerId, QueueKey, Serial, SocketId, Standing},
    matchmaking::{Found, Left, Registered, UNSETTLED_AGE},
};
use proptest::prelude::*;

use history::{PLAYERS, Step, Turn, calm, stormy};
use notifier::{Message, Sent};
use world::{Answer, Moment, Rules, World, key_named, player_named};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn two_real_players_who_asked_for_exactly_its_key_are_in_a_match(history in stormy(), only_connected: bool) {
        let mut world = World::new(Rules::roomy(only_connected));
        for turn in history {
            let moment = world.take(turn);
            for match_ in &moment.paired {
                let [first, second] = match_.players();
                assert_ne!(first, second);
                assert_eq!(waiting_key(&moment.standing_before(first)).as_ref(), Some(match_.key()));
                match turn.step {
                    Step::Find { player, key } => {
                        assert_eq!((second, match_.key()), (&player_named(player), &key_named(key)));
                    }
                    Step::Register { player, .. } if only_connected => {
                        assert!(match_.players().contains(&player_named(player)));
                        assert_eq!(waiting_key(&moment.standing_before(second)).as_ref(), Some(match_.key()));
                    }
                    _ => panic!("{turn:?} made a match"),
                }
                assert!(!only_connected || match_.players().iter().all(|player| is_connected(&moment.after, player)));
            }
        }
    }

    #[test]
    fn a_player_has_one_standing(history in stormy(), only_connected: bool) {
        let mut world = World::new(Rules::roomy(only_connected));
        for turn in history {
            world.take(turn);
            let players = world.players();
            let names: BTreeSet<_> = players.iter().map(|player| &player.id).collect();
            assert_eq!(names.len(), players.len(), "nobody is listed twice");
            let pairings = world.pairings();
            for player in &players {
                let matches: Vec<_> = pairings.iter().filter(|pairing| pairing.match_.players().contains(&player.id)).collect();
                match &player.standing {
                    Standing::Matched(pairing) => assert_eq!(matches, [pairing]),
                    Standing::Idle | Standing::Waiting(_) => assert!(matches.is_empty(), "{player:?} is in {matches:?}"),
                }
            }
            let matched = players.iter().filter(|player| matches!(player.standing, Standing::Matched(_))).count();
            assert_eq!(matched, 2 * pairings.len(), "both players stand in each match");
            for match_ in active_matches(&world) {
                let stands = pairings.iter().any(|pairing| pairing.match_.id() == match_.id());
                assert!(stands, "{match_:?} is read as active, but nobody stands in it");
            }
        }
    }

    #[test]
    fn first_come_first_served(history in calm(), only_connected: bool) {
        let mut world = World::new(Rules::roomy(only_connected));
        let mut line: Vec<(PlayerId, QueueKey, Serial)> = Vec::new();
        for turn in history {
            let moment = world.take(turn);
            let ended = |player: &PlayerId| {
                moment.recorded.iter().any(|event| event.starts_with("TicketEnded") && event.contains(player.as_str()))
            };
            line.retain(|(player, _, _)| !ended(player));
            for match_ in &moment.paired {
                let may_be_paired = |player| !only_connected || is_connected(&moment.after, player);
                let mut of_key = line.iter().filter(|(player, key, _)| key == match_.key() && may_be_paired(player));
                assert_eq!(match_.players()[0], of_key.next().expect("somebody waited").0);
                assert!(of_key.next().is_none_or(|second| match_.players()[1] == second.0));
                line.retain(|(player, _, _)| !match_.players().contains(player));
            }
            for number in 0..PLAYERS {
                let player = player_named(number);
                let Standing::Waiting(ticket) = moment.standing_after(&player) else { continue };
                match line.iter().find(|(waiting, _, _)| *waiting == player) {
                    Some((_, key, serial)) => assert_eq!((key, serial), (&ticket.key, &ticket.serial), "a place is kept"),
                    None => line.push((player, ticket.key, ticket.serial)),
                }
            }
            assert!(line.is_sorted_by_key(|(_, _, serial)| *serial), "who joins later stands behind");
        }
    }

    #[test]
    fn nobody_waits_in_vain(history in stormy(), only_connected: bool) {
        let mut world = World::new(Rules::roomy(only_connected));
        for turn in history {
            world.take(turn);
            let players = world.players();
            let may_be_paired = players.iter().filter(|player| !only_connected || !player.sockets.is_empty());
            let keys: Vec<_> = may_be_paired.filter_map(|player| waiting_key(&player.standing)).collect();
            let distinct: HashSet<_> = keys.iter().collect();
            assert_eq!(distinct.len(), keys.len(), "two wait who could be paired: {keys:?}");
            check_live_are_connected(&world);
        }
    }

    #[test]
    fn leave_or_match_never_both_and_never_neither(history in stormy(), only_connected: bool) {
        let mut world = World::new(Rules::roomy(only_connected));
        let mut left = BTreeSet::new();
        for turn in history {
            let moment = world.take(turn);
            match (turn.step, &moment.answer) {
                (Step::Find { player, .. }, _) => drop(left.remove(&player_named(player))),
                (Step::Leave { player }, Answer::Left(Left::Idle)) => drop(left.insert(player_named(player))),
                (Step::Leave { player }, Answer::Left(Left::AlreadyMatched(id))) => {
                    assert!(world.read(*id).is_some_and(|match_| match_.opponent_of(&player_named(player)).is_some()));
                    assert_eq!(matched_id(&moment.standing_after(&player_named(player))), Some(*id));
                }
                _ => {}
            }
            for player in &left {
                assert_eq!(moment.standing_after(player), Standing::Idle, "{player} has left");
            }
        }
    }

    #[test]
    fn nothing_is_lost(history in stormy(), only_connected: bool) {
        let mut world = World::new(Rules::roomy(only_connected));
        let mut over = BTreeSet::new();
        for turn in history {
            let moment = world.take(turn);
            check_nothing_is_lost(&world, turn, &moment, &mut over);
            if matches!(moment.answer, Answer::Failed(_) | Answer::Died) && !matches!(turn.step, Step::Close { .. }) {
                let again = Turn { step: repeated(turn.step), fault: None };
                let moment = world.take(again);
                assert!(!matches!(moment.answer, Answer::Failed(_) | Answer::Died), "{again:?}: {moment:?}");
                check_nothing_is_lost(&world, again, &moment, &mut over);
            }
        }
        recover(&mut world);
        for pairing in world.pairings() {
            assert!(pairing.settled && is_active(&world, pairing.match_.id()), "{pairing:?} was not carried on");
        }
    }

    #[test]
    fn both_are_told_at_once_and_once_where_nothing_fails(history in calm(), only_connected: bool) {
        let mut world = World::new(Rules::roomy(only_connected));
        for turn in history {
            let moment = world.take(turn);
            check_who_hears_what(&world);
            for (player, socket) in world.notifier.live() {
                let heard = since_registered(&world.notifier.sent(), &player, socket);
                if let Some(id) = matched_id(&moment.standing_after(&player)) {
                    assert_eq!(founds(&heard), [id], "{player} stands in it, and heard {heard:?}");
                }
                if let [Message::Registered { status: "matched" }, next, ..] = &heard[..] {
                    assert!(matches!(next, Message::MatchFound { .. }), "right after: {heard:?}");
                }
            }
            if let (Step::Register { player, .. }, Answer::Registered(_)) = (turn.step, &moment.answer) {
                let greeting = &moment.sent.iter().find(|sent| matches!(sent.message, Message::Registered { .. }));
                let status = moment.standing_after(&player_named(player)).as_str();
                assert_eq!(greeting.map(|sent| &sent.message), Some(&Message::Registered { status }));
            }
        }
    }

    #[test]
    fn both_are_told_in_the_end_whatever_fails(history in stormy(), only_connected: bool) {
        let mut world = World::new(Rules::roomy(only_connected));
        for turn in history {
            let (live, active) = (world.notifier.live(), active_matches(&world));
            world.take(turn);
            check_who_hears_what(&world);
            for match_ in active.iter().filter(|match_| is_finished(&world, match_.id())) {
                for (player, _) in live.iter().filter(|name| world.notifier.live().contains(name)) {
                    let told = match_.opponent_of(player).is_none() || has_heard_of(&world, player, match_.id());
                    assert!(told, "{player} was connected, and {match_:?} ended unheard of");
                }
            }
        }
        recover(&mut world);
        check_who_hears_what(&world);
        check_all_matched_are_told(&world);
        for player in 0..PLAYERS {
            world.take(Turn { step: Step::Register { player, anew: true }, fault: None });
        }
        assert_eq!(world.notifier.live().len(), PLAYERS);
        check_all_matched_are_told(&world);
    }

    #[test]
    fn the_same_inputs_in_the_same_order_give_the_same_outputs(history in stormy(), only_connected: bool) {
        // Each world's hash maps are seeded anew.
        let mut worlds = [World::new(Rules::roomy(only_connected)), World::new(Rules::roomy(only_connected))];
        for turn in history {
            let [one, other] = worlds.each_mut().map(|world| world.take(turn));
            assert_eq!(one, other);
        }
    }

    #[test]
    fn every_table_is_bounded(history in calm(), waiting in 0..3usize, matches in 0..3usize, only_connected: bool) {
        let mut world = World::new(Rules { waiting, matches, only_connected });
        for turn in history {
            let moment = world.take(turn);
            let census = world.queue.snapshot().census();
            assert!(census.waiting <= waiting && census.matches <= matches && world.stored() <= matches);
            assert!(moment.after.len() <= census.waiting + 2 * census.matches + census.connected, "an idle player takes no room");
            assert!(!matches!(moment.answer, Answer::Failed(_)), "a bound is an answer, not a failure: {moment:?}");
            if let Answer::Registered(Registered::AtCapacity) = moment.answer {
                assert!(only_connected && census.matches == matches, "there is room");
                assert_eq!(moment.before, moment.after, "nothing changes at the bound");
            }
            if let Answer::Found(Found::AtCapacity(_)) = moment.answer {
                assert!(census.waiting == waiting || census.matches == matches, "there is room");
                let ended = moment.recorded.iter().filter(|event| event.starts_with("TicketEnded")).count();
                assert!(ended > 0 || moment.before == moment.after, "nothing changes at the bound: {moment:?}");
            }
        }
    }
}

fn check_nothing_is_lost(world: &World, turn: Turn, moment: &Moment, over: &mut BTreeSet<MatchId>) {
    for sent in &moment.sent {
        if let Message::MatchFound { id, .. } | Message::MatchFinished { id } = sent.message {
            assert!(world.read(id).is_some(), "{sent:?} names a match that cannot be read");
        }
    }
    if let Some(id) = named(&moment.answer) {
        assert!(world.read(id).is_some(), "{:?} names a match that cannot be read", moment.answer);
    }
    over.extend(world.decided.iter().map(Match::id).filter(|&id| is_finished(world, id)));
    for match_ in world.decided.iter().filter(|match_| !over.contains(&match_.id())) {
        for player in match_.players() {
            assert_eq!(matched_id(&moment.standing_after(player)), Some(match_.id()), "a decided match stands");
        }
    }
    if let (Step::Find { player, key }, Answer::Found(found)) = (turn.step, &moment.answer) {
        let standing = moment.standing_after(&player_named(player));
        match found {
            Found::Waiting => assert_eq!(waiting_key(&standing), Some(key_named(key))),
            Found::AlreadyWaiting(ticket) => assert_eq!(standing, Standing::Waiting(ticket.clone())),
            Found::Matched(id) | Found::AlreadyMatched(id) => assert_eq!(matched_id(&standing), Some(*id)),
            Found::AtCapacity(capacity) => panic!("there is room, but {capacity:?} is reached"),
        }
    }
    if let (Step::Look { player }, Answer::Standing(standing)) = (turn.step, &moment.answer) {
        assert_eq!(standing.as_str(), moment.standing_after(&player_named(player)).as_str());
    }
    if moment.failed {
        return;
    }
    for number in 0..PLAYERS {
        let player = player_named(number);
        let stopped_waiting =
            waiting_key(&moment.standing_before(&player)).is_some() && moment.standing_after(&player) == Standing::Idle;
        let reported =
            moment.recorded.iter().any(|event| event.contains("TicketEnded") && event.contains(player.as_str()));
        assert!(!stopped_waiting || reported, "{player} waits no more, and nobody was told why");
    }
}

/// What holds of all that was ever heard, whatever failed.
fn check_who_hears_what(world: &World) {
    let matches: BTreeMap<_, _> = world.decided.iter().map(|match_| (match_.id(), match_)).collect();
    let mut finished = BTreeSet::new();
    for Sent { player, message, .. } in world.notifier.sent() {
        match message {
            Message::MatchFound { id, opponent } => {
                assert_eq!(matches[&id].opponent_of(&player), Some(&opponent));
                assert!(!finished.contains(&(player.clone(), id)), "{player} heard of {id} after its end");
            }
            Message::MatchFinished { id } => {
                assert!(matches[&id].opponent_of(&player).is_some());
                assert!(finished.insert((player, id)), "{id} ends once");
            }
            Message::Registered { .. } | Message::SearchEnded { .. } => {}
        }
    }
    for (player, socket) in world.notifier.live() {
        let found = founds(&since_registered(&world.notifier.sent(), &player, socket));
        let distinct: BTreeSet<_> = found.iter().collect();
        assert_eq!(distinct.len(), found.len(), "{player} got a copy on one registration");
    }
}

/// With a live socket a player waits as long as it lives, so the queue store must know of it, whatever failed.
fn check_live_are_connected(world: &World) {
    let players = world.players();
    for (player, socket) in world.notifier.live() {
        let connected = players.iter().any(|known| known.id == player && known.sockets.contains(&socket));
        assert!(connected, "{player} has {socket:?}, and counts with none of {players:?}");
    }
}

fn check_all_matched_are_told(world: &World) {
    for (player, socket) in world.notifier.live() {
        let heard = since_registered(&world.notifier.sent(), &player, socket);
        let players = world.players();
        let standing = players.iter().find(|known| known.id == player).map(|known| &known.standing);
        if let Some(id) = standing.and_then(matched_id) {
            assert_eq!(founds(&heard).last(), Some(&id), "{player} stands in it, and heard {heard:?}");
        }
    }
}

fn has_heard_of(world: &World, player: &PlayerId, id: MatchId) -> bool {
    let is_it = |message: &Message| matches!(message, Message::MatchFound { id: found, .. } if *found == id);
    world.notifier.sent().iter().any(|sent| sent.player == *player && is_it(&sent.message))
}

/// Nothing fails any more, and time goes on for long enough for a sweep to find what was left behind.
fn recover(world: &mut World) {
    for step in [Step::Pass(UNSETTLED_AGE), Step::Sweep] {
        world.take(Turn { step, fault: None });
    }
}

/// The same call once more: a registration on the socket that is open already.
fn repeated(step: Step) -> Step {
    match step {
        Step::Register { player, .. } => Step::Register { player, anew: false },
        other => other,
    }
}

fn since_registered(sent: &[Sent], player: &PlayerId, socket: SocketId) -> Vec<Message> {
    let mut heard = Vec::new();
    for sent in sent.iter().filter(|sent| sent.player == *player && sent.socket == socket) {
        if matches!(sent.message, Message::Registered { .. }) {
            heard.clear();
        }
        heard.push(sent.message.clone());
    }
    heard
}

/// The matches found that are not over for the one who heard of them.
fn founds(heard: &[Message]) -> Vec<MatchId> {
    let over: BTreeSet<_> = heard
        .iter()
        .filter_map(|message| if let Message::MatchFinished { id } = message { Some(*id) } else { None })
        .collect();
    let found =
        heard.iter().filter_map(|message| if let Message::MatchFound { id, .. } = message { Some(*id) } else { None });
    found.filter(|id| !over.contains(id)).collect()
}

fn named(answer: &Answer) -> Option<MatchId> {
    match answer {
        Answer::Found(Found::Matched(id) | Found::AlreadyMatched(id)) | Answer::Left(Left::AlreadyMatched(id)) => {
            Some(*id)
        }
        Answer::Standing(standing) => matched_id(standing),
        _ => None,
    }
}

fn matched_id(standing: &Standing) -> Option<MatchId> {
    if let Standing::Matched(pairing) = standing { Some(pairing.match_.id()) } else { None }
}

fn is_connected(players: &[Player], player: &PlayerId) -> bool {
    players.iter().any(|known| known.id == *player && !known.sockets.is_empty())
}

fn waiting_key(standing: &Standing) -> Option<QueueKey> {
    if let Standing::Waiting(ticket) = standing { Some(ticket.key.clone()) } else { None }
}

fn active_matches(world: &World) -> Vec<Match> {
    world.decided.iter().filter(|match_| is_active(world, match_.id())).cloned().collect()
}

fn is_active(world: &World, id: MatchId) -> bool {
    world.read(id).is_some_and(|match_| !match_.is_finished())
}

fn is_finished(world: &World, id: MatchId) -> bool {
    world.read(id).is_some_and(|match_| match_.is_finished())
}
