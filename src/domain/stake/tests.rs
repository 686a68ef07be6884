mod amount;

use proptest::prelude::*;

use super::*;

const ASSETS: [Asset; 3] = [Asset::Usdt, Asset::Eth, Asset::Ton];

fn asset() -> impl Strategy<Value = Asset> {
    prop::sample::select(ASSETS.to_vec())
}

#[test]
fn an_asset_has_one_spelling() {
    for asset in ASSETS {
        assert_eq!(asset.as_str().parse(), Ok(asset));
        assert_eq!(asset.to_string(), asset.as_str());
    }
    for text in ["", "usdt", "Usdt", "USDT ", " ETH", "USD", "USDC", "BTC", "TON\0", "ＥＴＨ"] {
        assert_eq!(text.parse::<Asset>(), Err(InvalidAsset), "{text:?}");
    }
}

#[test]
fn a_game_is_1_to_64_of_its_characters() {
    let longest = "g".repeat(64);
    for text in ["c", "chess", "Chess-960", "8_ball.pool", ".", "..", "-", "_", &longest] {
        assert_eq!(Game::parse(text).unwrap().as_str(), text);
    }
    for text in [
        "",
        "a b",
        "chess|USDT",
        "|",
        "шахматы",
        "chess\n",
        "a/b",
        "a:b",
        "a@b",
        "a+b",
        "a%20b",
        "a\0",
        "é",
        &"g".repeat(65),
    ] {
        assert_eq!(Game::parse(text), Err(InvalidGame), "{text:?}");
    }
}

#[test]
fn every_character_of_a_game_is_one_of_those_named() {
    let allowed = |character: char| character.is_ascii_alphanumeric() || "_-.".contains(character);
    for character in (0..0x250u32).filter_map(char::from_u32) {
        assert_eq!(Game::parse(&format!("a{character}b")).is_ok(), allowed(character), "{character:?}");
    }
}

#[test]
fn games_that_differ_in_case_are_two_games() {
    assert_ne!(Game::parse("chess").unwrap(), Game::parse("Chess").unwrap());
}

fn queue_key() -> impl Strategy<Value = QueueKey> {
    ("[a-b._-]{1,3}", asset(), "[1-3]{1,2}([.][1-3])?").prop_map(|(game, asset, amount)| {
        QueueKey::new(Game::parse(&game).unwrap(), Stake::parse(asset, &amount).unwrap())
    })
}

#[test]
fn a_queue_key_is_written_with_bars() {
    let stake = Stake::parse(Asset::Usdt, "20.0").unwrap();
    assert_eq!(QueueKey::new(Game::parse("chess").unwrap(), stake).to_string(), "chess|USDT|20");
}

proptest! {
    #[test]
    fn no_queue_key_imitates_another(one in queue_key(), other in queue_key()) {
        prop_assert_eq!(one.to_string() == other.to_string(), one == other);
    }

    #[test]
    fn a_written_queue_key_reads_back_as_itself(key in queue_key()) {
        let text = key.to_string();
        let [game, asset, amount] = text.split('|').collect::<Vec<_>>().try_into().unwrap();
        let read = QueueKey::new(Game::parse(game).unwrap(), Stake::parse(asset.parse().unwrap(), amount).unwrap());
        prop_assert_eq!(read, key);
    }
}
