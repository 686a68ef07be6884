//! Many connections on one thread: HTTP lanes that carry a request at a time, and WebSockets.
//!
//! The generator shares the cores with the server, so it is lean: one `epoll`, which wakes it to the microsecond (tokio's
//! timers know milliseconds), one buffer for all connections, and one read where something has arrived.

use std::{
    error::Error,
    mem,
    net::TcpStream,
    num::NonZeroU64,
    os::fd::OwnedFd,
    time::{Duration, Instant},
};

use rustix::{
    buffer::spare_capacity,
    event::{
        Timespec,
        epoll::{self, CreateFlags, Event, EventData, EventFlags},
    },
    thread::set_current_timer_slack,
};

use crate::{
    blocking::connect,
    client::head::Head,
    connection::Connection,
    places::Places,
    reading::{Frame, Members, PING, PONG, TEXT},
    wire,
};

/// Something that must not be, in words.
pub(crate) type Wrong = Box<dyn Error + Send + Sync>;
pub(crate) type Outcome<T> = Result<T, Wrong>;

/// How long an answer may take, whole, and how long none may come while something is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// How often it is looked whether an answer is late.
const LOOK: Duration = Duration::from_secs(1);

/// How many events are taken at a time.
const EVENTS: usize = 64;

/// More than any answer or burst of frames that is read at once; a longer one is read in parts.
const READ: usize = 16 * 1024;

/// Marks the events of sockets, beside their number.
const SOCKET: u64 = 1 << 32;

/// What is done with the connections.
pub(crate) trait Driver {
    /// Sends what is due, and tells when it wants to be called next; `None` is not before something has come.
    fn due(&mut self, now: Instant, wire: &mut Wire) -> Outcome<Option<Instant>>;

    /// A lane's request was answered; the lane is free.
    fn answered(&mut self, lane: usize, answer: &Answer<'_>, wire: &mut Wire) -> Outcome<()>;

    /// A text came on a socket.
    fn told(&mut self, socket: usize, text: &[u8], wire: &mut Wire) -> Outcome<()>;

    fn is_done(&self) -> bool;
}

/// What a request was answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) body: &'a [u8],
}

impl Answer<'_> {
    /// Fails unless a player is told that he stands so.
    pub(crate) fn must_tell(&self, standing: &str) -> Outcome<()> {
        if self.status == 200 && Members::find(self.body, "status") == Some(standing.as_bytes()) {
            return Ok(());
        }
        Err(self.instead_of(standing))
    }

    /// The complaint that this is not what was to come.
    pub(crate) fn instead_of(&self, expected: &str) -> Wrong {
        let body = String::from_utf8_lossy(self.body);
        format!("{} {body} was answered instead of {expected}", self.status).into()
    }
}

/// The connections, for sending.
#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) at: Places,
    lanes: Vec<Connection>,
    sockets: Vec<Connection>,
    request: Vec<u8>,
}

impl Wire {
    pub(crate) fn lanes(&self) -> usize {
        self.lanes.len()
    }

    pub(crate) fn sockets(&self) -> usize {
        self.sockets.len()
    }

    /// Fails if an answer is owed for too long, or nothing came for as long.
    fn check(&self, now: Instant, heard: Instant) -> Outcome<()> {
        let late = self.lanes.iter().filter_map(|lane| lane.owes).any(|since| now - since > PATIENCE);
        if late || now - heard > PATIENCE {
            return Err(format!("no whole answer came within {} s", PATIENCE.as_secs()).into());
        }
        Ok(())
    }

    /// Sends a request on a lane that is free.
    pub(crate) fn send(&mut self, lane: usize, write: impl FnOnce(&mut Vec<u8>)) -> Outcome<()> {
        let sent = self.send_if(lane, |request| {
            write(request);
            true
        });
        sent.map(drop)
    }

    /// Sends a request on a lane that is free, if there is one; whether there was.
    pub(crate) fn send_if(&mut self, lane: usize, write: impl FnOnce(&mut Vec<u8>) -> bool) -> Outcome<bool> {
        let connection = &mut self.lanes[lane];
        debug_assert!(connection.owes.is_none(), "a lane carries a request at a time");
        self.request.clear();
        if !write(&mut self.request) {
            return Ok(false);
        }
        connection.owes = Some(Instant::now());
        connection.send(&self.request)?;
        Ok(true)
    }
}

/// All connections to a server, or to some that share their store. They end with a reset, so that no port is kept waiting.
pub(crate) struct Engine {
    pub(crate) wire: Wire,
    epoll: OwnedFd,
    events: Vec<Event>,
    buffer: Vec<u8>,
    /// How many answers and texts have come, whole.
    come: u64,
}

impl Engine {
    /// With so many lanes.
    pub(crate) fn connect(at: impl Into<Places>, lanes: usize) -> Outcome<Self> {
        // Otherwise the system may wake this thread 50 µs late.
        set_current_timer_slack(NonZeroU64::new(1))?;
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let (events, buffer) = (Vec::with_capacity(EVENTS), vec![0; READ]);
        let wire = Wire { at: at.into(), lanes: Vec::new(), sockets: Vec::new(), request: Vec::new() };
        let mut engine = Self { wire, epoll, events, buffer, come: 0 };
        engine.renew_lanes(lanes)?;
        Ok(engine)
    }

