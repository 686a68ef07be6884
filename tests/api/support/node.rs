use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use matchmaker::{
    adapters::{
        AuthenticationOff, Gate, JwtAuthenticator, LoggingJournal, ManualClock, RandomMatchIds, Shutdown, Stores,
        configuration::Configuration,
        edge::Edge,
        http::Routes,
        metrics::Metrics,
        rate_limit::RateLimit,
        server::{Server, Workers},
    },
    domain::Timestamp,
    matchmaking::{Matchmaking, Ports},
    ports::{Authenticator, Clock},
};

use super::{
    clock::LoopClock,
    faults::{Faults, FaultyMatchRepository, FaultyQueueStore},
    server::TestNode,
    store::TestStore,
};

/// What a node is started in.
pub(super) struct Surroundings<'a> {
    pub(super) configuration: &'a Configuration,
    pub(super) manual: &'a Arc<ManualClock>,
    pub(super) wall_clock: &'a Arc<Mutex<(Duration, Timestamp)>>,
    pub(super) store: &'a TestStore,
    pub(super) faults: &'a Faults,
    pub(super) shutdown: &'a Shutdown,
}

impl Surroundings<'_> {
    pub(super) async fn start_node(&self) -> TestNode {
        let Self { configuration, manual, store, faults, shutdown, .. } = self;
        let settings = configuration.network.server_settings(4096).expect("as many connections as asked for");
        let listeners = configuration.network.listen().expect("free ports");
        let address = listeners.public.local_addr().expect("an address");
        let operations = listeners.operations.as_ref().map(|listener| listener.local_addr().expect("an address"));

        let clock: Arc<dyn Clock> = Arc::<ManualClock>::clone(manual);
        let (tending, sweeping) = (LoopClock::new(manual), LoopClock::new(manual));
        let metrics = Arc::new(Metrics::new(|| 0));
        let stores = store.open(configuration, &clock, &tending, &metrics).await;
        let Stores { queue, matches, notifier, hub, .. } = stores;
        let matchmaking = Arc::new(Matchmaking::new(Ports {
            queue: Arc::new(FaultyQueueStore { store: queue, faults: (*faults).clone() }),
            matches: Arc::new(FaultyMatchRepository { repository: matches, faults: (*faults).clone() }),
            notifier,
            journal: Arc::new(LoggingJournal::new(Arc::clone(&metrics))),
            match_ids: Arc::new(RandomMatchIds),
        }));
        let calls_of_players = RateLimit::new(configuration.calls_of_players(), &clock);
        let routes = Routes {
            matchmaking: Arc::clone(&matchmaking),
            terms: configuration.terms().clone(),
            edge: Arc::new(Edge::new(configuration.edge_settings(), &clock, Arc::clone(&metrics))),
            gate: Arc::new(Gate::new(
                self.authenticator(&clock),
                calls_of_players,
                Arc::clone(&metrics),
                Arc::clone(&clock),
            )),
            hub: Arc::clone(&hub),
            metrics,
            clock,
            shutdown: (*shutdown).clone(),
        };
        let server = Server { listeners, routes, settings, access_log: false, workers: Workers::default() };
        tokio::spawn(hub.tend_for_ever());
        tokio::spawn(matchmaking.sweep_for_ever(Arc::<LoopClock>::clone(&sweeping)));
        TestNode { address, operations, tending, sweeping, running: tokio::spawn(server.run()) }
    }

    fn authenticator(&self, clock: &Arc<dyn Clock>) -> Arc<dyn Authenticator> {
        let jwt = self.configuration.identity.jwt().expect("settings that do not contradict each other");
        let Some(jwt) = jwt else { return Arc::new(AuthenticationOff) };
        let (wall_clock, manual) = (Arc::clone(self.wall_clock), Arc::clone(self.manual));
        let authenticator = JwtAuthenticator::new(jwt, Arc::clone(clock)).expect("keys that can be used");
        Arc::new(authenticator.with_unix_time(move || {
            let (set_to, set_at) = *wall_clock.lock().unwrap_or_else(PoisonError::into_inner);
            set_to.saturating_add(manual.now().since(set_at))
        }))
    }
}
