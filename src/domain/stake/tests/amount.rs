use super::*;

fn parse(text: &str, asset: Asset) -> Result<String, InvalidAmount> {
    Amount::parse(text, asset).map(|amount| amount.to_string())
}

#[test]
fn an_amount_is_the_same_however_it_is_written() {
    let twenty = Amount::parse("20", Asset::Usdt).unwrap();
    for text in
        ["20.0", "20.00", "2e1", "2E1", "2e+1", "2.0e1", "200e-1", "0.2e2", "0.0020e4", "2e0000001", "20e0", "20e-0"]
    {
        assert_eq!(Amount::parse(text, Asset::Usdt), Ok(twenty), "{text}");
    }
}

#[test]
fn an_amount_is_shown_in_plain_decimal_notation_without_trailing_zeros() {
    let cases = [
        ("20.500", "20.5"),
        ("1e12", "1000000000000"),
        ("1000000000000.000", "1000000000000"),
        ("1e-18", "0.000000000000000001"),
        ("10e-1", "1"),
        ("1.000000000000000001", "1.000000000000000001"),
        ("999999999999.999999999999999999", "999999999999.999999999999999999"),
        ("0.123456789012345678", "0.123456789012345678"),
    ];
    for (text, shown) in cases {
        assert_eq!(parse(text, Asset::Eth).as_deref(), Ok(shown), "{text}");
    }
}

#[test]
fn what_is_not_in_the_grammar_of_a_json_number_is_no_amount() {
    let words = "- + +20 --1 -+1 .5 -.5 1. -1. 1.e1 . 1..2 1.2.3 01 00 007 -01 00.5 1e 1e+ 1e- 1e1.5 1e1e1 e1 0x14 0b1 0o7 \
                 1_000 1,000 1,5 inf Infinity -Infinity nan NaN null true \"20\" twenty 20USDT $20 ２０ ٢٠ ½ 20f 20n 1e１";
    let blanks = ["", " ", " 20", "20 ", "2 0", "\t20", "20\n", "1e +1", "20\0", "1\u{a0}"];
    for text in words.split_ascii_whitespace().chain(blanks) {
        assert_eq!(parse(text, Asset::Eth), Err(InvalidAmount::NotANumber), "{text:?}");
    }
}

#[test]
fn an_amount_is_above_zero() {
    let texts = "0 -0 0.0 -0.0 0e5 0e999999999 -0e-999999999 0.000e99 -1 -0.000001 -1e99 -1e-99";
    for text in texts.split(' ') {
        assert_eq!(parse(text, Asset::Usdt), Err(InvalidAmount::NotPositive), "{text}");
    }
}

#[test]
fn an_amount_is_at_most_a_million_millions() {
    for asset in ASSETS {
        assert_eq!(parse("1000000000000", asset).as_deref(), Ok("1000000000000"));
        for text in
            ["1000000000000.1", "1000000000001", "1000000000000.000001", "9999999999999", "10000000000000", "1e13"]
        {
            assert_eq!(parse(text, asset), Err(InvalidAmount::TooLarge), "{text} {asset}");
        }
    }
}

#[test]
fn an_amount_has_no_more_decimals_than_its_asset_once_trailing_zeros_are_dropped() {
    for (asset, decimals) in [(Asset::Usdt, 6), (Asset::Ton, 9), (Asset::Eth, 18)] {
        let finest = format!("0.{}1", "0".repeat(decimals - 1));
        let finer = format!("0.{}1", "0".repeat(decimals));
        assert_eq!(parse(&finest, asset).as_deref(), Ok(&*finest));
        assert_eq!(parse(&format!("{finest}000"), asset).as_deref(), Ok(&*finest));
        assert_eq!(parse(&format!("1e-{decimals}"), asset).as_deref(), Ok(&*finest));
        assert_eq!(parse(&finer, asset), Err(InvalidAmount::TooManyDecimals { asset }));
        assert_eq!(parse(&format!("1e-{}", decimals + 1), asset), Err(InvalidAmount::TooManyDecimals { asset }));
        assert_eq!(parse(&format!("10e-{}", decimals + 1), asset).as_deref(), Ok(&*finest));
    }
}

