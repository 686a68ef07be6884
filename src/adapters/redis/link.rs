//! The way to one Redis.

mod keeping;

use std::{
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use redis::{AsyncConnectionConfig, aio::MultiplexedConnection};
use tokio::{
    sync::{Notify, Semaphore, SemaphorePermit, watch},
    task::JoinHandle,
    time::{timeout, timeout_at},
};

use super::{
    failure::Failure,
    greeting::{self, Unusable},
    library::Library,
    reply::Reply,
    server_time::ServerTime,
    settings::RedisSettings,
};
use crate::adapters::metrics::{Metrics, StoreCall};

/// How long a call may take. A use case ends with the first that fails, so while Redis is away a client has his answer within a
/// second; where each call succeeds in somewhat less than this, he waits for all of them.
pub(super) const CALL_TIME: Duration = Duration::from_millis(500);

/// How long it may take to connect.
const CONNECT_TIME: Duration = Duration::from_secs(2);

/// The most calls that may be on their way: far more than a Redis that is well needs, and few enough for one that is not. Others
/// wait for their turn, as long as a call may take.
const MOST_UNDER_WAY: usize = 1024;

/// One Redis, as the adapters call it. There is a connection for as long as there can be; while there is none, calls fail at
/// once.
pub(super) struct Link {
    way: Arc<Way>,
    keeper: JoinHandle<()>,
}

/// What a call needs, and what the keeper of the connection provides.
struct Way {
    settings: RedisSettings,
    /// What every key begins with: one hash slot for all, since one decision reads and changes many keys.
    prefix: String,
    library: Library,
    connection: Mutex<Option<MultiplexedConnection>>,
    /// What tells the server that calls go to, or went to last, from every other.
    server: Mutex<String>,
    /// How often the library was loaded after a call had missed it.
    loads: AtomicU64,
    /// Held while it is loaded: of many calls that miss it one loads it.
    loading: tokio::sync::Mutex<()>,
    spoilt: Notify,
    permits: Semaphore,
    server_time: ServerTime,
    /// How often another server than before was found at the other end, or the same with another history of its data.
    servers: watch::Sender<u64>,
    greatest_serial: AtomicU64,
    metrics: OnceLock<Arc<Metrics>>,
}

impl Link {
    /// Connects.
    ///
    /// # Errors
    ///
    /// [`Unusable`] when Redis cannot be reached, or is not one that can be used.
    pub(super) async fn open(settings: RedisSettings, library: Library) -> Result<Self, Unusable> {
        let way = Arc::new(Way {
            prefix: format!("{{{}}}", settings.prefix()),
            settings,
            library,
            connection: Mutex::default(),
            server: Mutex::default(),
            loads: AtomicU64::new(0),
            loading: tokio::sync::Mutex::default(),
            spoilt: Notify::new(),
            permits: Semaphore::new(MOST_UNDER_WAY),
            server_time: ServerTime::default(),
            servers: watch::Sender::new(0),
            greatest_serial: AtomicU64::new(0),
            metrics: OnceLock::new(),
        });
        way.connect().await?;
        let keeper = tokio::spawn(Arc::clone(&way).keep_connected());
        Ok(Self { way, keeper })
    }

    /// Counts the calls from now on.
    pub(super) fn count_calls(&self, metrics: &Arc<Metrics>) {
        self.way.metrics.get_or_init(|| Arc::clone(metrics));
    }

    /// Calls a function, which is one decision.
    pub(super) async fn call(&self, verb: &str, arguments: &[&str]) -> Result<Reply, Failure> {
        let begun = Instant::now();
        let reply = self.way.call(verb, arguments, begun + CALL_TIME).await;
        if let Some(metrics) = self.way.metrics.get() {
            let outcome = match &reply {
                Ok(_) => StoreCall::Answered,
                Err(failure) if failure.did_nothing() => StoreCall::NotDone,
                Err(_) => StoreCall::Unknown,
            };
            metrics.store_called(outcome, begun.elapsed());
        }
        reply
    }

    /// Calls a function that does what the log tells of: of one whose answer is lost the log may lack it, and says so.
    pub(super) async fn decide(&self, verb: &str, arguments: &[&str]) -> Result<Reply, Failure> {
        self.call(verb, arguments).await.inspect_err(|failure| {
            if !failure.did_nothing() {
                let call = [&[verb], arguments].concat().join(" ");
                tracing::warn!(call, error = %failure, "nobody knows what a call did, and the log may lack it");
            }
        })
    }

    /// A connection of its own to the server that calls go to, for whoever waits on it for messages.
    pub(super) async fn separate_connection(&self, answer_time: Duration) -> Result<MultiplexedConnection, Failure> {
        let mut connection = self.way.new_connection(Some(answer_time)).await?;
        let server = greeting::server(&mut connection).await?;
        if *self.way.server() == server {
            return Ok(connection);
        }
        // Calls are to go where the address leads now, and to learn how this server calls itself now.
        self.way.spoilt.notify_one();
        Err(Failure::OtherServer)
    }

    /// What the server's clock shows, or somewhat less, since its epoch.
    pub(super) fn server_time(&self) -> Duration {
        Duration::from_micros(self.way.server_time.at(Instant::now()).unsigned_abs())
    }

    /// A key in full.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{}:{name}", self.way.prefix)
    }

    /// Counts how often another server than before was found at the other end, or the same with another history of its data.
    pub(super) fn servers(&self) -> watch::Receiver<u64> {
        self.way.servers.subscribe()
    }

    /// The serial was given.
    pub(super) fn note_serial(&self, serial: u64) {
        self.way.greatest_serial.fetch_max(serial, Ordering::Relaxed);
    }

    /// The greatest serial that was seen here.
    pub(super) fn greatest_serial(&self) -> u64 {
        self.way.greatest_serial.load(Ordering::Relaxed)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

impl Way {
    async fn call(&self, verb: &str, arguments: &[&str], until: Instant) -> Result<Reply, Failure> {
        let _permit = self.permit().await?;
        let loads = self.loads.load(Ordering::Relaxed);
        let mut last = Failure::Late;
        // Once more after what did nothing and was mended: the time was learned anew, or the library loaded.
        for _ in 0..2 {
            let reply = self.call_once(verb, arguments, until).await;
            match reply {
                Ok(reply) => match reply.late() {
                    Some(time) => self.server_time.learn(time),
                    None => return Ok(reply),
                },
                Err(failure) if failure.lacks_library() => {
                    let loading = timeout_at(until.into(), self.load_library(loads)).await;
                    loading.unwrap_or(Err(Failure::TimedOut(CALL_TIME)))?;
                    last = failure;
                }
                Err(failure) => return Err(failure),
            }
        }
        Err(last)
    }

    /// Waits for its turn, where there is something to wait for.
    async fn permit(&self) -> Result<SemaphorePermit<'_>, Failure> {
        if let Ok(permit) = self.permits.try_acquire() {
            return Ok(permit);
        }
        let Ok(Ok(permit)) = timeout(CALL_TIME, self.permits.acquire()).await else { return Err(Failure::Busy) };
        Ok(permit)
    }

    async fn call_once(&self, verb: &str, arguments: &[&str], until: Instant) -> Result<Reply, Failure> {
        let mut connection = self.connection().clone().ok_or(Failure::Away)?;
        self.ask(&mut connection, verb, arguments, until).await
    }

    async fn ask(
        &self,
        connection: &mut MultiplexedConnection,
        verb: &str,
        arguments: &[&str],
        until: Instant,
    ) -> Result<Reply, Failure> {
        let mut command = redis::cmd("FCALL");
        command.arg(self.library.function(verb)).arg(1).arg(&self.prefix);
        command.arg(self.server_time.at(until)).arg(arguments);
        let left = until.saturating_duration_since(Instant::now());
        let answer = timeout(left, connection.send_packed_command(&command)).await;
        let answer = answer.map_err(|_| Failure::TimedOut(CALL_TIME)).and_then(|value| value.map_err(Failure::from));
        match answer.and_then(|value| value.extract_error().map_err(Failure::from)) {
            Ok(value) => Reply::read(value),
            Err(failure) => {
                if failure.spoils_connection() {
                    self.spoilt.notify_one();
                }
                Err(failure)
            }
        }
    }

    /// Where no time for answers is given, whoever asks has his own.
    async fn new_connection(&self, answer_time: Option<Duration>) -> redis::RedisResult<MultiplexedConnection> {
        let times =
            AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECT_TIME)).set_response_timeout(answer_time);
        self.settings.client().get_multiplexed_async_connection_with_config(&times).await
    }

    /// Loads the library, unless it was loaded since it had been so often.
    async fn load_library(&self, loads: u64) -> Result<(), Failure> {
        let _alone = self.loading.lock().await;
        if self.loads.load(Ordering::Relaxed) == loads {
            let mut connection = self.connection().clone().ok_or(Failure::Away)?;
            greeting::load(&mut connection, &self.library).await?;
            self.loads.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    fn server(&self) -> MutexGuard<'_, String> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connection(&self) -> MutexGuard<'_, Option<MultiplexedConnection>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For whoever reads a plain value.
#[cfg(feature = "testing")]
impl Link {
    /// Sends one plain command.
    pub(super) async fn command(&self, command: &redis::Cmd) -> Result<redis::Value, Failure> {
        Ok(self.connection()?.send_packed_command(command).await?)
    }

    /// The connection as it is.
    pub(super) fn connection(&self) -> Result<MultiplexedConnection, Failure> {
        self.way.connection().clone().ok_or(Failure::Away)
    }
}
