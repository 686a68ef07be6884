//! What is played for: one key that is hot, and many that a few players each share.

use std::collections::HashMap;

use crate::checker::KeyNumber;

/// The queue keys of a run.
pub(crate) struct Keys {
    all: Vec<Key>,
    by_name: HashMap<String, KeyNumber>,
}

struct Key {
    game: String,
    asset: &'static str,
    /// The same amount, spelled in several ways, as JSON.
    spellings: Vec<String>,
}

impl Keys {
    /// The key for which everybody asks now and then.
    pub(crate) const HOT: KeyNumber = KeyNumber(0);

    /// The hot key, and so many others.
    pub(crate) fn new(others: u32) -> Self {
        let hot = Key { game: "chess".to_owned(), asset: "USDT", spellings: spellings("20") };
        let all: Vec<Key> = std::iter::once(hot).chain((1..=others).map(Key::new)).collect();
        let by_name =
            (0..).zip(&all).map(|(number, key)| (name(&key.game, key.asset, key.amount()), KeyNumber(number)));
        Self { by_name: by_name.collect(), all }
    }

    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.all.len()).unwrap_or(u32::MAX)
    }

    /// The key of this game, asset and amount, as the server writes it.
    pub(crate) fn find(&self, game: &str, asset: &str, amount: &str) -> Option<KeyNumber> {
        self.by_name.get(&name(game, asset, amount)).copied()
    }

    /// The members of a request for the key; `spelling` chooses how the amount is written.
    pub(crate) fn members(&self, key: KeyNumber, spelling: usize) -> String {
        let Key { game, asset, spellings } = &self.all[key.0 as usize];
        let amount = &spellings[spelling % spellings.len()];
        format!(r#""game":"{game}","asset":"{asset}","amount":{amount}"#)
    }
}

impl Key {
    fn new(number: u32) -> Self {
        let (asset, amount) = match number % 3 {
            0 => ("USDT", format!("{number}.25")),
            1 => ("ETH", format!("0.{number:017}1")),
            _ => ("TON", format!("{number}.000000001")),
        };
        // Some share the game and differ in the stake, some the other way round.
        Self { game: format!("game-{}", number % 50), asset, spellings: spellings(&amount) }
    }

    /// The amount as the server writes it.
    fn amount(&self) -> &str {
        &self.spellings[0]
    }
}

fn name(game: &str, asset: &str, amount: &str) -> String {
    format!("{game}|{asset}|{amount}")
}

fn spellings(amount: &str) -> Vec<String> {
    let decimals = amount.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let digits = amount.replace('.', "");
    let digits = digits.trim_start_matches('0');
    let padded = if decimals == 0 { format!("{amount}.00") } else { format!("{amount}0") };
    vec![amount.to_owned(), format!("\"{amount}\""), padded, format!("{digits}e-{decimals}")]
}
