use std::{fmt, str::FromStr, sync::Arc};

/// Names a game; 1 to 64 of letters, digits and `_ - .`.
///
/// The separator of a written queue key, `|`, cannot occur, so no game's name imitates another key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Game(Arc<str>);

impl Game {
    /// The longest name, in characters.
    pub const MAX_LENGTH: usize = 64;

    /// Reads a game's name.
    ///
    /// # Errors
    ///
    /// [`InvalidGame`] when the text is empty, too long, or has another character.
    pub fn parse(text: &str) -> Result<Self, InvalidGame> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
        if (1..=Self::MAX_LENGTH).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidGame)
        }
    }

    /// The name as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Game {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for Game {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

/// The text is no game's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a game is 1 to 64 of letters, digits and _ - .")]
pub struct InvalidGame;

/// What a stake is paid in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Asset {
    /// Tether, counted to 6 decimals.
    Usdt,
    /// Ether, counted to 18 decimals.
    Eth,
    /// Toncoin, counted to 9 decimals.
    Ton,
}

impl Asset {
    /// Every asset.
    pub const ALL: [Self; 3] = [Self::Usdt, Self::Eth, Self::Ton];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Usdt => "USDT",
            Self::Eth => "ETH",
            Self::Ton => "TON",
        }
    }

    /// How many decimals an amount may have.
    #[must_use]
    pub const fn decimals(self) -> u32 {
        match self {
            Self::Usdt => 6,
            Self::Eth => 18,
            Self::Ton => 9,
        }
    }
}

impl FromStr for Asset {
    type Err = InvalidAsset;

    fn from_str(text: &str) -> Result<Self, InvalidAsset> {
        match text {
            "USDT" => Ok(Self::Usdt),
            "ETH" => Ok(Self::Eth),
            "TON" => Ok(Self::Ton),
            _ => Err(InvalidAsset),
        }
    }
}

impl fmt::Display for Asset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The text is no asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an asset is one of USDT, ETH and TON")]
pub struct InvalidAsset;

/// An exact amount: above zero, at most 1000000000000, in units of 10⁻¹⁸.
///
/// Equal amounts are equal however they were written. It is written in plain decimal notation, without trailing zeros.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount {
    whole: u64,
    /// What is left, in units of 10⁻¹⁸: less than one whole.
    fraction: u64,
}

impl Amount {
    const DECIMALS: u32 = 18;
    const ONE: u128 = 10u128.pow(Self::DECIMALS);
    const MAX: u128 = 1_000_000_000_000 * Self::ONE;
    /// The most significant digits that a valid amount can have: 13 before the point and 18 after it.
    const MAX_DIGITS: usize = 31;

    /// Reads an amount of `asset` from the text of a JSON number, in time linear in its length.
    ///
    /// # Errors
    ///
    /// [`InvalidAmount`] says which rule was broken.
    pub fn parse(text: &str, asset: Asset) -> Result<Self, InvalidAmount> {
        let number = JsonNumber::read(text).ok_or(InvalidAmount::NotANumber)?;
        let first = number.digits().position(|digit| digit != b'0').ok_or(InvalidAmount::NotPositive)?;
        if number.negative {
            return Err(InvalidAmount::NotPositive);
        }
        let trailing = number.digits().rev().take_while(|&digit| digit == b'0').count();
        let written = number.integer.len() + number.fraction.len();
        let significant = written - first - trailing;
        // The value is the significant digits times ten to the power of `scale`. Lengths are those of a text in
        // memory, so they fit an i64, and the exponent saturates far beyond any of them.
        let scale = number.exponent.saturating_sub(length(number.fraction.len())).saturating_add(length(trailing));
        if scale.saturating_add(length(significant)) > 13 {
            return Err(InvalidAmount::TooLarge);
        }
        if scale < -i64::from(asset.decimals()) {
            return Err(InvalidAmount::TooManyDecimals { asset });
        }
        debug_assert!(significant <= Self::MAX_DIGITS, "both ends are bounded above");
        let value = number
            .digits()
            .skip(first)
            .take(significant)
            .fold(0u128, |value, digit| value * 10 + u128::from(digit - b'0'));
        let power = u32::try_from(scale + i64::from(Self::DECIMALS)).map_err(|_| InvalidAmount::TooLarge)?;
        let value = value * 10u128.pow(power);
        match (u64::try_from(value / Self::ONE), u64::try_from(value % Self::ONE)) {
            (Ok(whole), Ok(fraction)) if value <= Self::MAX => Ok(Self { whole, fraction }),
            _ => Err(InvalidAmount::TooLarge),
        }
    }
}

