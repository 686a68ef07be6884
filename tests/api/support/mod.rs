//! A whole server on a port of its own, and clients that speak to it as anybody would.

mod clock;
mod faults;
mod http;
mod issuer;
mod node;
mod raw;
mod server;
mod socket;
mod store;

use std::time::Duration;

pub(crate) use faults::{Fault, Gate};
pub(crate) use http::{Answer, Connection, request};
pub(crate) use issuer::Issuer;
pub(crate) use raw::Raw;
pub(crate) use server::TestServer;
pub(crate) use socket::Socket;

/// How long anything that must happen may take; only a failing test ever waits for it.
const PATIENCE: Duration = Duration::from_secs(10);

/// What must happen soon.
pub(crate) async fn soon<T>(what: &str, happens: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, happens).await.unwrap_or_else(|_| panic!("this did not happen: {what}"))
}

/// A queue key as a client writes it; the amount is the text of a JSON value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    pub(crate) game: &'static str,
    pub(crate) asset: &'static str,
    pub(crate) amount: &'static str,
}

/// `chess|USDT|20`
pub(crate) const CHESS: Key = Key { game: "chess", asset: "USDT", amount: "20" };

/// `go|TON|0.5`
pub(crate) const GO: Key = Key { game: "go", asset: "TON", amount: "0.5" };

impl Key {
    pub(crate) fn body(self, player: &str) -> String {
        let Self { game, asset, amount } = self;
        format!(r#"{{"game":"{game}","asset":"{asset}","amount":{amount},"playerId":"{player}"}}"#)
    }
}

pub(crate) const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

pub(crate) const fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}
