//! The threads on which clients are served.

use std::{
    future, io,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread::{self, available_parallelism},
};

use tokio::{
    net::TcpStream,
    runtime::{Builder, Handle},
};

/// The threads on which clients are served, each with a runtime of its own. A connection stays on the thread that it was
/// given, so that no request wakes another one, and no thread looks for another's work (ADR 0020).
#[derive(Debug, Default)]
pub struct Workers {
    runtimes: Vec<Handle>,
    given: AtomicUsize,
}

impl Workers {
    /// Starts a thread for each core that this process may use, for as long as the process lives.
    ///
    /// # Errors
    ///
    /// When the system gives no more threads, or no more descriptors.
    pub fn start_one_per_core() -> io::Result<Self> {
        Self::start(available_parallelism()?.get())
    }

    fn start(count: usize) -> io::Result<Self> {
        let runtimes = (1..=count).map(start).collect::<io::Result<_>>()?;
        Ok(Self { runtimes, given: AtomicUsize::new(0) })
    }

    /// Serves a connection on the next thread in turn; where there are none, on the runtime in which this is called.
    ///
    /// # Errors
    ///
    /// When the connection cannot be given away. Then it is closed.
    pub(super) fn serve<F>(
        &self,
        stream: TcpStream,
        serve: impl FnOnce(TcpStream) -> F + Send + 'static,
    ) -> io::Result<()>
    where
        F: Future<Output = ()> + Send,
    {
        let turn = self.given.fetch_add(1, Ordering::Relaxed).checked_rem(self.runtimes.len());
        let Some(runtime) = turn.and_then(|turn| self.runtimes.get(turn)) else {
            tokio::spawn(async move { serve(stream).await });
            return Ok(());
        };
        let stream = stream.into_std()?;
        runtime.spawn(async move {
            match TcpStream::from_std(stream) {
                Ok(stream) => serve(stream).await,
                Err(error) => tracing::error!(%error, "a connection could not be taken over"),
            }
        });
        Ok(())
    }
}

fn start(number: usize) -> io::Result<Handle> {
    let (told, started) = mpsc::channel();
    // Built on its own thread: where that cannot be started, no runtime has to be dropped inside another, which panics.
    let work = move || match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => {
            if told.send(Ok(runtime.handle().clone())).is_ok() {
                runtime.block_on(future::pending::<()>());
            }
        }
        // It is waited for below, so that it always arrives.
        Err(error) => told.send(Err(error)).unwrap_or_default(),
    };
    thread::Builder::new().name(format!("worker-{number}")).spawn(work)?;
    started.recv().unwrap_or_else(|_| Err(io::Error::other("a thread ended as it started")))
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    /// The names of the threads on which three connections are served, told over them.
    async fn threads(workers: Workers) -> Vec<String> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let mut threads = Vec::new();
        for _ in 0..3 {
            let (client, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
            let serve = async |mut stream: TcpStream| {
                let name = thread::current().name().unwrap_or_default().to_owned();
                stream.write_all(name.as_bytes()).await.expect("the client reads");
            };
            workers.serve(accepted.expect("a connection").0, serve).expect("it can be given away");
            let mut told = String::new();
            client.expect("a connection").read_to_string(&mut told).await.expect("it is served");
            threads.push(told);
        }
        threads
    }

    #[tokio::test]
    async fn connections_are_given_to_the_threads_in_turn() {
        let workers = Workers::start(2).expect("two threads");
        assert_eq!(threads(workers).await, ["worker-1", "worker-2", "worker-1"]);
    }

    #[tokio::test]
    async fn without_threads_of_their_own_connections_are_served_where_they_came_in() {
        let own = thread::current().name().unwrap_or_default().to_owned();
        assert_eq!(threads(Workers::default()).await, vec![own; 3]);
    }
}
