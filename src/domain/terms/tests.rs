use super::*;

fn games<const N: usize>(names: [&str; N]) -> Vec<Game> {
    names.map(|name| Game::parse(name).unwrap()).into()
}

fn stake(asset: Asset, amount: &str) -> Stake {
    Stake::parse(asset, amount).unwrap()
}

fn key(game: &str, asset: Asset, amount: &str) -> QueueKey {
    QueueKey::new(Game::parse(game).unwrap(), stake(asset, amount))
}

/// What the terms say of a key: the field and the text of the refusal.
fn refusal(terms: &Terms, game: &str, asset: Asset, amount: &str) -> Option<(&'static str, String)> {
    terms.check(&key(game, asset, amount)).err().map(|error| (error.field(), error.to_string()))
}

#[test]
fn by_default_every_game_exists_and_every_stake_is_taken() {
    for terms in [Terms::default(), Terms::new(None, [], []).unwrap()] {
        assert_eq!(refusal(&terms, "anything", Asset::Eth, "0.000000000000000001"), None);
        assert_eq!(refusal(&terms, "anything", Asset::Usdt, "1000000000000"), None);
    }
}

#[test]
fn only_the_listed_games_exist_to_the_letter() {
    let terms = Terms::new(Some(games(["go", "chess", "go"])), [], []).unwrap();
    for game in ["chess", "go"] {
        assert_eq!(refusal(&terms, game, Asset::Usdt, "20"), None);
    }
    for game in ["Chess", "ches", "chess-", "dice"] {
        let expected = ("game", "the games here are chess, go".to_owned());
        assert_eq!(refusal(&terms, game, Asset::Usdt, "20"), Some(expected), "{game}");
    }
}

#[test]
fn a_refusal_names_a_few_games_and_counts_the_others_however_many_there_are() {
    let longest = |number: usize| Game::parse(&format!("{number:0>64}")).unwrap();
    for (count, ending) in [(8, "7"), (9, " and 1 more"), (1_000, " and 992 more")] {
        let terms = Terms::new(Some((0..count).map(longest).collect()), [], []).unwrap();
        let (_, text) = refusal(&terms, "dice", Asset::Usdt, "20").unwrap();
        assert!(text.ends_with(ending), "{text}");
        assert!(text.len() < 600, "{text}");
    }
}

#[test]
fn a_stake_lies_between_the_limits_of_its_asset_both_included() {
    let least = [stake(Asset::Usdt, "5"), stake(Asset::Eth, "0.1")];
    let greatest = [stake(Asset::Usdt, "1000"), stake(Asset::Ton, "7")];
    let terms = Terms::new(None, least, greatest).unwrap();
    let taken = [
        (Asset::Usdt, "5"),
        (Asset::Usdt, "5.00"),
        (Asset::Usdt, "1e3"),
        (Asset::Eth, "0.1"),
        (Asset::Eth, "1000000000000"),
        (Asset::Ton, "0.000000001"),
        (Asset::Ton, "7"),
    ];
    for (asset, amount) in taken {
        assert_eq!(refusal(&terms, "chess", asset, amount), None, "{asset} {amount}");
    }
    let refused = [
        (Asset::Usdt, "4.999999", "a stake in USDT is at least 5"),
        (Asset::Usdt, "1000.000001", "a stake in USDT is at most 1000"),
        (Asset::Eth, "0.099999999999999999", "a stake in ETH is at least 0.1"),
        (Asset::Ton, "7.000000001", "a stake in TON is at most 7"),
    ];
    for (asset, amount, text) in refused {
        assert_eq!(refusal(&terms, "chess", asset, amount), Some(("amount", text.to_owned())));
    }
}

#[test]
fn the_game_is_looked_at_first() {
    let terms = Terms::new(Some(games(["chess"])), [stake(Asset::Usdt, "5")], []).unwrap();
    assert_eq!(refusal(&terms, "dice", Asset::Usdt, "1").unwrap().0, "game");
}

#[test]
fn one_stake_may_be_the_only_one() {
    let only = stake(Asset::Usdt, "20");
    let terms = Terms::new(None, [only], [only]).unwrap();
    assert_eq!(refusal(&terms, "chess", Asset::Usdt, "20"), None);
}

#[test]
fn terms_on_which_nobody_could_be_paired_are_refused_in_one_line() {
    let (five, six) = (stake(Asset::Usdt, "5"), stake(Asset::Usdt, "6"));
    let contradictory = [
        (Terms::new(Some(games([])), [], []), "a list of games names one game at least"),
        (Terms::new(None, [six], [five]), "the least stake in USDT, 6, is above the greatest, 5"),
        (Terms::new(None, [five, six], []), "the least stake in USDT is set twice"),
        (Terms::new(None, [], [five, five]), "the greatest stake in USDT is set twice"),
    ];
    for (terms, text) in contradictory {
        assert_eq!(terms.unwrap_err().to_string(), text);
    }
}
