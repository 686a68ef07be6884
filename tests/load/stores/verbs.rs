//! Which functions are called for what, one by one: Redis tells of each command that it runs to whoever asks to hear it. That
//! slows it down, so nothing is timed meanwhile.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpStream},
};

use super::{Kept, Lane};
use crate::{
    blocking::connect,
    closed,
    engine::{Engine, Outcome, PATIENCE},
    options::Options,
    pairs::{Finishing, Pairs},
    places::Places,
    play::{Pace, play},
    report::{Cell, Table},
};

/// How many pairs are listened to.
const PAIRS: usize = 300;

/// What is said when all before it has been heard.
const MARK: &str = "that-was-all";

/// How often each was called.
type Heard = BTreeMap<String, u64>;

/// What is listened to: for how many of what, what must have been called for each, and how often.
const PHASES: [(&str, usize, (&str, u64)); 3] = [
    ("registering, a player", 2 * PAIRS, ("connect", 1)),
    ("a match, one at a time", PAIRS, ("find", 2)),
    ("finishing, a match", PAIRS, ("finish", 1)),
];

/// Somebody who hears of each command.
struct Listener {
    address: SocketAddr,
    lines: BufReader<TcpStream>,
}

impl Listener {
    fn to(address: SocketAddr) -> Outcome<Self> {
        let mut stream = connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(b"MONITOR\r\n")?;
        let mut lines = BufReader::new(stream);
        let mut answer = String::new();
        lines.read_line(&mut answer)?;
        if answer == "+OK\r\n" {
            return Ok(Self { address, lines });
        }
        Err(format!("Redis does not tell of its commands: {answer}").into())
    }

    /// What was called since it was asked last.
    fn heard(&mut self) -> Outcome<Heard> {
        let mut other = connect(self.address)?;
        other.write_all(format!("ECHO {MARK}\r\n").as_bytes())?;
        let mut heard = Heard::new();
        let mut line = String::new();
        loop {
            line.clear();
            if self.lines.read_line(&mut line)? == 0 {
                return Err("Redis stopped telling of its commands".into());
            }
            if line.contains(MARK) {
                return Ok(heard);
            }
            if let Some(called) = called(&line) {
                *heard.entry(called.to_owned()).or_default() += 1;
            }
        }
    }
}

/// What a server called, if it was a server: a function by its verb, or another command.
fn called(line: &str) -> Option<&str> {
    let (from, words) = line.split_once("] ")?;
    if from.ends_with(" lua") {
        return None;
    }
    let mut words = words.split('"').skip(1).step_by(2);
    match (words.next()?, words.next()) {
        // The name of the library is put before, with a number, by underscores.
        ("FCALL", Some(function)) => function.splitn(3, '_').nth(2),
        // This program's own question.
        ("INFO", _) => None,
        (command, _) => Some(command),
    }
}

/// Listens to the lanes that have a store.
pub(super) fn measure(options: &Options, lanes: &[Lane<'_>]) -> Outcome<Table> {
    let lanes: Vec<&Lane<'_>> = lanes.iter().filter(|lane| lane.kept != Kept::InMemory).collect();
    let mut table = Table::new("Redis: what servers call, each", lanes.iter().map(|lane| &lane.name));
    let all = lanes.iter().map(|lane| lane.subject.named(listen(options, lane))).collect::<Outcome<Vec<_>>>()?;
    for (phase, (what, count, _)) in PHASES.into_iter().enumerate() {
        table.row(what, []);
        let mut verbs: Vec<&String> = all.iter().flat_map(|heard| heard[phase].keys()).collect();
        verbs.sort();
        verbs.dedup();
        for verb in verbs {
            #[expect(clippy::cast_precision_loss, reason = "they are some thousands")]
            let each = all.iter().map(|heard| Cell::one(times(&heard[phase], verb) as f64 / count as f64));
            table.row(format!("  {verb}"), each);
        }
    }
    table.note(format!(
        "{PAIRS} pairs; what servers do by themselves is there too: beat, TIME, and a sweep each second"
    ));
    Ok(table)
}

/// What was called in each phase.
fn listen(options: &Options, lane: &Lane<'_>) -> Outcome<[Heard; 3]> {
    let nodes = lane.kept.start(options, lane.subject, &[])?;
    let store = nodes.store.as_ref().ok_or("there is no Redis")?;
    let mut engine = Engine::connect(Places::apart(&nodes.addresses()), 0)?;
    let mut listener = Listener::to(store.address())?;
    let mut next = || {
        // What a call leaves to be done is done by then.
        nodes.work()?;
        listener.heard()
    };
    let mut pairs = Pairs::register(&mut engine, PAIRS, 0)?;
    let registering = next()?;
    engine.renew_lanes(1)?;
    play(&mut engine, &mut pairs, PAIRS, Pace::Closed(1))?;
    let making = next()?;
    closed::run(&mut engine, &mut Finishing::new(&mut pairs, PAIRS, 1), None)?;
    let all = [registering, making, next()?];
    for ((what, count, (verb, often)), heard) in PHASES.into_iter().zip(&all) {
        if times(heard, verb) < often * count as u64 {
            return Err(format!("{what}: Redis tells of {heard:?} for {count}").into());
        }
    }
    drop(engine);
    nodes.end()?;
    Ok(all)
}

fn times(heard: &Heard, verb: &str) -> u64 {
    heard.get(verb).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_servers_call_is_told_from_what_functions_do() {
        for (line, expected) in [
            (
                r#"+17.6 [0 127.0.0.1:58098] "FCALL" "matchmaker_fb61085a5ee1597c_end_overdue" "1" "{m}""#,
                Some("end_overdue"),
            ),
            (r#"+17.6 [0 127.0.0.1:58098] "XREAD" "COUNT" "256""#, Some("XREAD")),
            (r#"+17.6 [0 127.0.0.1:58098] "TIME""#, Some("TIME")),
            (r#"+17.6 [0 127.0.0.1:58098] "INFO" "commandstats""#, None),
            (r#"+17.6 [0 lua] "HGET" "{m}:players" "alice""#, None),
            ("+OK", None),
        ] {
            assert_eq!(called(line), expected, "{line}");
        }
    }
}
