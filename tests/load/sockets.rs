//! Registered players.

use std::{io::Write, net::TcpStream};

use crate::{
    blocking::{connect, read_until},
    client::head::Head,
    engine::{Engine, Outcome},
    reading::{Frame, Members, TEXT},
    wire::{self, PlayerId},
};

/// How many handshakes are under way at once.
const BATCH: usize = 128;

/// Opens a socket for each of these players, and registers him.
pub(crate) fn register(engine: &mut Engine, players: &[PlayerId]) -> Outcome<()> {
    for players in players.chunks(BATCH) {
        let mut streams = Vec::with_capacity(players.len());
        let first = engine.wire.sockets();
        for number in 0..players.len() {
            let mut stream = connect(engine.wire.at.of_socket(first + number))?;
            stream.write_all(wire::HANDSHAKE)?;
            streams.push(stream);
        }
        for stream in &mut streams {
            read_handshake(stream)?;
        }
        for (stream, player) in streams.iter_mut().zip(players) {
            let mut frame = Vec::new();
            wire::register(&mut frame, player);
            stream.write_all(&frame)?;
        }
        for (mut stream, player) in streams.into_iter().zip(players) {
            read_registered(&mut stream, player)?;
            engine.add_socket(stream)?;
        }
    }
    Ok(())
}

/// Reads the answer to a handshake. Nothing may follow it: the server pushes nothing to who is not registered.
fn read_handshake(stream: &mut TcpStream) -> Outcome<()> {
    let mut answer = Vec::new();
    let head = read_until(stream, &mut answer, |bytes| Ok(Head::parse(bytes)?))?;
    let accepted = answer.windows(wire::ACCEPTED.len()).any(|bytes| bytes == wire::ACCEPTED);
    if head.status == 101 && head.size == answer.len() && accepted {
        return Ok(());
    }
    Err(format!("a handshake was answered: {}", String::from_utf8_lossy(&answer)).into())
}

fn read_registered(stream: &mut TcpStream, player: &PlayerId) -> Outcome<()> {
    let mut bytes = Vec::new();
    let length =
        read_until(stream, &mut bytes, |bytes| Ok(Frame::parse(bytes).map(|(_, rest)| bytes.len() - rest.len())))?;
    let frame = Frame::parse(&bytes).filter(|(frame, _)| frame.kind == TEXT && length == bytes.len());
    let is = |text, name, value: &[u8]| Members::find(text, name) == Some(value);
    match frame {
        Some((Frame { payload, .. }, _))
            if is(payload, "type", b"registered")
                && is(payload, "playerId", player)
                && is(payload, "status", b"idle") =>
        {
            Ok(())
        }
        _ => Err(format!("a registration was answered: {}", String::from_utf8_lossy(&bytes)).into()),
    }
}
