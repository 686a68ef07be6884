//! The server: settings, log, adapters, use cases, listener, shutdown.

use std::{env, error::Error, process::ExitCode, sync::Arc};

use matchmaker::{
    adapters::{
        Gate, LoggingJournal, RandomMatchIds, Shutdown, SystemClock, authenticator,
        configuration::{Configuration, Refusal},
        descriptor_limit,
        http::{Front, Routes},
        in_memory::{InMemoryMatchRepository, InMemoryQueueStore},
        log::Log,
        metrics::Metrics,
        raise_descriptor_limit,
        server::{self, Server},
        websocket::SocketHub,
    },
    matchmaking::{Matchmaking, Ports},
    ports::Clock,
};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => error
            .downcast::<Refusal>()
            .map_or_else(|error| Refusal::Invalid(error.to_string()).report(), |refusal| refusal.report()),
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let configuration = Configuration::read(env::args_os())?;
    let log = Log::start(configuration.log.format())?;
    if let Err(error) = raise_descriptor_limit() {
        tracing::warn!(%error, "the limit on open files stays as it is");
    }
    let max_connections = configuration.network.max_connections(descriptor_limit())?;
    let listener = server::listen(configuration.network.address())?;

    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let hub = Arc::new(SocketHub::new(Arc::clone(&clock)));
    let dropped_lines = log.dropped_lines();
    let metrics = Arc::new(Metrics::new(move || dropped_lines.count()));
    let matchmaking = Arc::new(Matchmaking::new(Ports {
        queue: Arc::new(InMemoryQueueStore::new(configuration.queue_settings(), Arc::clone(&clock))),
        matches: Arc::new(InMemoryMatchRepository::new(configuration.repository_settings(), Arc::clone(&clock))),
        notifier: Arc::<SocketHub>::clone(&hub),
        journal: Arc::new(LoggingJournal::new(Arc::clone(&metrics))),
        match_ids: Arc::new(RandomMatchIds),
    }));
    let shutdown = Shutdown::default();
    shutdown.begin_on_signals()?;
    let authenticator = authenticator(&configuration.identity, &clock)?;
    let routes = Routes {
        matchmaking: Arc::clone(&matchmaking),
        gate: Arc::new(Gate::new(authenticator)),
        hub: Arc::clone(&hub),
        metrics: Arc::clone(&metrics),
        clock: Arc::clone(&clock),
        shutdown: shutdown.clone(),
    };
    tracing::info!(address = %listener.local_addr()?, max_connections, "listening");
    let server = Server {
        listener,
        front: Arc::new(Front::new(routes.into_filter())),
        hub: Arc::clone(&hub),
        metrics,
        max_connections,
        clock: Arc::clone(&clock),
        shutdown,
    };
    tokio::spawn(hub.tend_for_ever());
    tokio::spawn(matchmaking.sweep_for_ever(Arc::clone(&clock)));
    tokio::spawn(log.dropped_lines().report_for_ever(clock));
    server.run().await;
    tracing::info!("the server is gone");
    Ok(())
}
