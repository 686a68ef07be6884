//! What may happen next, and how it does.

use std::{fmt, time::Duration};

use matchmaker::domain::EndReason;

use crate::{
    call::{Answer, Call, Failure},
    program::{Operation, Point, State},
    universe::{DISCONNECT_GRACE, KEYS, Line, MATCH_LIFETIME, PLAYERS, SEARCH_TIME},
    violation::Violation,
    world::{Setting, Task, World},
};

/// What may go wrong at a call of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It fails before its effect.
    NotDone,
    /// It takes effect, and its answer is lost.
    AnswerLost,
    /// It is given up, and takes effect at some later point.
    Late,
    /// The caller dies before its effect.
    DeathBefore,
    /// The caller dies after its effect.
    DeathAfter,
}

const FAULTS: [Fault; 5] = [Fault::NotDone, Fault::AnswerLost, Fault::Late, Fault::DeathBefore, Fault::DeathAfter];
/// The faults of a call without an effect; the others are the same as these.
const FAULTS_OF_READING: [Fault; 2] = [Fault::NotDone, Fault::DeathBefore];

/// One step of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A call begins, and makes its first call of a port. What happens between the two changes nothing, so a call that
    /// has begun and not yet come to its first port is the same as one that begins later.
    Begin(Operation, Option<Fault>),
    /// The task of this number makes its next call of a port.
    Continue(usize, Option<Fault>),
    /// The call that was given up takes effect.
    LateEffect,
    Pass(Duration),
}

/// A step and what it was about, for reading.
pub(crate) struct Told {
    step: Step,
    operation: Option<Operation>,
    call: String,
}

impl fmt::Display for Told {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fault = match self.step {
            Step::Begin(_, fault) | Step::Continue(_, fault) => fault,
            Step::LateEffect => return write!(formatter, "late effect of {}", self.call),
            Step::Pass(time) => return write!(formatter, "{time:?} pass"),
        };
        let begins = if matches!(self.step, Step::Begin(..)) { "begins, " } else { "" };
        if let Some(operation) = self.operation {
            write!(formatter, "{operation:?} {begins}calls {}", self.call)?;
        }
        fault.map_or(Ok(()), |fault| write!(formatter, " !! {fault:?}"))
    }
}

impl World {
    /// Everything that may happen next.
    pub(crate) fn steps(&self, setting: &mut Setting) -> Vec<Step> {
        let mut steps = Vec::new();
        for number in 0..self.tasks.len() {
            let State::Calls(call) = setting.programs.state(self.tasks[number].point) else { continue };
            steps.extend(self.with_faults(call.only_reads(), |fault| Step::Continue(number, fault)));
        }
        if self.late.is_some() {
            steps.push(Step::LateEffect);
        }
        steps.extend(self.passages().map(Step::Pass));
        if self.budget.calls > 0 && self.tasks.len() < usize::from(self.budget.in_flight) {
            for operation in self.operations(setting) {
                let point = setting.programs.start(operation, self.next_match());
                let State::Calls(call) = setting.programs.state(point) else { continue };
                steps.extend(self.with_faults(call.only_reads(), |fault| Step::Begin(operation, fault)));
            }
        }
        // Those that use up the least of what may still happen come first, so that the others find most states seen.
        steps.sort_by_key(|step| match step {
            Step::Continue(_, None) | Step::LateEffect => 0,
            Step::Begin(_, None) => 1,
            Step::Pass(_) => 2,
            Step::Continue(_, Some(_)) | Step::Begin(_, Some(_)) => 3,
        });
        steps
    }

    fn with_faults(&self, only_reads: bool, step: impl Fn(Option<Fault>) -> Step) -> impl Iterator<Item = Step> {
        let faults: &[Fault] = match (self.budget.faults, only_reads) {
            (0, _) => &[],
            (_, true) => &FAULTS_OF_READING,
            (_, false) => &FAULTS,
        };
        // One call that takes effect late at a time is enough.
        let faults = faults.iter().filter(|fault| **fault != Fault::Late || self.late.is_none());
        std::iter::once(None).chain(faults.copied().map(Some)).map(step).collect::<Vec<_>>().into_iter()
    }

    /// Times that would change something by passing.
    fn passages(&self) -> impl Iterator<Item = Duration> {
        let moment = Duration::from_secs(1);
        let graces = self.queue.deadlines().any(|(_, _, reason)| reason == EndReason::Disconnected);
        let searches = self.queue.deadlines().any(|(_, _, reason)| reason == EndReason::Expired);
        let unsettled = self.queue.pairings(matchmaker::domain::Serial(0), 9).iter().any(|pairing| !pairing.settled);
        let passages = [
            (graces || unsettled, DISCONNECT_GRACE + moment),
            (searches, SEARCH_TIME + moment),
            (!self.chapters.is_empty(), MATCH_LIFETIME + moment),
        ];
        let may_pass = self.budget.passages > 0;
        passages.into_iter().filter(move |(useful, _)| may_pass && *useful).map(|(_, time)| time)
    }

