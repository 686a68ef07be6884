//! The server: settings, log, adapters, use cases, listener, shutdown.

use std::{env, error::Error, process, sync::Arc};

use matchmaker::{
    adapters::{
        Gate, LoggingJournal, RandomMatchIds, Shutdown, StoreKind, Stores, SystemClock, UpkeepUnderWay, audit,
        authenticator, check,
        configuration::{Order, Refusal},
        descriptor_limit,
        edge::Edge,
        http::Routes,
        in_memory::InMemory,
        log::Log,
        metrics::Metrics,
        raise_descriptor_limit,
        rate_limit::RateLimit,
        redis::InRedis,
        server::{Server, Workers},
    },
    matchmaking::{Matchmaking, Ports},
    ports::Clock,
};

/// In the program alone: a library leaves the choice to whoever uses it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// What `--store` can name, and first what it is by default; a further adapter is named here.
const STORES: [&dyn StoreKind; 2] = [&InMemory, &InRedis];

// One thread for what happens beside the calls of clients; those have their own.
#[tokio::main(flavor = "current_thread")]
async fn main() -> process::ExitCode {
    match run().await {
        Ok(()) => process::ExitCode::SUCCESS,
        Err(error) => error
            .downcast::<Refusal>()
            .map_or_else(|error| Refusal::Invalid(error.to_string()).report(), |refusal| refusal.report()),
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let configuration = match Order::read(env::args_os(), &STORES)? {
        Order::Serve(configuration) => configuration,
        // Returning would wait for a name that is still being looked up.
        Order::Check(settings) => process::exit(check(&settings).await),
        Order::Audit(settings) => process::exit(audit(&settings).await),
    };
    let log = Log::start(configuration.log.format(), configuration.log.level())?;
    log.verbosity().follow_signals()?;
    if let Err(error) = raise_descriptor_limit() {
        tracing::warn!(%error, "the limit on open files stays as it is");
    }
    let settings = configuration.network.server_settings(descriptor_limit())?;
    let listeners = configuration.network.listen()?;

    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let dropped_lines = log.dropped_lines();
    let metrics = Arc::new(Metrics::new(move || dropped_lines.count()));
    let needs = configuration.store_needs(&clock, &metrics);
    let Stores { queue, matches, notifier, hub, losses, upkeep } = configuration.store().open(needs).await?;
    let matchmaking = Arc::new(Matchmaking::new(Ports {
        queue,
        matches,
        notifier,
        journal: Arc::new(LoggingJournal::new(Arc::clone(&metrics))),
        match_ids: Arc::new(RandomMatchIds),
    }));
    let shutdown = Shutdown::default();
    shutdown.begin_on_signals(configuration.network.drain_delay(), Arc::clone(&clock))?;
    let upkeep = UpkeepUnderWay::start(upkeep, shutdown.clone());
    let authenticator = authenticator(&configuration.identity, &clock).await?;
    let calls_of_players = RateLimit::new(configuration.calls_of_players(), &clock);
    let routes = Routes {
        matchmaking: Arc::clone(&matchmaking),
        terms: configuration.terms().clone(),
        edge: Arc::new(Edge::new(configuration.edge_settings(), &clock, Arc::clone(&metrics))),
        gate: Arc::new(Gate::new(authenticator, calls_of_players, Arc::clone(&metrics), Arc::clone(&clock))),
        hub: Arc::clone(&hub),
        metrics,
        clock: Arc::clone(&clock),
        shutdown,
    };
    listeners.log(settings.max_connections)?;
    let workers = Workers::start_one_per_core()?;
    let server = Server { listeners, routes, settings, access_log: configuration.log.access_log(), workers };
    tokio::spawn(Arc::clone(&hub).tend_for_ever());
    tokio::spawn(hub.register_anew_for_ever(losses, Arc::clone(&matchmaking), Arc::clone(&clock)));
    tokio::spawn(matchmaking.sweep_for_ever(Arc::clone(&clock)));
    tokio::spawn(log.dropped_lines().report_for_ever(clock));
    server.run().await;
    upkeep.end().await?;
    tracing::info!("the server is gone");
    Ok(())
}
