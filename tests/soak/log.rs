//! Follows the logs of several servers as one: what happened is told by one of them, and once.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, PipeReader, Write},
    thread::JoinHandle,
};

use serde::Deserialize;

use crate::{
    checker::{Line, MatchId},
    world::World,
};

/// A log that is read until its server ends.
pub(crate) type Following = JoinHandle<io::Result<()>>;

/// The members of all lines that matter here, each where it belongs.
#[derive(Deserialize)]
struct Told<'a> {
    message: &'a str,
    player_id: Option<&'a str>,
    match_id: Option<&'a str>,
    first_player_id: Option<&'a str>,
    second_player_id: Option<&'a str>,
    reason: Option<&'a str>,
}

/// Reads a log to its end, tells the checker, and writes a copy.
pub(crate) fn follow(world: &World, log: PipeReader, mut copy: &File) -> io::Result<()> {
    let (mut log, mut line) = (BufReader::new(log), Vec::new());
    while log.read_until(b'\n', &mut line)? > 0 {
        // Whole lines, so that those of several servers do not mingle.
        copy.write_all(&line)?;
        if let Some(line) = understand(world, &line) {
            world.checker().logged(line);
        }
        line.clear();
    }
    Ok(())
}

/// What a line tells of this run's players; `None` when that is nothing.
fn understand(world: &World, line: &[u8]) -> Option<Line> {
    let told: Told<'_> = serde_json::from_slice(line).ok()?;
    let player = || world.player(told.player_id?);
    let id = || MatchId::parse(told.match_id?);
    Some(match told.message {
        "player registered" => Line::Registered(player()?),
        "queue joined" => Line::Joined(player()?),
        "ticket ended" => Line::Ended { player: player()?, left: told.reason? == "left" },
        "match created" => {
            let players = [world.player(told.first_player_id?)?, world.player(told.second_player_id?)?];
            Line::Created { id: id()?, players }
        }
        "match finished" => Line::Finished(id()?),
        _ => return None,
    })
}
