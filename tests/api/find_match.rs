//! `POST /api/find-match`: each row of its table, and each field of its body.

use serde_json::json;

use crate::support::{CHESS, GO, Key, TestServer};

#[tokio::test]
async fn whoever_asks_first_waits() {
    let server = TestServer::start().await;

    server.find("alice", CHESS).await.assert_waiting();

    let standing = json!({"status": "waiting", "game": "chess", "asset": "USDT", "amount": 20});
    server.assert_standing("alice", standing).await;
}

#[tokio::test]
async fn whoever_asks_second_is_matched_with_the_first() {
    let server = TestServer::start().await;
    server.find("alice", CHESS).await.assert_waiting();

    let id = server.find("bob", CHESS).await.match_id();

    server.assert_matched("alice", &id).await;
    server.assert_matched("bob", &id).await;
    assert_eq!(server.match_(&id).await.json()["players"], json!(["alice", "bob"]));
}

#[tokio::test]
async fn a_retry_while_waiting_changes_nothing() {
    let server = TestServer::start().await;
    server.find("alice", CHESS).await.assert_waiting();

    server.find("alice", CHESS).await.assert_waiting();
    server.find("alice", CHESS).await.assert_waiting();

    assert_eq!(server.metric("matchmaker_queue_joins_total").await, 1);
    assert_eq!(server.metric("matchmaker_waiting_players").await, 1);
    let id = server.find("bob", CHESS).await.match_id();
    assert_eq!(server.match_(&id).await.json()["players"], json!(["alice", "bob"]));
}

#[tokio::test]
async fn asking_for_another_key_while_waiting_is_refused_with_the_key_that_stands() {
    let server = TestServer::start().await;
    server.find("alice", CHESS).await.assert_waiting();

    let answer = server.find("alice", GO).await;

    let key = json!({"game": "chess", "asset": "USDT", "amount": 20});
    answer.assert_problem_with(409, "already_waiting", &key);
    server.find("bob", GO).await.assert_waiting();
    server.find("carol", CHESS).await.match_id();
}

#[tokio::test]
async fn a_key_differs_by_its_game_its_asset_and_its_amount() {
    let server = TestServer::start().await;
    let keys = [
        CHESS,
        Key { game: "Chess", ..CHESS },
        Key { game: "chess.960", ..CHESS },
        Key { asset: "TON", ..CHESS },
        Key { asset: "ETH", ..CHESS },
        Key { amount: "20.000001", ..CHESS },
        Key { amount: "2", ..CHESS },
    ];
    for (index, key) in keys.into_iter().enumerate() {
        server.find(&format!("player{index}"), key).await.assert_waiting();
    }
    assert_eq!(server.metric("matchmaker_waiting_players").await, 7);
}

#[tokio::test]
async fn a_retry_after_the_match_names_the_match_that_stands() {
    let server = TestServer::start().await;
    let id = server.pair("alice", "bob", CHESS).await;

    assert_eq!(server.find("alice", CHESS).await.match_id(), id);
    assert_eq!(server.find("bob", CHESS).await.match_id(), id);
    assert_eq!(server.metric("matchmaker_matches_created_total").await, 1);
}

#[tokio::test]
async fn asking_for_another_key_while_matched_is_refused_with_the_match_that_stands() {
    let server = TestServer::start().await;
    let id = server.pair("alice", "bob", CHESS).await;

    let answer = server.find("alice", GO).await;

    answer.assert_problem_with(409, "already_matched", &json!({"matchId": id}));
    server.assert_matched("alice", &id).await;
    server.find("carol", GO).await.assert_waiting();
}

#[tokio::test]
async fn nobody_is_matched_with_somebody_who_is_matched_already() {
    let server = TestServer::start().await;
    let first = server.pair("alice", "bob", CHESS).await;

    server.find("carol", CHESS).await.assert_waiting();
    let second = server.find("dave", CHESS).await.match_id();

    assert_ne!(first, second);
    assert_eq!(server.match_(&second).await.json()["players"], json!(["carol", "dave"]));
}

