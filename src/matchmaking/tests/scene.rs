use std::{
    collections::VecDeque,
    io,
    sync::{Mutex, PoisonError},
};

use super::*;
use crate::ports::{Finish, Insertion, MockMatchRepository, MockNotifier, MockQueueStore};

/// The two ways in which a port's call can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    NotDone,
    Unknown,
}

impl Failure {
    pub(super) const ALL: [Self; 2] = [Self::NotDone, Self::Unknown];

    fn error(self) -> PortError {
        let source = Box::new(io::Error::other("the wire is cut"));
        match self {
            Self::NotDone => PortError::NotDone(source),
            Self::Unknown => PortError::Unknown(source),
        }
    }

    /// Whether the caller of a use case learns of this very failure.
    pub(super) fn is_reported_by(self, error: &Unavailable) -> bool {
        match error {
            Unavailable::Port(PortError::NotDone(_)) => self == Self::NotDone,
            Unavailable::Port(PortError::Unknown(_)) => self == Self::Unknown,
            Unavailable::RepositoryFull | Unavailable::Busy => false,
        }
    }
}

/// Answers in their order; the last is given again and again.
#[derive(Clone, Debug)]
pub(super) struct Sequence<T>(VecDeque<T>);

impl<T> Default for Sequence<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T, const N: usize> From<[T; N]> for Sequence<T> {
    fn from(answers: [T; N]) -> Self {
        Self(answers.into())
    }
}

impl<T> FromIterator<T> for Sequence<T> {
    fn from_iter<I: IntoIterator<Item = T>>(answers: I) -> Self {
        Self(answers.into_iter().collect())
    }
}

impl<T: Clone> Sequence<T> {
    fn next(&mut self) -> Option<T> {
        if self.0.len() > 1 { self.0.pop_front() } else { self.0.front().cloned() }
    }
}

/// What the ports answer. Where nothing is given, all is well: matches are active and settled, and there is nothing to
/// sweep.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers {
    pub(super) find: Sequence<Decided<FindOutcome>>,
    pub(super) look: Sequence<Decided<Standing>>,
    pub(super) leave: Sequence<Decided<LeaveOutcome>>,
    pub(super) connect: Sequence<Decided<ConnectOutcome>>,
    pub(super) settle: Sequence<SettleOutcome>,
    pub(super) release: Sequence<bool>,
    pub(super) pairing: Sequence<Option<Pairing>>,
    pub(super) unsettled: Sequence<Vec<Pairing>>,
    pub(super) pairings: Sequence<Vec<Pairing>>,
    pub(super) end_overdue: Sequence<Vec<EndedTicket>>,
    pub(super) insert: Sequence<Insertion>,
    pub(super) get: Sequence<Option<Match>>,
    pub(super) over: Sequence<Vec<MatchId>>,
    pub(super) finish: Sequence<Finish>,
    pub(super) overdue: Sequence<Vec<MatchId>>,
    pub(super) purge: Sequence<usize>,
    pub(super) greet: Sequence<Greeted>,
}

type Plan = dyn Fn(usize, &str) -> Option<Failure> + Send + Sync;

/// Mocked ports that answer as they are told, and write down in one list all that is asked of them and recorded.
#[derive(Clone)]
pub(super) struct Scene {
    state: Arc<Mutex<State>>,
    plan: Arc<Plan>,
}

struct State {
    answers: Answers,
    calls: Vec<String>,
}

impl Scene {
    /// A scene in which no call fails.
    pub(super) fn new(answers: Answers) -> Self {
        Self::failing(answers, |_, _| None)
    }

    /// A scene in which a call fails as the plan says, which is given the call's place in the list and its name.
    pub(super) fn failing(
        answers: Answers,
        plan: impl Fn(usize, &str) -> Option<Failure> + Send + Sync + 'static,
    ) -> Self {
        Self { state: Arc::new(Mutex::new(State { answers, calls: Vec::new() })), plan: Arc::new(plan) }
    }

