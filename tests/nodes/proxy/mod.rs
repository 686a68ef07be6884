//! What lies between a node and Redis, and can fail: it counts what passes, cuts a connection right before or after a given
//! command, holds one up, goes deaf, and is unreachable.

mod frame;
mod gate;
mod link;
mod plan;
mod tests;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::redis_server::port;
use gate::Gate;
use link::Link;
use plan::Plan;
pub(crate) use plan::{Harm, Sent, Tally};

const PATIENCE: Duration = Duration::from_secs(20);

/// A proxy with a port of its own, which it keeps while it is unreachable.
pub(crate) struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    redis: Mutex<SocketAddr>,
    plan: Mutex<Plan>,
    gate: Gate,
    links: Mutex<Vec<Arc<Link>>>,
    deaf: AtomicBool,
    closing: AtomicBool,
}

impl Proxy {
    pub(crate) fn start(redis: SocketAddr) -> Self {
        let shared = Shared {
            redis: Mutex::new(redis),
            plan: Mutex::default(),
            gate: Gate::default(),
            links: Mutex::default(),
            deaf: AtomicBool::new(false),
            closing: AtomicBool::new(false),
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port::free()));
        let proxy = Self { address, shared: Arc::new(shared), accepting: Mutex::default() };
        proxy.accept();
        proxy
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What has passed since it was last asked.
    pub(crate) fn take_tally(&self) -> Tally {
        std::mem::take(&mut self.plan().tally)
    }

    /// What has passed since it was last taken.
    pub(crate) fn tally(&self) -> Tally {
        self.plan().tally.clone()
    }

    /// Does this harm to the command that comes after so many that fit, once.
    pub(crate) fn harm(&self, harm: Harm, after: usize, fits: impl Fn(&Sent) -> bool + Send + 'static) {
        self.plan().harm(harm, after, Box::new(fits));
    }

    /// Whether the harm that was asked for has been done.
    pub(crate) fn has_harmed(&self) -> bool {
        !self.plan().is_to_come()
    }

    /// Whether a command is being held up.
    pub(crate) fn is_holding(&self) -> bool {
        self.shared.gate.is_holding()
    }

    /// Lets go of what is held up.
    pub(crate) fn let_go(&self) {
        self.shared.gate.let_go();
    }

    /// Accepts, and answers nothing, on connections that are open and on new ones: as if the other host were gone.
    pub(crate) fn go_deaf(&self) {
        self.shared.deaf.store(true, Ordering::SeqCst);
        for link in self.shared.links.lock().expect("no thread panicked").iter() {
            link.go_deaf();
        }
    }

    /// Ends all connections, and refuses new ones.
    pub(crate) fn refuse(&self) {
        let Some(accepting) = self.accepting.lock().expect("no thread panicked").take() else { return };
        self.shared.closing.store(true, Ordering::SeqCst);
        // So that it sees that it is to close; it refuses already if it has failed.
        TcpStream::connect(self.address).map(drop).unwrap_or_default();
        accepting.join().expect("no thread panicked");
        self.shared.closing.store(false, Ordering::SeqCst);
        for link in self.shared.links.lock().expect("no thread panicked").drain(..) {
            link.cut();
        }
    }

    /// New connections lead to another Redis from now on.
    pub(crate) fn lead_to(&self, redis: SocketAddr) {
        *self.shared.redis.lock().expect("no thread panicked") = redis;
    }

    /// Serves new connections again; those that were open when it went deaf stay as they are.
    pub(crate) fn come_back(&self) {
        self.shared.deaf.store(false, Ordering::SeqCst);
        self.accept();
    }

    /// Listens, unless it does.
    fn accept(&self) {
        let mut accepting = self.accepting.lock().expect("no thread panicked");
        if accepting.is_none() {
            let listener = listen(self.address);
            let shared = Arc::clone(&self.shared);
            *accepting = Some(thread::spawn(move || shared.accept_all(&listener)));
        }
    }

    fn plan(&self) -> std::sync::MutexGuard<'_, Plan> {
        self.shared.plan.lock().expect("no thread panicked")
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.let_go();
        self.refuse();
    }
}

impl Shared {
    fn accept_all(self: &Arc<Self>, listener: &TcpListener) {
        for node in listener.incoming() {
            if self.closing.load(Ordering::SeqCst) {
                return;
            }
            // One that goes deaf finds every connection that carries anything.
            let mut links = self.links.lock().expect("no thread panicked");
            // Without a Redis behind it, a connection is closed as soon as it is accepted.
            links.extend(node.and_then(|node| self.link(node)));
        }
    }

    fn link(self: &Arc<Self>, node: TcpStream) -> io::Result<Arc<Link>> {
        let redis = TcpStream::connect(*self.redis.lock().expect("no thread panicked"))?;
        Link::start(node, redis, self.deaf.load(Ordering::SeqCst), self)
    }
}

/// Another process that is being started holds whatever is open for a moment, which a listener's port is then too.
fn listen(address: SocketAddr) -> TcpListener {
    let begun = Instant::now();
    loop {
        match TcpListener::bind(address) {
            Ok(listener) => return listener,
            Err(error) => assert!(begun.elapsed() < PATIENCE, "{address}: {error}"),
        }
        thread::sleep(Duration::from_millis(5));
    }
}