fn length(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl fmt::Display for Amount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.whole)?;
        if self.fraction == 0 {
            return Ok(());
        }
        let digits = format!("{:018}", self.fraction);
        write!(formatter, ".{}", digits.trim_end_matches('0'))
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// The parts of a number in the grammar of RFC 8259, section 6.
struct JsonNumber<'a> {
    negative: bool,
    integer: &'a [u8],
    fraction: &'a [u8],
    /// Saturated: past the reach of an `i64` one exponent is as hopeless as another.
    exponent: i64,
}

impl<'a> JsonNumber<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let (negative, rest) = match text.as_bytes() {
            [b'-', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        let (integer, rest) = split_digits(rest)?;
        if integer.len() > 1 && integer[0] == b'0' {
            return None;
        }
        let (fraction, rest) = match rest {
            [b'.', rest @ ..] => split_digits(rest)?,
            rest => (&rest[..0], rest),
        };
        let exponent = match rest {
            [] => 0,
            [b'e' | b'E', rest @ ..] => read_exponent(rest)?,
            _ => return None,
        };
        Some(Self { negative, integer, fraction, exponent })
    }

    fn digits(&self) -> impl DoubleEndedIterator<Item = u8> {
        self.integer.iter().chain(self.fraction).copied()
    }
}

/// Splits off the digits at the start; there must be one at least.
fn split_digits(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let count = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (count > 0).then(|| bytes.split_at(count))
}

fn read_exponent(bytes: &[u8]) -> Option<i64> {
    let (sign, digits) = match bytes {
        [b'-', digits @ ..] => (-1, digits),
        [b'+', digits @ ..] | digits => (1, digits),
    };
    let (digits, rest) = split_digits(digits)?;
    let add = |value: i64, digit: &u8| value.saturating_mul(10).saturating_add(i64::from(digit - b'0'));
    rest.is_empty().then(|| sign * digits.iter().fold(0, add))
}

/// The text is no amount that can be staked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAmount {
    /// Not in the grammar of a JSON number.
    #[error("an amount is a JSON number, or a string that holds one, such as 20 or \"0.5\"")]
    NotANumber,
    /// Zero or below.
    #[error("an amount is above zero")]
    NotPositive,
    /// Above the largest stake.
    #[error("an amount is at most 1000000000000")]
    TooLarge,
    /// Finer than the asset can be divided.
    #[error("an amount of {asset} has at most {} decimals", asset.decimals())]
    TooManyDecimals {
        /// What the stake would be paid in.
        asset: Asset,
    },
}

/// What each of the two players puts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stake {
    asset: Asset,
    amount: Amount,
}

impl Stake {
    /// Reads a stake from an asset and the text of a JSON number.
    ///
    /// # Errors
    ///
    /// [`InvalidAmount`] when the text is no amount of that asset.
    pub fn parse(asset: Asset, amount: &str) -> Result<Self, InvalidAmount> {
        Amount::parse(amount, asset).map(|amount| Self { asset, amount })
    }

    /// What it is paid in.
    #[must_use]
    pub const fn asset(self) -> Asset {
        self.asset
    }

    /// How much.
    #[must_use]
    pub const fn amount(self) -> Amount {
        self.amount
    }
}

/// What two players must agree on to be paired; written `chess|USDT|20`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueueKey {
    game: Game,
    stake: Stake,
}

impl QueueKey {
    /// The queue of those who want this game at this stake.
    #[must_use]
    pub const fn new(game: Game, stake: Stake) -> Self {
        Self { game, stake }
    }

    /// The game to be played.
    #[must_use]
    pub const fn game(&self) -> &Game {
        &self.game
    }

    /// What each player puts in.
    #[must_use]
    pub const fn stake(&self) -> Stake {
        self.stake
    }
}

impl fmt::Display for QueueKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}|{}|{}", self.game, self.stake.asset, self.stake.amount)
    }
}

#[cfg(test)]
mod tests;