    /// All that was asked and recorded so far, in order.
    pub(super) fn calls(&self) -> Vec<String> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).calls.clone()
    }

    pub(super) fn matchmaking(&self) -> Matchmaking {
        Matchmaking::new(Ports {
            queue: Arc::new(self.queue()),
            matches: Arc::new(self.matches()),
            notifier: Arc::new(self.notifier()),
            journal: Arc::new(self.clone()),
            match_ids: Arc::new(self.clone()),
        })
    }

    fn call<T>(&self, call: String, answer: impl FnOnce(&mut Answers) -> T) -> Result<T, PortError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let failure = (self.plan)(state.calls.len(), &call);
        state.calls.push(call);
        failure.map_or_else(|| Ok(answer(&mut state.answers)), |failure| Err(failure.error()))
    }

    fn queue(&self) -> MockQueueStore {
        let mut queue = MockQueueStore::new();
        let at = self.clone();
        queue.expect_find().returning(move |player, key, _| {
            at.call(format!("find {player} {}", key.game()), |answers| answers.find.next().expect("a find is told"))
        });
        let at = self.clone();
        queue.expect_look().returning(move |player| {
            at.call(format!("look {player}"), |answers| answers.look.next().expect("a look is told"))
        });
        let at = self.clone();
        queue.expect_leave().returning(move |player| {
            at.call(format!("leave {player}"), |answers| answers.leave.next().expect("a leave is told"))
        });
        let at = self.clone();
        queue.expect_connect().returning(move |player, _, _| {
            let idle = || connected(9, Standing::Idle);
            at.call(format!("connect {player}"), |answers| answers.connect.next().unwrap_or_else(idle))
        });
        let at = self.clone();
        queue.expect_disconnect().returning(move |player, _| at.call(format!("disconnect {player}"), |_| ()));
        let at = self.clone();
        queue.expect_settle().returning(move |match_| {
            let settled = SettleOutcome::Settled;
            at.call(format!("settle {}", number(match_.id())), |answers| answers.settle.next().unwrap_or(settled))
        });
        let at = self.clone();
        queue.expect_release().returning(move |match_| {
            at.call(format!("release {}", number(match_.id())), |answers| answers.release.next().unwrap_or(true))
        });
        let at = self.clone();
        queue.expect_pairing().returning(move |match_| {
            let number = number(match_.id());
            let stands = || Some(settled(number));
            at.call(format!("pairing {number}"), |answers| answers.pairing.next().unwrap_or_else(stands))
        });
        self.expect_sweeping(&mut queue);
        queue
    }

    fn expect_sweeping(&self, queue: &mut MockQueueStore) {
        let at = self.clone();
        queue.expect_unsettled().returning(move |_, after, _| {
            at.call(format!("unsettled after {}", after.0), |answers| answers.unsettled.next().unwrap_or_default())
        });
        let at = self.clone();
        queue.expect_pairings().returning(move |after, _| {
            at.call(format!("pairings after {}", after.0), |answers| answers.pairings.next().unwrap_or_default())
        });
        let at = self.clone();
        queue.expect_end_overdue().returning(move |_| {
            at.call("end overdue".to_owned(), |answers| answers.end_overdue.next().unwrap_or_default())
        });
        let at = self.clone();
        queue.expect_census().returning(move || at.call("census".to_owned(), |_| Census::default()));
    }

    fn matches(&self) -> MockMatchRepository {
        let mut matches = MockMatchRepository::new();
        let at = self.clone();
        matches.expect_insert().returning(move |match_| {
            let inserted = Insertion::Inserted;
            at.call(format!("insert {}", number(match_.id())), |answers| answers.insert.next().unwrap_or(inserted))
        });
        let at = self.clone();
        matches.expect_get().returning(move |id| {
            let number = number(id);
            let goes_on = || Some(active(number));
            at.call(format!("get {number}"), |answers| answers.get.next().unwrap_or_else(goes_on))
        });
        let at = self.clone();
        matches.expect_over().returning(move |ids| {
            let numbers: Vec<String> = ids.iter().map(|id| number(*id).to_string()).collect();
            at.call(format!("over {}", numbers.join(" ")), |answers| answers.over.next().unwrap_or_default())
        });
        let at = self.clone();
        matches.expect_finish().returning(move |id| {
            let number = number(id);
            let done = || Finish::Finished(finished(number));
            at.call(format!("finish {number}"), |answers| answers.finish.next().unwrap_or_else(done))
        });
        let at = self.clone();
        matches
            .expect_overdue()
            .returning(move |_| at.call("overdue".to_owned(), |answers| answers.overdue.next().unwrap_or_default()));
        let at = self.clone();
        matches
            .expect_purge()
            .returning(move |_| at.call("purge".to_owned(), |answers| answers.purge.next().unwrap_or_default()));
        let at = self.clone();
        matches.expect_count().returning(move || at.call("count".to_owned(), |_| 0));
        matches
    }

    fn notifier(&self) -> MockNotifier {
        let mut notifier = MockNotifier::new();
        let at = self.clone();
        notifier.expect_attach().returning(move |player, _| at.call(format!("attach {player}"), |_| ()));
        let at = self.clone();
        notifier.expect_detach().returning(move |player, _| at.call(format!("detach {player}"), |_| ()));
        let at = self.clone();
        notifier.expect_tell().returning(move |player, notice| {
            let notice = match notice {
                Notice::MatchFound(match_) => format!("found {}", number(match_.id())),
                Notice::MatchFinished(match_) => format!("finished {}", number(match_.id())),
                Notice::SearchEnded(ended) => ended.reason.as_str().to_owned(),
            };
            at.call(format!("tell {player} {notice}"), |_| ())
        });
        let at = self.clone();
        notifier.expect_greet().returning(move |player, _, greeting| {
            let named = greeting.match_found().map(|match_| format!(" in {}", number(match_.id())));
            let anew = greeting.connection() != greeting.read_at();
            let anew = if anew { format!(" by {}", greeting.connection().0) } else { String::new() };
            let greeting =
                format!("greet {player} {}{}{anew}", greeting.standing().as_str(), named.unwrap_or_default());
            at.call(greeting, |answers| answers.greet.next().unwrap_or(Greeted::Live))
        });
        notifier
    }
}

impl Journal for Scene {
    fn record(&self, event: Event<'_>) {
        let event = match event {
            Event::PlayerRegistered(player) => format!("{player} registered"),
            Event::QueueJoined(player, _) => format!("{player} joined"),
            Event::MatchCreated(match_) => format!("{} created", number(match_.id())),
            Event::MatchCarriedForward(match_, by) => {
                format!("{} carried forward by the {}", number(match_.id()), by.as_str())
            }
            Event::TicketEnded(ended) => format!("{} {}", ended.player, ended.reason.as_str()),
            Event::MatchFinished(match_) => format!("{} finished", number(match_.id())),
        };
        self.state.lock().unwrap_or_else(PoisonError::into_inner).calls.push(format!("record {event}"));
    }
}

impl MatchIds for Scene {
    fn next(&self) -> MatchId {
        match_id(999)
    }
}

fn number(id: MatchId) -> u64 {
    u64::try_from(id.as_uuid().as_u128()).expect("the tests number matches by small numbers")
}