#[test]
fn a_hostile_number_is_refused_for_what_it_is() {
    let zeros = "0".repeat(5_000);
    let nines = "9".repeat(5_000);
    let too_fine = InvalidAmount::TooManyDecimals { asset: Asset::Eth };
    let cases = [
        ("1e100000000".to_owned(), InvalidAmount::TooLarge),
        ("1e-100000000".to_owned(), too_fine),
        (format!("1e{nines}"), InvalidAmount::TooLarge),
        (format!("1e-{nines}"), too_fine),
        (format!("0.{zeros}1e{nines}"), InvalidAmount::TooLarge),
        (format!("1{zeros}e-{nines}"), too_fine),
        (format!("0e{nines}"), InvalidAmount::NotPositive),
        (format!("0.{zeros}e-{nines}"), InvalidAmount::NotPositive),
        ("1e9223372036854775807".to_owned(), InvalidAmount::TooLarge),
        ("1e-9223372036854775808".to_owned(), too_fine),
        ("10.0e9223372036854775807".to_owned(), InvalidAmount::TooLarge),
        ("0.01e-9223372036854775808".to_owned(), too_fine),
        (nines.clone(), InvalidAmount::TooLarge),
        (format!("1{zeros}"), InvalidAmount::TooLarge),
        (format!("0.{nines}"), too_fine),
        (format!("0.{zeros}1"), too_fine),
        (format!("{zeros}1"), InvalidAmount::NotANumber),
    ];
    for (text, refusal) in cases {
        let shown = format!("{}… of {} characters", &text[..text.len().min(20)], text.len());
        assert_eq!(parse(&text, Asset::Eth), Err(refusal), "{shown}");
    }
}

#[test]
fn thousands_of_digits_are_no_offence_when_they_change_nothing() {
    let zeros = "0".repeat(5_000);
    for text in [
        format!("20.{zeros}"),
        format!("2{zeros}e-4999"),
        format!("0.{zeros}2e5002"),
        format!("20e{zeros}"),
        format!("2e{zeros}1"),
    ] {
        assert_eq!(parse(&text, Asset::Usdt).as_deref(), Ok("20"));
    }
}

/// A number in parts, so that the reference below needs no parser.
#[derive(Clone, Debug)]
struct Parts {
    integer: String,
    fraction: String,
    exponent: i32,
}

impl Parts {
    fn text(&self, upper: bool, plus: bool) -> String {
        let mut text = self.integer.clone();
        if !self.fraction.is_empty() {
            text = format!("{text}.{}", self.fraction);
        }
        if self.exponent != 0 || upper {
            let sign = if plus && self.exponent >= 0 { "+" } else { "" };
            text = format!("{text}{}{sign}{}", if upper { 'E' } else { 'e' }, self.exponent);
        }
        text
    }

    /// The digits before and after the point, by moving the point as one does on paper.
    fn plain(&self) -> (String, String) {
        let mut whole = self.integer.clone();
        let mut fraction = self.fraction.clone();
        for _ in 0..self.exponent {
            whole.push(if fraction.is_empty() { '0' } else { fraction.remove(0) });
        }
        for _ in self.exponent..0 {
            fraction.insert(0, whole.pop().unwrap_or('0'));
        }
        (whole.trim_start_matches('0').to_owned(), fraction.trim_end_matches('0').to_owned())
    }

