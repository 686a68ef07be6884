use super::*;
use crate::domain::{Asset, Game, QueueKey, Stake};

#[test]
fn the_terms_are_those_of_the_flags() {
    let refused = |arguments: &[&str], game, asset: Asset, amount| {
        let stake = Stake::parse(asset, amount).expect("a stake");
        let key = QueueKey::new(Game::parse(game).expect("a game"), stake);
        configured(arguments).terms().check(&key).err().map(|error| error.to_string())
    };
    let flags = ["--games=chess", "--games=go", "--min-stake=USDT=5", "--max-stake=ETH=0.5,TON=3"];
    assert_eq!(refused(&[], "whist", Asset::Usdt, "0.000001"), None);
    assert_eq!(refused(&flags, "go", Asset::Usdt, "5"), None);
    assert_eq!(refused(&["--games=chess, go", "--min-stake=TON=1, ETH=1"], "go", Asset::Usdt, "5"), None);
    assert_eq!(refused(&flags, "whist", Asset::Usdt, "5").as_deref(), Some("the games here are chess, go"));
    assert_eq!(refused(&flags, "go", Asset::Usdt, "4.9").as_deref(), Some("a stake in USDT is at least 5"));
    assert_eq!(refused(&flags, "go", Asset::Eth, "0.51").as_deref(), Some("a stake in ETH is at most 0.5"));
}

#[test]
fn terms_that_contradict_themselves_are_refused_in_one_line() {
    for arguments in [["--min-stake=USDT=5", "--max-stake=USDT=4"], ["--min-stake=TON=1", "--min-stake=TON=2"]] {
        let line = refusal(&arguments);
        assert!(line.ends_with("; see --games, --min-stake and --max-stake"), "{line}");
    }
    let line = refusal(&["--min-stake=USDT"]);
    assert!(line.ends_with("an asset and an amount are needed, such as USDT=5"), "{line}");
    for amount in ["", "five", "1,5", "0x5"] {
        let line = refusal(&[&format!("--min-stake=USDT={amount}")]);
        assert!(!line.contains("JSON"), "{line}");
    }
    let line = refusal(&["--max-stake=USDT=0.0000001"]);
    assert!(line.ends_with("an amount of USDT has at most 6 decimals"), "{line}");
}
