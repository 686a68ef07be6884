//! What memory and Redis came to, side by side.

use super::{Each, Lane, Rounds, WINDOWS};
use crate::{
    options::Options,
    report::{Cell, Table},
};

pub(super) fn of(options: &Options, lanes: &[Lane<'_>], late: u32) -> Table {
    let mut table = Table::new("Memory beside Redis", lanes.iter().map(|lane| &lane.name));
    let connections = options.connections;
    rate(&mut table, lanes, format!("{connections} connections: requests/s"), |rounds| &rounds.request_rate);
    each(&mut table, lanes, "a request", |rounds| &rounds.request);
    rate(&mut table, lanes, format!("{} at a time: matches/s", options.in_flight), |rounds| &rounds.match_rate);
    each(&mut table, lanes, "a match", |rounds| &rounds.match_);
    let told = "one at a time: second request to both told, p50, µs";
    rate(&mut table, lanes, told.to_owned(), |rounds| &rounds.alone_p50);
    rate(&mut table, lanes, "  p99, µs".to_owned(), |rounds| &rounds.alone_p99);
    each(&mut table, lanes, "a match", |rounds| &rounds.alone);
    table.row("registering", []);
    each(&mut table, lanes, "a player", |rounds| &rounds.registration);
    table.row("finishing matches", []);
    each(&mut table, lanes, "a match", |rounds| &rounds.finish);
    table.row(format!("by themselves, while {} matches stand", options.pairs), []);
    each(&mut table, lanes, "a second", |rounds| &rounds.idle);
    table.note(format!(
        "{} rounds, in each of which servers and a Redis are started anew; Redis appends to a file, appendfsync {}",
        options.rounds,
        options.appendfsync.name()
    ));
    if late > 0 {
        table.note(format!(
            "{late} MORE ROUNDS COUNT FOR NOTHING: Redis was away or too late, and calls were answered 503"
        ));
    }
    table.note(format!(
        "requests: {} ms, each by somebody new under a key of his own; matches: {} pairs, {WINDOWS} times",
        options.time.as_millis(),
        options.pairs
    ));
    table.note(
        "two servers: the calls of a match are made of one and of the other, and one player's socket is at each;",
    );
    table.note("  one at a time, one server is asked and both players' sockets are at the other");
    table.note("server CPU is that of all servers together; they share the machine with Redis and with the generator");
    table.note("FCALL and XREAD are the round trips; what servers do by themselves meanwhile is among all numbers");
    table
}

type Runs = fn(&Rounds) -> &Vec<f64>;

fn rate(table: &mut Table, lanes: &[Lane<'_>], what: String, of: Runs) {
    table.row(what, lanes.iter().map(|lane| Cell::runs(of(&lane.rounds).clone())));
}

fn each(table: &mut Table, lanes: &[Lane<'_>], one: &str, of: fn(&Rounds) -> &Each) {
    let mut row = |what: String, runs: fn(&Each) -> &Vec<f64>| {
        table.row(what, lanes.iter().map(|lane| Cell::runs(runs(of(&lane.rounds)).clone())));
    };
    row(format!("  server CPU {one}, µs"), |each| &each.servers.each);
    row(format!("  Redis CPU {one}, µs"), |each| &each.store.each);
    row(format!("  FCALL {one}"), |each| &each.calls);
    row(format!("  XREAD {one}"), |each| &each.reads);
    row(format!("  commands within functions {one}"), |each| &each.within);
}