    /// The rules broken, or else how the amount is shown.
    fn expected(&self, asset: Asset) -> Result<String, Vec<InvalidAmount>> {
        let (whole, fraction) = self.plain();
        let limit = "1000000000000";
        let above_limit = match whole.len().cmp(&limit.len()) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => whole.as_str() > limit || (whole == limit && !fraction.is_empty()),
            std::cmp::Ordering::Greater => true,
        };
        let mut broken = Vec::new();
        if whole.is_empty() && fraction.is_empty() {
            broken.push(InvalidAmount::NotPositive);
        }
        if above_limit {
            broken.push(InvalidAmount::TooLarge);
        }
        if fraction.len() > asset.decimals() as usize {
            broken.push(InvalidAmount::TooManyDecimals { asset });
        }
        if !broken.is_empty() {
            return Err(broken);
        }
        let whole = if whole.is_empty() { "0" } else { &whole };
        Ok(if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") })
    }
}

fn parts() -> impl Strategy<Value = Parts> {
    ("0|[1-9][0-9]{0,15}|10{9,14}", "|0{0,4}[0-9]{1,20}0{0,4}", -30i32..30)
        .prop_map(|(integer, fraction, exponent)| Parts { integer, fraction, exponent })
}

/// The grammar of RFC 8259, section 6, as the states of a machine that reads one character at a time.
fn is_json_number(text: &str) -> bool {
    let end = text.chars().try_fold("start", |state, character| {
        Some(match (state, character) {
            ("start", '-') => "minus",
            ("start" | "minus", '0') => "zero",
            ("start" | "minus", '1'..='9') | ("integer", '0'..='9') => "integer",
            ("zero" | "integer", '.') => "point",
            ("point" | "fraction", '0'..='9') => "fraction",
            ("zero" | "integer" | "fraction", 'e' | 'E') => "e",
            ("e", '+' | '-') => "sign",
            ("e" | "sign" | "exponent", '0'..='9') => "exponent",
            _ => return None,
        })
    });
    matches!(end, Some("zero" | "integer" | "fraction" | "exponent"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_096))]

    #[test]
    fn every_amount_agrees_with_arithmetic_on_paper(parts in parts(), asset in asset(), upper: bool, plus: bool) {
        let text = parts.text(upper, plus);
        match (parse(&text, asset), parts.expected(asset)) {
            (Ok(shown), expected) => prop_assert_eq!(Ok(shown), expected, "{}", text),
            (Err(refusal), Err(broken)) => prop_assert!(broken.contains(&refusal), "{text}: {refusal:?} but {broken:?}"),
            (Err(refusal), Ok(shown)) => prop_assert!(false, "{text} is {shown}, but refused: {refusal}"),
        }
    }

    #[test]
    fn an_amount_that_is_shown_reads_back_as_itself(parts in parts(), asset in asset()) {
        if let Ok(amount) = Amount::parse(&parts.text(false, false), asset) {
            let shown = amount.to_string();
            prop_assert!(!shown.contains(['e', 'E', '+', '-']));
            prop_assert_eq!(Amount::parse(&shown, asset), Ok(amount));
        }
    }

    #[test]
    fn exactly_the_grammar_of_a_json_number_is_read(text in "[-+]?[0-9 x.]{0,3}[.]?[0-9_]{0,3}[eE]?[-+]?[0-9.]{0,3}") {
        let read = parse(&text, Asset::Eth) != Err(InvalidAmount::NotANumber);
        prop_assert_eq!(read, is_json_number(&text), "{:?}", text);
    }

    #[test]
    fn no_text_at_all_makes_reading_an_amount_panic(text: String, asset in asset()) {
        let read = parse(&text, asset) != Err(InvalidAmount::NotANumber);
        prop_assert_eq!(read, is_json_number(&text));
    }

    #[test]
    fn amounts_are_ordered_as_numbers(one in 1u64..10_000_000_000, other in 1u64..10_000_000_000) {
        let [low, high] = [one, other].map(|millionths| Amount::parse(&format!("{millionths}e-6"), Asset::Usdt).unwrap());
        prop_assert_eq!(low.cmp(&high), one.cmp(&other));
    }
}
