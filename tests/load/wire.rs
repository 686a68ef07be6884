//! What is written: requests of the API and frames of a WebSocket, built in place, without allocating.

use std::{io::Write, time::SystemTime};

use crate::reading::TEXT;

/// A few names of the length that games have.
const GAMES: [&str; 8] = ["chess", "poker", "checkers", "backgammon", "go", "darts", "8-ball", "connect-four"];
const ASSETS: [&str; 3] = ["USDT", "ETH", "TON"];

/// A request without a body ends like this.
pub(crate) const NO_BODY: &[u8] = b" HTTP/1.1\r\nhost: load\r\ncontent-length: 0\r\n\r\n";

/// The key that the server derives its answer to a handshake from; any will do, and one is enough.
pub(crate) const HANDSHAKE: &[u8] = b"GET /ws HTTP/1.1\r\nhost: load\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
    sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// What belongs to it, by RFC 6455, section 1.3.
pub(crate) const ACCEPTED: &[u8] = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// The id of a player: 36 characters, as a UUID has.
pub(crate) type PlayerId = [u8; 36];

/// Players whom the server has not seen yet, each by a number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crowd(u64);

impl Crowd {
    /// A crowd that no earlier run had, so that a server can be measured again.
    pub(crate) fn new() -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self(now.as_secs() << 32 | u64::from(now.subsec_nanos()))
    }

    /// The id of a player of this crowd. The ends of all ids differ, and their beginnings are in no order.
    pub(crate) fn player(self, number: u64) -> PlayerId {
        let mut id = [b'-'; 36];
        let high = mixed(self.0 ^ mixed(number));
        let digits = (0..16).map(|place| high >> (60 - 4 * place));
        let digits = digits.chain((0..16).map(|place| ((self.0 << 40) ^ number) >> (60 - 4 * place)));
        let places = (0..36).filter(|place| !matches!(place, 8 | 13 | 18 | 23));
        for (place, digit) in places.zip(digits) {
            id[place] = b"0123456789abcdef"[usize::try_from(digit & 15).unwrap_or_default()];
        }
        id
    }
}

/// Spreads the bits of a number: the finish of `splitmix64`.
pub(crate) const fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// A queue key, by a number; all differ in the amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key(pub(crate) u64);

impl Key {
    pub(crate) fn game(self) -> &'static str {
        GAMES[usize::try_from(self.0 % GAMES.len() as u64).unwrap_or_default()]
    }

    pub(crate) fn asset(self) -> &'static str {
        ASSETS[usize::try_from(self.0 % ASSETS.len() as u64).unwrap_or_default()]
    }

    pub(crate) const fn amount(self) -> u64 {
        self.0 + 1
    }
}

/// Asks for an opponent.
pub(crate) fn find_match(request: &mut Vec<u8>, key: Key, player: &PlayerId) {
    let (game, asset, amount) = (key.game(), key.asset(), key.amount());
    let digits = amount.ilog10() as usize + 1;
    let length = r#"{"game":"","asset":"","amount":,"playerId":""}"#.len() + game.len() + asset.len() + digits + 36;
    request.extend_from_slice(b"POST /api/find-match HTTP/1.1\r\nhost: load\r\ncontent-type: application/json\r\n");
    write!(
        request,
        "content-length: {length}\r\n\r\n{{\"game\":\"{game}\",\"asset\":\"{asset}\",\"amount\":{amount},\"playerId\":\""
    )
    .expect("a Vec takes whatever is written to it");
    request.extend_from_slice(player);
    request.extend_from_slice(b"\"}");
}

/// Gives up the search of a player.
pub(crate) fn leave(request: &mut Vec<u8>, player: &PlayerId) {
    request.extend_from_slice(b"DELETE /api/find-match/");
    request.extend_from_slice(player);
    request.extend_from_slice(NO_BODY);
}

/// Finishes a match.
pub(crate) fn finish(request: &mut Vec<u8>, id: &[u8]) {
    request.extend_from_slice(b"POST /api/match/");
    request.extend_from_slice(id);
    request.extend_from_slice(b"/finish");
    request.extend_from_slice(NO_BODY);
}

/// A frame that registers a player.
pub(crate) fn register(frames: &mut Vec<u8>, player: &PlayerId) {
    let id = String::from_utf8_lossy(player);
    frame(frames, TEXT, format!(r#"{{"type":"register","playerId":"{id}"}}"#).as_bytes());
}

/// A frame from a client, masked with zeros, which leaves its payload as it is.
pub(crate) fn frame(frames: &mut Vec<u8>, first: u8, payload: &[u8]) {
    let length = u8::try_from(payload.len()).ok().filter(|length| *length < 126);
    frames.push(first);
    frames.push(0x80 | length.expect("the generator sends nothing longer"));
    frames.extend_from_slice(&[0; 4]);
    frames.extend_from_slice(payload);
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::reading::Members;

    #[test]
    fn players_of_one_crowd_and_of_the_next_all_differ() {
        let (one, next) = (Crowd(1 << 32), Crowd((1 << 32) + 1));
        let ids: HashSet<_> = (0..1000).flat_map(|number| [one.player(number), next.player(number)]).collect();
        assert_eq!(ids.len(), 2000);
    }

    #[test]
    fn a_request_says_how_long_its_body_is() {
        for key in [Key(0), Key(9), Key(98), Key(1_234_567)] {
            let (mut request, player) = (Vec::new(), Crowd(7).player(3));
            find_match(&mut request, key, &player);
            let text = String::from_utf8(request).expect("a request is text");
            let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
            assert!(head.ends_with(&format!("\r\ncontent-length: {}", body.len())), "{text}");
            let amount = key.amount().to_string();
            assert_eq!(Members::find(body.as_bytes(), "amount"), Some(amount.as_bytes()));
            assert_eq!(Members::find(body.as_bytes(), "playerId"), Some(player.as_slice()));
        }
    }
}
