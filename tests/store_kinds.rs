//! A further kind of store, which stands in this file alone and is used as those of the server are.

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use matchmaker::{
    adapters::{
        LoggingJournal, ManualClock, RandomMatchIds, Shutdown, Store, StoreKind, StoreNeeds, StoreSetting, StoreSource,
        Stores, Upkeep, UpkeepUnderWay,
        audit::{Audit, audit},
        configuration::{Order, Refusal},
        in_memory::{InMemory, InMemoryMatchRepository, InMemoryQueueStore},
        metrics::Metrics,
        websocket::SocketHub,
    },
    domain::{Asset, Game, PlayerId, QueueKey, QueueSettings, Stake},
    matchmaking::{Found, Matchmaking, Ports},
    ports::Clock,
};
use tokio::sync::watch;

const KINDS: [&dyn StoreKind; 2] = [&InMemory, &OnShelf];

/// The kind: `shelf://` and the name of a board.
struct OnShelf;

impl StoreKind for OnShelf {
    fn synopsis(&self) -> &'static str {
        "shelf://board"
    }

    fn help(&self) -> &'static str {
        "A shelf stands in the cellar; --store-prefix is a shelfmark."
    }

    fn is_named_by(&self, store: &str) -> bool {
        store.starts_with("shelf://")
    }

    fn read(&self, source: &StoreSource<'_>) -> Result<Arc<dyn Store>, String> {
        let board = source.store.strip_prefix("shelf://").filter(|board| !board.is_empty());
        let board = board.ok_or_else(|| format!("{} names no board", StoreSetting::Store))?.to_owned();
        Ok(Arc::new(Shelf { board, shelfmark: source.prefix.unwrap_or("none").to_owned(), tidy: Arc::default() }))
    }
}

/// One board. It keeps everything as memory does, and is tidied beside it.
#[derive(Debug)]
struct Shelf {
    board: String,
    shelfmark: String,
    tidy: Arc<AtomicBool>,
}

#[async_trait]
impl Store for Shelf {
    async fn open(&self, StoreNeeds { queue, matches, clock, metrics }: StoreNeeds) -> Result<Stores, Box<dyn Error>> {
        if self.board == "broken" {
            return Err("the board broken is broken".into());
        }
        let hub = Arc::new(SocketHub::new(Arc::clone(&clock), metrics));
        Ok(Stores {
            queue: Arc::new(InMemoryQueueStore::new(queue, Arc::clone(&clock))),
            matches: Arc::new(InMemoryMatchRepository::new(matches, clock)),
            notifier: Arc::<SocketHub>::clone(&hub),
            hub,
            losses: watch::Sender::new(0).subscribe(),
            upkeep: Arc::new(Tidying { tidy: Arc::clone(&self.tidy) }),
        })
    }

    async fn audit(&self, judged_by: QueueSettings, _: Duration) -> Result<Audit, Box<dyn Error>> {
        match self.board.as_str() {
            "broken" => Err("the board broken cannot be audited".into()),
            "bent" => Ok(Audit::Unsound(vec![format!("{} players may wait on a bent board", judged_by.max_waiting)])),
            board => Ok(Audit::Sound(format!("the board {board} holds what stands under {}", self.shelfmark))),
        }
    }
}

struct Tidying {
    tidy: Arc<AtomicBool>,
}

#[async_trait]
impl Upkeep for Tidying {
    async fn run(self: Arc<Self>) -> Box<dyn Error + Send + Sync> {
        self.tidy.store(true, Ordering::Relaxed);
        "the shelf has been carried away".into()
    }

    async fn end(&self) {}
}

fn read(arguments: &[&str]) -> Result<Order, Refusal> {
    Order::read(["matchmaker"].iter().chain(arguments).map(Into::into), &KINDS)
}

fn refusal(arguments: &[&str]) -> String {
    read(arguments).expect_err("the arguments are refused").to_string()
}

#[tokio::test]
async fn a_server_runs_on_the_store_that_its_settings_name() {
    let order = read(&["--store=shelf://oak", "--store-prefix=a7"]).expect("a store that there is");
    let Order::Serve(configuration) = order else { panic!("not the settings of a server: {order:?}") };
    let store = format!("{:?}", configuration.store());
    assert!(store.contains("oak") && store.contains("a7"), "{store}");

    let clock: Arc<dyn Clock> = Arc::new(ManualClock::default());
    let metrics = Arc::new(Metrics::new(|| 0));
    let needs = configuration.store_needs(&clock, &metrics);
    let Stores { queue, matches, notifier, upkeep, .. } = configuration.store().open(needs).await.expect("it is there");
    let journal = Arc::new(LoggingJournal::new(metrics));
    let matchmaking =
        Matchmaking::new(Ports { queue, matches, notifier, journal, match_ids: Arc::new(RandomMatchIds) });
    let key = QueueKey::new(Game::parse("chess").expect("a game"), Stake::parse(Asset::Ton, "1").expect("a stake"));
    let [alice, bob] = ["alice", "bob"].map(|player| PlayerId::parse(player).expect("a player"));
    assert_eq!(matchmaking.find(&alice, &key).await.expect("an answer"), Found::Waiting);
    assert!(matches!(matchmaking.find(&bob, &key).await, Ok(Found::Matched(_))));

    let shutdown = Shutdown::default();
    let upkeep = UpkeepUnderWay::start(upkeep, shutdown.clone());
    shutdown.begun().await;
    assert!(format!("{:?}", configuration.store()).contains("true"), "the upkeep is that of the shelf");
    let reason = upkeep.end().await.expect_err("a store without which the server cannot go on");
    assert_eq!(reason.to_string(), "the shelf has been carried away");
}

#[tokio::test]
async fn what_is_wrong_with_it_is_said_in_its_own_words() {
    assert_eq!(refusal(&["--store=shelf://"]), "--store (or STORE in the environment) names no board");
    let Ok(Order::Serve(configuration)) = read(&["--store=shelf://broken"]) else { panic!("not a server's settings") };
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::default());
    let needs = configuration.store_needs(&clock, &Arc::new(Metrics::new(|| 0)));
    let refused = configuration.store().open(needs).await.err().expect("it cannot be used");
    assert_eq!(refused.to_string(), "the board broken is broken");
}

#[tokio::test]
async fn an_audit_of_it_ends_with_the_code_of_what_it_came_to() {
    for (store, code) in [("shelf://oak", 0), ("shelf://bent", 1), ("shelf://broken", 2), ("memory", 2)] {
        let order = read(&["audit", "--store", store]);
        let Ok(Order::Audit(settings)) = order else { panic!("not an audit: {order:?}") };
        assert_eq!(audit(&settings).await, code, "{store}");
    }
}

#[test]
fn help_and_refusals_know_it_beside_the_others() {
    assert_eq!(
        refusal(&["--store=drawer"]),
        "--store (or STORE in the environment) is no store: give memory or shelf://board"
    );
    assert_eq!(
        refusal(&["--store=memory", "--store-prefix=a7"]),
        "--store-prefix (or STORE_PREFIX in the environment) does nothing with --store memory: give --store \
         shelf://board too, or neither"
    );
    let help = refusal(&["--help"]).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("shelf://board") && help.contains("--store-prefix is a shelfmark"), "{help}");
}