#[tokio::test]
async fn every_character_that_an_id_or_a_game_may_have_is_taken() {
    let server = TestServer::start().await;
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let players = [format!("{alphabet}_-.:@|+="), "x".repeat(128), "...".into(), "chess|USDT|20".into(), "=".into()];
    for player in players {
        server.find(&player, CHESS).await;
        let standing = server.standing(&player).await;
        assert_ne!(standing.json()["status"], "idle", "{player}: {standing:?}");
    }
    let games = ["ABCxyz019_-.".to_owned(), "g".repeat(64), ".".into(), "..".into()];
    for (index, game) in games.into_iter().enumerate() {
        let body = format!(r#"{{"game":"{game}","asset":"ETH","amount":1,"playerId":"gamer{index}"}}"#);
        server.ask(body).await.assert_waiting();
        assert_eq!(server.standing(&format!("gamer{index}")).await.json()["game"], game);
    }
}

#[tokio::test]
async fn a_field_that_is_missing_or_wrong_is_named() {
    let server = TestServer::start().await;
    let long_player = format!(r#"{{"game":"chess","asset":"USDT","amount":20,"playerId":"{}"}}"#, "x".repeat(129));
    let long_game = format!(r#"{{"game":"{}","asset":"USDT","amount":20,"playerId":"alice"}}"#, "g".repeat(65));
    let refused = [
        ("game", r#"{"asset":"USDT","amount":20,"playerId":"alice"}"#),
        ("game", r#"{"game":"","asset":"USDT","amount":20,"playerId":"alice"}"#),
        ("game", r#"{"game":"chess|USDT","asset":"USDT","amount":20,"playerId":"alice"}"#),
        ("game", r#"{"game":"chess ","asset":"USDT","amount":20,"playerId":"alice"}"#),
        ("game", r#"{"game":"schäch","asset":"USDT","amount":20,"playerId":"alice"}"#),
        ("game", r#"{"game":"\u0000","asset":"USDT","amount":20,"playerId":"alice"}"#),
        ("game", r#"{"game":"\ud800","asset":"USDT","amount":20,"playerId":"alice"}"#),
        ("game", r#"{"game":7,"asset":"USDT","amount":20,"playerId":"alice"}"#),
        ("game", r#"{"game":null,"asset":"USDT","amount":20,"playerId":"alice"}"#),
        ("game", &long_game),
        ("asset", r#"{"game":"chess","amount":20,"playerId":"alice"}"#),
        ("asset", r#"{"game":"chess","asset":"usdt","amount":20,"playerId":"alice"}"#),
        ("asset", r#"{"game":"chess","asset":"BTC","amount":20,"playerId":"alice"}"#),
        ("asset", r#"{"game":"chess","asset":["USDT"],"amount":20,"playerId":"alice"}"#),
        ("amount", r#"{"game":"chess","asset":"USDT","playerId":"alice"}"#),
        ("playerId", r#"{"game":"chess","asset":"USDT","amount":20}"#),
        ("playerId", r#"{"game":"chess","asset":"USDT","amount":20,"playerId":""}"#),
        ("playerId", r#"{"game":"chess","asset":"USDT","amount":20,"playerId":"."}"#),
        ("playerId", r#"{"game":"chess","asset":"USDT","amount":20,"playerId":".."}"#),
        ("playerId", r#"{"game":"chess","asset":"USDT","amount":20,"playerId":"a b"}"#),
        ("playerId", r#"{"game":"chess","asset":"USDT","amount":20,"playerId":"a/b"}"#),
        ("playerId", r#"{"game":"chess","asset":"USDT","amount":20,"playerId":"a%41"}"#),
        ("playerId", r#"{"game":"chess","asset":"USDT","amount":20,"playerId":"alicé"}"#),
        ("playerId", r#"{"game":"chess","asset":"USDT","amount":20,"playerId":"a\u200bb"}"#),
        ("playerId", r#"{"game":"chess","asset":"USDT","amount":20,"playerId":"a\nb"}"#),
        ("playerId", r#"{"game":"chess","asset":"USDT","amount":20,"playerId":7}"#),
        ("playerId", r#"{"game":"chess","asset":"USDT","amount":20,"playerId":{"id":"alice"}}"#),
        ("playerId", &long_player),
    ];
    for (field, body) in refused {
        let answer = server.ask(body.to_owned()).await;
        assert_eq!(answer.status, 422, "{body}: {answer:?}");
        answer.assert_invalid(field);
    }
    assert_eq!(server.metric("matchmaker_waiting_players").await, 0);
}

#[tokio::test]
async fn ids_that_are_written_with_escapes_are_the_same_ids() {
    let server = TestServer::start().await;
    server.find("alice", CHESS).await.assert_waiting();

    let escaped = r#"{"g\u0061me":"ch\u0065ss","asset":"\u0055SDT","amount":"2\u0030","player\u0049d":"\u0061lice"}"#;
    server.ask(escaped).await.assert_waiting();

    assert_eq!(server.metric("matchmaker_queue_joins_total").await, 1);
}