    /// Every call that may begin. Of players and keys that nothing has happened to, one is as good as another.
    fn operations(&self, setting: &Setting) -> Vec<Operation> {
        let players = PLAYERS.min(self.players_met + 1);
        let keys = KEYS.min(self.keys_met + 1);
        let mut operations = Vec::new();
        for player in 0..players {
            operations.extend((0..keys).map(|key| Operation::Find { player, key }));
            operations.push(Operation::Standing { player });
            operations.push(Operation::Leave { player });
            let line = Line { player, number: self.opened[usize::from(player)] };
            operations.push(Operation::Register { line });
        }
        // A session serves one socket, and one message after the other: it sees that the socket has closed, or registers
        // it once more, when the registration before is over.
        let registers = |line: Line| {
            let registers = Operation::Register { line };
            self.tasks.iter().any(|task| setting.programs.operation(task.point) == registers)
        };
        for &line in self.open.iter().filter(|line| !registers(**line)) {
            operations.extend([Operation::Register { line }, Operation::Close { line }]);
        }
        let named = self.chapters.iter().filter(|chapter| chapter.named);
        operations.extend(named.map(|chapter| Operation::Finish { match_: chapter.match_.id() }));
        operations.push(Operation::Sweep);
        operations
    }

    /// New matches are numbered by the call that makes them.
    fn next_match(&self) -> u64 {
        self.begun * 100
    }

    /// Takes a step.
    pub(crate) fn take(&mut self, setting: &mut Setting, step: Step) -> Result<(), Violation> {
        match step {
            Step::Begin(operation, fault) => {
                self.begin(setting, operation);
                self.budget.calls -= 1;
                self.proceed(setting, self.tasks.len() - 1, fault).map(drop)
            }
            Step::Continue(number, fault) => self.proceed(setting, number, fault).map(drop),
            Step::LateEffect => {
                let Some(call) = self.late.take() else { return Ok(()) };
                if let Call::Connect(_, socket, _) = &call
                    && !self.open.contains(&Line::of(*socket))
                {
                    self.lost.push(Line::of(*socket));
                }
                self.take_effect(setting, &call).map(drop)
            }
            Step::Pass(time) => {
                self.budget.passages -= 1;
                self.pass(time);
                Ok(())
            }
        }
    }

    /// What a step is about, before it is taken.
    pub(crate) fn tell(&self, setting: &mut Setting, step: Step) -> Told {
        let point = match step {
            Step::Begin(operation, _) => Some(setting.programs.start(operation, self.next_match())),
            Step::Continue(number, _) => Some(self.tasks[number].point),
            Step::LateEffect | Step::Pass(_) => None,
        };
        let call = match point.map(|point| setting.programs.state(point)) {
            Some(State::Calls(call)) => format!("{call:?}"),
            _ => self.late.as_ref().map(|call| format!("{call:?}")).unwrap_or_default(),
        };
        Told { step, operation: point.map(|point| setting.programs.operation(point)), call }
    }

    /// Begins a call.
    pub(crate) fn begin(&mut self, setting: &mut Setting, operation: Operation) {
        let point = setting.programs.start(operation, self.next_match());
        self.begun += 1;
        let mut calm = false;
        match operation {
            Operation::Find { player, key } => {
                self.players_met = self.players_met.max(player + 1);
                self.keys_met = self.keys_met.max(key + 1);
                self.quiet[usize::from(player)] = false;
                let leave = Operation::Leave { player };
                let leaves = self.tasks.iter_mut().filter(|task| setting.programs.operation(task.point) == leave);
                leaves.for_each(|task| task.calm = false);
            }
            Operation::Leave { player } => {
                self.players_met = self.players_met.max(player + 1);
                calm = !self.asks(setting, player);
            }
            Operation::Standing { player } => self.players_met = self.players_met.max(player + 1),
            Operation::Register { line } => {
                self.players_met = self.players_met.max(line.player + 1);
                self.opened[usize::from(line.player)] = self.opened[usize::from(line.player)].max(line.number + 1);
                if !self.open.contains(&line) {
                    self.open.push(line);
                }
            }
            Operation::Close { line } => self.open.retain(|open| *open != line),
            Operation::Finish { .. } | Operation::Sweep => {}
        }
        self.tasks.push(Task { point, calm });
    }

    /// A task makes its next call of a port; the point to which that brings it.
    pub(crate) fn proceed(
        &mut self,
        setting: &mut Setting,
        number: usize,
        fault: Option<Fault>,
    ) -> Result<Point, Violation> {
        let point = self.tasks[number].point;
        let State::Calls(call) = setting.programs.state(point) else { unreachable!("an ended task is not kept") };
        let call = call.clone();
        if fault.is_some() {
            self.budget.faults -= 1;
            self.faulty = true;
        }
        let answer = match fault {
            None => Some(self.take_effect(setting, &call)?),
            Some(Fault::NotDone) => Some(Answer::Failed(Failure::NotDone)),
            Some(Fault::AnswerLost) => {
                self.take_effect(setting, &call)?;
                Some(Answer::Failed(Failure::Unknown))
            }
            Some(Fault::Late) => {
                self.late = Some(call);
                Some(Answer::Failed(Failure::Unknown))
            }
            Some(Fault::DeathBefore) => None,
            Some(Fault::DeathAfter) => {
                self.take_effect(setting, &call)?;
                None
            }
        };
        let Some(answer) = answer else {
            self.tasks.remove(number);
            if let Operation::Close { line } = setting.programs.operation(point) {
                self.lost.push(line);
            }
            return Ok(point);
        };
        let next = setting.programs.answer(point, answer);
        self.tasks[number].point = next;
        if let State::Ended(outcome) = setting.programs.state(next) {
            let task = self.tasks.remove(number);
            self.check_answer(setting, setting.programs.operation(next), task.calm, outcome)?;
        }
        Ok(next)
    }
}
