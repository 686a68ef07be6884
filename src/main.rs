//! The server.

use std::{sync::Arc, time::Duration};

use matchmaker::{
    adapters::{
        RandomMatchIds, Shutdown, SystemClock,
        http::Routes,
        in_memory::{InMemoryMatchRepository, InMemoryQueueStore, RepositorySettings},
        metrics::Metrics,
        server::{self, Server},
        websocket::SocketHub,
    },
    domain::QueueSettings,
    matchmaking::{Matchmaking, Ports},
    ports::{Clock, Event, Journal},
};

struct NoJournal;
impl Journal for NoJournal {
    fn record(&self, event: Event<'_>) {
        println!("{event:?}");
    }
}

#[tokio::main]
async fn main() {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let hub = Arc::new(SocketHub::new(clock.clone()));
    let matchmaking = Arc::new(Matchmaking::new(Ports {
        queue: Arc::new(InMemoryQueueStore::new(
            QueueSettings {
                disconnect_grace: Duration::from_secs(30),
                search_time: Duration::from_secs(600),
                max_waiting: 1_000_000,
                max_matches: 2_000_000,
            },
            clock.clone(),
        )),
        matches: Arc::new(InMemoryMatchRepository::new(
            RepositorySettings {
                match_lifetime: None,
                match_retention: Duration::from_secs(3600),
                max_matches: 2_000_000,
            },
            clock.clone(),
        )),
        notifier: hub.clone(),
        journal: Arc::new(NoJournal),
        match_ids: Arc::new(RandomMatchIds),
    }));
    let shutdown = Shutdown::default();
    let listener = server::listen("127.0.0.1:5000".parse().unwrap()).unwrap();
    let routes = Routes {
        matchmaking: matchmaking.clone(),
        hub: hub.clone(),
        metrics: Arc::new(Metrics),
        clock: clock.clone(),
        shutdown: shutdown.clone(),
    }
    .into_filter();
    let h = hub.clone();
    tokio::spawn(async move { h.tend_for_ever().await });
    let c = clock.clone();
    tokio::spawn(async move { matchmaking.sweep_for_ever(&*c).await });
    let s = shutdown.clone();
    tokio::spawn(async move {
        tokio::signal::ctrl_c().await.unwrap();
        s.begin();
    });
    Server { listener, routes, hub, max_connections: 19_000, clock, shutdown }.run().await;
}
