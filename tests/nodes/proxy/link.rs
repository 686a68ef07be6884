//! One connection through a proxy: a thread for each direction.

use std::{
    collections::VecDeque,
    io::{self, Read, Write},
    net::{Shutdown, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use super::{
    Shared, frame,
    gate::Gate,
    plan::{Harm, Plan},
};

/// Both ends of one connection.
pub(super) struct Link {
    node: TcpStream,
    redis: TcpStream,
    /// Whether what comes is thrown away, for ever: a connection that lost a part of what it carried never carries again.
    deaf: AtomicBool,
    /// What was sent and not answered; whether its answer is to be the end.
    unanswered: Mutex<VecDeque<bool>>,
}

impl Link {
    /// Begins to carry.
    pub(super) fn start(node: TcpStream, redis: TcpStream, deaf: bool, shared: &Arc<Shared>) -> io::Result<Arc<Self>> {
        node.set_nodelay(true)?;
        redis.set_nodelay(true)?;
        let link = Arc::new(Self { node, redis, deaf: AtomicBool::new(deaf), unanswered: Mutex::default() });
        let (sending, shared) = (Arc::clone(&link), Arc::clone(shared));
        thread::spawn(move || sending.end_after(sending.carry_commands(&shared.plan, &shared.gate)));
        let answering = Arc::clone(&link);
        thread::spawn(move || {
            let carried = answering.carry_answers();
            // Who speaks to a host that is gone is not told that it is.
            if !answering.is_deaf() {
                answering.end_after(carried);
            }
        });
        Ok(link)
    }

    pub(super) fn go_deaf(&self) {
        self.deaf.store(true, Ordering::SeqCst);
    }

    fn is_deaf(&self) -> bool {
        self.deaf.load(Ordering::SeqCst)
    }

    /// Ends the connection on both sides.
    pub(super) fn cut(&self) {
        // Either may have ended already.
        self.node.shutdown(Shutdown::Both).unwrap_or_default();
        self.redis.shutdown(Shutdown::Both).unwrap_or_default();
    }

    fn end_after(&self, carried: io::Result<()>) {
        self.cut();
        let broken = carried.err().filter(|error| error.kind() == io::ErrorKind::InvalidData);
        assert!(broken.is_none(), "{broken:?}");
    }

    fn carry_commands(&self, plan: &Mutex<Plan>, gate: &Gate) -> io::Result<()> {
        let mut subscribed = false;
        each_value(&self.node, |command| {
            if self.is_deaf() {
                return Ok(());
            }
            let sent = frame::command(command);
            let mut unanswered = self.unanswered.lock().expect("no thread panicked");
            let harm = plan.lock().expect("no thread panicked").decide(&sent, unanswered.is_empty());
            if harm == Some(Harm::CutBefore) {
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
            subscribed |= frame::subscribes(&sent.name);
            // Answers to subscribers are not counted: they look like messages.
            if !subscribed {
                unanswered.push_back(harm == Some(Harm::CutAfter));
            }
            drop(unanswered);
            if harm == Some(Harm::Hold) {
                gate.wait();
            }
            (&self.redis).write_all(command)
        })
    }

    fn carry_answers(&self) -> io::Result<()> {
        each_value(&self.redis, |answer| {
            if self.is_deaf() {
                return Ok(());
            }
            if !frame::is_push(answer) {
                let last = self.unanswered.lock().expect("no thread panicked").pop_front();
                if last == Some(true) {
                    return Err(io::ErrorKind::ConnectionAborted.into());
                }
            }
            (&self.node).write_all(answer)
        })
    }
}

/// Reads to the end and gives each value, whole, to what carries it on.
fn each_value(mut from: &TcpStream, mut carry: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut bytes = Vec::new();
    let mut chunk = vec![0; 16 * 1024];
    loop {
        let read = from.read(&mut chunk)?;
        if read == 0 {
            return Ok(());
        }
        bytes.extend_from_slice(&chunk[..read]);
        let mut carried = 0;
        while let Some(length) = frame::length(&bytes[carried..])? {
            carry(&bytes[carried..carried + length])?;
            carried += length;
        }
        bytes.drain(..carried);
    }
}
