use super::*;

/// A number of players who each wait for a game of their own, and whose names are the games'.
fn fill(queue: &mut Queue, count: usize) -> Vec<String> {
    let games: Vec<_> = (0..count).map(|number| format!("game-{number:03}")).collect();
    for game in &games {
        queue.join(game, game);
    }
    games
}

fn waiting_for(queue: &Queue, game: &str) -> Option<usize> {
    queue.policy.census().waiting_by_game.get(&(Game::parse(game).unwrap(), Asset::Usdt)).copied()
}

#[test]
fn players_who_wait_are_counted_by_game_and_asset_whatever_the_amount() {
    let mut queue = Queue::new();
    let keys = [(Asset::Usdt, "20"), (Asset::Usdt, "21"), (Asset::Ton, "20")];
    for (asset, amount) in keys {
        let key = QueueKey::new(Game::parse("chess").unwrap(), Stake::parse(asset, amount).unwrap());
        let id = MatchId::from_uuid(Uuid::from_u128(0));
        queue.policy.find(queue.now, &player(&format!("{asset}-{amount}")), &key, id);
    }
    queue.join("gina", "go");
    let census = queue.policy.census();
    let told: Vec<_> =
        census.waiting_by_game.iter().map(|((game, asset), waiting)| (game.as_str(), *asset, *waiting)).collect();
    assert_eq!(told, [("chess", Asset::Usdt, 2), ("chess", Asset::Ton, 1), ("go", Asset::Usdt, 1)]);
    assert_eq!((census.waiting, census.waiting_elsewhere), (4, 0));
}

#[test]
fn whoever_waits_no_more_is_not_counted_whatever_became_of_him() {
    let mut queue = Queue::new();
    for end in ["leaves", "is paired", "expires"] {
        queue.join("anna", "chess");
        assert_eq!(waiting_for(&queue, "chess"), Some(1));
        match end {
            "leaves" => drop(queue.leave("anna")),
            "is paired" => {
                let match_ = queue.pair("bert", "chess");
                assert_eq!(queue.policy.census().waiting_by_game.len(), 0);
                queue.policy.release(&match_);
            }
            _ => {
                queue.pass(SEARCH);
                queue.end_overdue();
            }
        }
        assert_eq!(queue.policy.census(), Census::default(), "he {end}");
    }
}

#[test]
fn past_the_bound_new_games_are_counted_together() {
    let mut queue = Queue::with_bounds(1_000, 1_000);
    let games = fill(&mut queue, Census::MAX_GAMES + 9);
    let census = queue.policy.census();
    assert_eq!((census.waiting_by_game.len(), census.waiting_elsewhere), (Census::MAX_GAMES, 9));
    assert_eq!(census.waiting, Census::MAX_GAMES + 9);
    for (number, game) in games.iter().enumerate() {
        assert_eq!(waiting_for(&queue, game), (number < Census::MAX_GAMES).then_some(1));
    }
}

#[test]
fn a_ticket_is_discounted_where_it_was_counted_though_its_game_has_found_room_since() {
    let mut queue = Queue::with_bounds(1_000, 1_000);
    let games = fill(&mut queue, Census::MAX_GAMES + 1);
    let late = &games[Census::MAX_GAMES];
    queue.leave(&games[0]);
    assert_eq!((waiting_for(&queue, &games[0]), waiting_for(&queue, late)), (None, None), "nobody is counted anew");
    let dearer = QueueKey::new(Game::parse(late).unwrap(), Stake::parse(Asset::Usdt, "21").unwrap());
    queue.policy.find(queue.now, &player("anna"), &dearer, MatchId::from_uuid(Uuid::from_u128(0)));
    assert_eq!((waiting_for(&queue, late), queue.policy.census().waiting_elsewhere), (Some(1), 1));
    queue.leave(late);
    assert_eq!((waiting_for(&queue, late), queue.policy.census().waiting_elsewhere), (Some(1), 0));
    queue.leave("anna");
    assert_eq!((waiting_for(&queue, late), queue.policy.census().waiting_elsewhere), (None, 0));
}
