use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::{
    adapters::{
        http::read_request,
        websocket::{Registration, read_registration},
    },
    domain::{Asset, Game, PlayerId, Stake},
};

/// An amount that is taken has one plain form, which is the same amount.
pub(super) fn amount(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    for asset in [Asset::Usdt, Asset::Eth, Asset::Ton] {
        let Ok(stake) = Stake::parse(asset, text) else { continue };
        let plain = stake.amount().to_string();
        assert!(plain.len() <= "1000000000000.".len() + 18, "{plain} is long");
        assert!(plain.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'), "{plain} is not plain");
        assert!(!plain.contains('.') || !plain.ends_with(['0', '.']), "{plain} has zeros behind");
        assert!(plain == "0" || !plain.starts_with("00"), "{plain} has zeros before");
        assert_eq!(Stake::parse(asset, &plain).as_ref(), Ok(&stake), "{text} became {plain}");
    }
}

/// A name that is taken is what it was, and short.
pub(super) fn name(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    if let Ok(player) = PlayerId::parse(text) {
        assert_eq!(player.as_str(), text);
        assert!(text.len() <= PlayerId::MAX_LENGTH && !text.contains(['/', '?', '#', '%', '"', '\\', ' ']));
    }
    if let Ok(game) = Game::parse(text) {
        assert_eq!(game.as_str(), text);
        assert!(text.len() <= Game::MAX_LENGTH && !text.contains(['|', '/', '"', '\\', ' ']));
    }
}

/// A call that is taken is a JSON object that says what was read from it.
pub(super) fn call(input: &[u8]) {
    let Ok((player, key)) = read_request(input) else { return };
    assert_eq!(member(input, "playerId"), player.as_str());
    assert_eq!(member(input, "game"), key.game().as_str());
    assert_eq!(member(input, "asset"), key.stake().asset().as_str());
    let (game, asset, amount) = (key.game(), key.stake().asset(), key.stake().amount());
    let again = format!(r#"{{"game":"{game}","asset":"{asset}","amount":{amount},"playerId":"{player}"}}"#);
    let again = read_request(again.as_bytes()).ok();
    assert_eq!(again, Some((player, key)));
}

/// A registration that is taken is a JSON object that says so.
pub(super) fn registration(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let Ok(Registration { player, token }) = read_registration(text) else { return };
    assert_eq!(member(input, "type"), "register");
    assert_eq!(member(input, "playerId"), player.as_str());
    if let Some(token) = token {
        // What is no string goes on as it stands, to be refused as a token where tokens are looked at.
        let text = raw_member(input, "token");
        assert_eq!(serde_json::from_str(text).unwrap_or_else(|_| text.to_owned()), token);
    }
}

/// A string member of an object, as another parser reads it.
fn member(input: &[u8], name: &str) -> String {
    serde_json::from_str(raw_member(input, name)).expect("what was taken is a string")
}

fn raw_member<'i>(input: &'i [u8], name: &str) -> &'i str {
    let object: BTreeMap<String, &RawValue> = serde_json::from_slice(input).expect("what was taken is a JSON object");
    object[name].get()
}