    /// Has so many lanes instead of those so far, which the server may close any moment when they have been idle for long.
    pub(crate) fn renew_lanes(&mut self, lanes: usize) -> Outcome<()> {
        self.wire.lanes.drain(..).for_each(Connection::reset);
        for number in 0..lanes {
            let connection = Connection::new(connect(self.wire.at.of_lane(number))?)?;
            self.watch(&connection, number as u64)?;
            self.wire.lanes.push(connection);
        }
        Ok(())
    }

    /// Adds a socket on which everything so far has been read.
    pub(crate) fn add_socket(&mut self, stream: TcpStream) -> Outcome<()> {
        let connection = Connection::new(stream)?;
        self.watch(&connection, SOCKET | self.wire.sockets.len() as u64)?;
        self.wire.sockets.push(connection);
        Ok(())
    }

    fn watch(&self, connection: &Connection, number: u64) -> Outcome<()> {
        Ok(epoll::add(&self.epoll, &connection.stream, EventData::new_u64(number), EventFlags::IN)?)
    }

    /// Goes on until the driver is done.
    pub(crate) fn run(&mut self, driver: &mut impl Driver) -> Outcome<()> {
        let (mut heard, mut come, mut look) = (Instant::now(), self.come, Instant::now() + LOOK);
        loop {
            let mut next = driver.due(Instant::now(), &mut self.wire)?;
            if driver.is_done() {
                return Ok(());
            }
            let mut events = mem::take(&mut self.events);
            self.wait(&mut events, next.map_or(look, |next| next.min(look)))?;
            let now = Instant::now();
            // A server that sends byte after byte, or nothing but pings, must not keep a run going.
            if self.come > come {
                (heard, come) = (now, self.come);
            }
            if now >= look {
                self.wire.check(now, heard)?;
                look = now + LOOK;
            }
            for event in &events {
                self.take(event.data.u64(), driver)?;
                // What is due must not wait for the rest.
                let now = Instant::now();
                if next.is_some_and(|next| now >= next) {
                    next = driver.due(now, &mut self.wire)?;
                }
            }
            self.events = events;
        }
    }

    fn wait(&self, events: &mut Vec<Event>, until: Instant) -> Outcome<()> {
        events.clear();
        let time = Timespec::try_from(until.saturating_duration_since(Instant::now()))?;
        match epoll::wait(&self.epoll, spare_capacity(events), Some(&time)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn take(&mut self, number: u64, driver: &mut impl Driver) -> Outcome<()> {
        let index = usize::try_from(number & !SOCKET)?;
        let mut buffer = mem::take(&mut self.buffer);
        let taken = if number & SOCKET == 0 {
            self.take_answer(index, &mut buffer, driver)
        } else {
            self.take_frames(index, &mut buffer, driver)
        };
        self.buffer = buffer;
        taken
    }

    fn take_answer(&mut self, lane: usize, buffer: &mut [u8], driver: &mut impl Driver) -> Outcome<()> {
        let connection = &mut self.wire.lanes[lane];
        let Some(bytes) = connection.receive(buffer)? else { return Ok(()) };
        if connection.owes.is_none() {
            return Err("an answer came to no request".into());
        }
        if connection.begun.is_empty()
            && let Some(answer) = whole_answer(bytes)?
        {
            connection.owes = None;
            self.come += 1;
            return driver.answered(lane, &answer, &mut self.wire);
        }
        connection.begun.extend_from_slice(bytes);
        let begun = mem::take(&mut connection.begun);
        if let Some(answer) = whole_answer(&begun)? {
            connection.owes = None;
            self.come += 1;
            return driver.answered(lane, &answer, &mut self.wire);
        }
        connection.keep(begun)
    }

    fn take_frames(&mut self, socket: usize, buffer: &mut [u8], driver: &mut impl Driver) -> Outcome<()> {
        let connection = &mut self.wire.sockets[socket];
        let Some(bytes) = connection.receive(buffer)? else { return Ok(()) };
        let mut begun = mem::take(&mut connection.begun);
        let mut rest = if begun.is_empty() {
            bytes
        } else {
            begun.extend_from_slice(bytes);
            &begun
        };
        while let Some((frame, after)) = Frame::parse(rest) {
            rest = after;
            match frame.kind {
                TEXT => {
                    self.come += 1;
                    driver.told(socket, frame.payload, &mut self.wire)?;
                }
                PING => {
                    self.wire.request.clear();
                    wire::frame(&mut self.wire.request, PONG, frame.payload);
                    self.wire.sockets[socket].send(&self.wire.request)?;
                }
                PONG => {}
                other => return Err(format!("a frame {other:#x} came on a socket").into()),
            }
        }
        let rest = rest.to_vec();
        self.wire.sockets[socket].keep(rest)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.wire.lanes.drain(..).chain(self.wire.sockets.drain(..)).for_each(Connection::reset);
    }
}

/// The answer that these bytes are, if it is complete.
fn whole_answer(bytes: &[u8]) -> Outcome<Option<Answer<'_>>> {
    let Some(head) = Head::parse(bytes)? else { return Ok(None) };
    let body = &bytes[head.size..];
    if body.len() > head.length {
        return Err("more than the answer came".into());
    }
    if head.closes {
        return Err(Answer { status: head.status, body }.instead_of("a connection kept open"));
    }
    Ok((body.len() == head.length).then_some(Answer { status: head.status, body }))
}
