//! Amounts: read without a float, kept exactly, written as plain decimal numbers.

use serde_json::json;

use crate::support::{CHESS, Key, TestServer};

/// Each asset with an amount that uses all of its decimals.
const FINEST: [(&str, &str); 3] =
    [("USDT", "123456789.123456"), ("TON", "0.123456789"), ("ETH", "999999999999.123456789012345678")];

fn body(asset: &str, amount: &str, player: &str) -> String {
    format!(r#"{{"game":"chess","asset":"{asset}","amount":{amount},"playerId":"{player}"}}"#)
}

#[tokio::test]
async fn one_stake_can_be_written_in_many_ways() {
    let server = TestServer::start().await;
    server.find("alice", CHESS).await.assert_waiting();

    let same = ["20", "20.0", "2e1", "2E+1", "200e-1", "0.2e2", "20.000000000000000000000000000000", "2.0e0001"];
    for amount in same {
        server.ask(body("USDT", amount, "alice")).await.assert_waiting();
        server.ask(body("USDT", &format!("\"{amount}\""), "alice")).await.assert_waiting();
    }
    server.ask(body("USDT", "\"20.00\"", "bob")).await.match_id();
}

#[tokio::test]
async fn every_decimal_survives_wherever_the_amount_is_written() {
    for (asset, amount) in FINEST {
        let server = TestServer::start().await;
        let expected = format!(r#""amount":{amount}"#);
        let mut socket = server.connect("alice").await;
        server.ask(body(asset, amount, "alice")).await.assert_waiting();

        let standing = server.standing("alice").await.text;
        assert!(standing.contains(&format!("{expected}}}")), "{standing}");
        let refusal = server.ask(body(asset, "1", "alice")).await;
        assert_eq!(refusal.status, 409);
        assert!(refusal.text.contains(&format!("{expected}}}")), "{}", refusal.text);

        let id = server.ask(body(asset, &format!("\"{amount}\""), "bob")).await.match_id();

        let document = server.match_(&id).await.text;
        assert!(document.contains(&format!("{expected},")), "{document}");
        let pushed = socket.text().await;
        assert!(pushed.contains(&format!("{expected},")), "{pushed}");
        let finished = server.finish(&id).await.text;
        assert!(finished.contains(&format!("{expected},")), "{finished}");
    }
}

#[tokio::test]
async fn amounts_that_differ_in_the_last_decimal_are_different_stakes() {
    let server = TestServer::start().await;
    server.ask(body("ETH", "0.000000000000000001", "alice")).await.assert_waiting();
    server.ask(body("ETH", "0.000000000000000002", "bob")).await.assert_waiting();
    server.ask(body("ETH", "1e-18", "carol")).await.match_id();
}

#[tokio::test]
async fn an_amount_is_written_in_plain_decimal_notation_without_trailing_zeros() {
    let written = [
        ("USDT", "1e12", "1000000000000"),
        ("USDT", "1e-6", "0.000001"),
        ("ETH", "1e-18", "0.000000000000000001"),
        ("TON", "5.50", "5.5"),
        ("TON", "\"100.000\"", "100"),
        ("USDT", "0.10", "0.1"),
        ("ETH", "12345678901.5E1", "123456789015"),
    ];
    let server = TestServer::start().await;
    for (index, (asset, amount, plain)) in written.into_iter().enumerate() {
        let player = format!("player{index}");
        server.ask(body(asset, amount, &player)).await.assert_waiting();
        let standing = server.standing(&player).await.text;
        assert!(standing.contains(&format!(r#""amount":{plain}}}"#)), "{amount}: {standing}");
    }
}

#[tokio::test]
async fn an_asset_bounds_the_decimals_of_its_amounts() {
    let server = TestServer::start().await;
    let refused = [
        ("USDT", "0.0000001"),
        ("USDT", "20.1234567"),
        ("USDT", "1e-7"),
        ("TON", "0.1234567891"),
        ("TON", "\"1e-10\""),
        ("ETH", "0.1234567890123456789"),
        ("ETH", "1e-19"),
    ];
    for (asset, amount) in refused {
        server.ask(body(asset, amount, "alice")).await.assert_invalid("amount");
    }
    server.ask(body("USDT", "1.1234560000000000000", "alice")).await.assert_waiting();
}

#[tokio::test]
async fn what_is_no_amount_is_refused() {
    let server = TestServer::start().await;
    let refused = [
        "0",
        "0.0",
        "-0",
        "0e5",
        "-1",
        "-1e-400",
        "1000000000000.000001",
        "1000000000001",
        "1e13",
        "true",
        "null",
        "[]",
        "{}",
        "[20]",
        r#""""#,
        r#"" 20""#,
        r#""20 ""#,
        r#""+20""#,
        r#"".5""#,
        r#""5.""#,
        r#""020""#,
        r#""0x14""#,
        r#""1_000""#,
        r#""1,5""#,
        r#""NaN""#,
        r#""Infinity""#,
        r#""٢٠""#,
        r#""２０""#,
        r#""1e""#,
        r#""1e+""#,
        r#""\"20\"""#,
        r#""\ud800""#,
        r#""20\u0000""#,
        r#""--1""#,
        r#""1e1e1""#,
        r#""1.2.3""#,
        "\"\u{a0}20\"",
    ];
    for amount in refused {
        let answer = server.ask(body("USDT", amount, "alice")).await;
        assert_eq!(answer.status, 422, "{amount}: {answer:?}");
        answer.assert_invalid("amount");
    }
    for amount in ["020", "+20", ".5", "5.", "NaN", "Infinity", "0x14", "1_000", "20,", "- 1"] {
        server.ask(body("USDT", amount, "alice")).await.assert_problem(400, "malformed_json");
    }
    server.assert_idle("alice").await;
}

#[tokio::test]
async fn a_hostile_number_is_refused() {
    let server = TestServer::start().await;
    let long = "9".repeat(5_000);
    let hostile = [
        "1e100000000".to_owned(),
        "1e-100000000".into(),
        "-1e99999999999999999999".into(),
        format!("1e{long}"),
        format!("1e-{long}"),
        long.clone(),
        format!("0.{}1", "0".repeat(5_000)),
        format!("0.{long}"),
        format!("{long}e-5000"),
    ];
    for amount in hostile {
        server.ask(body("ETH", &amount, "alice")).await.assert_invalid("amount");
        server.ask(body("ETH", &format!("\"{amount}\""), "alice")).await.assert_invalid("amount");
    }
    server.assert_idle("alice").await;
}

#[tokio::test]
async fn five_thousand_digits_that_say_twenty_say_twenty() {
    let server = TestServer::start().await;
    server.find("alice", CHESS).await.assert_waiting();

    let zeros = "0".repeat(5_000);
    server.ask(body("USDT", &format!("20.{zeros}"), "alice")).await.assert_waiting();
    server.ask(body("USDT", &format!("2{zeros}e-4999"), "bob")).await.match_id();
}

#[tokio::test]
async fn the_largest_stake_is_taken() {
    let server = TestServer::start().await;
    let largest = Key { amount: "1000000000000", ..CHESS };
    let id = server.pair("alice", "bob", largest).await;
    assert_eq!(server.match_(&id).await.json()["amount"], json!(1_000_000_000_000_u64));
}
