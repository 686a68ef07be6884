//! Random histories: few players, few keys and times around every deadline, so that much meets.

use std::time::Duration;

use proptest::{collection::vec, option, prelude::*, sample::select};

pub(crate) const PLAYERS: usize = 4;
const KEYS: usize = 2;

/// Something that a client, the clock or the sweeper does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Find {
        player: usize,
        key: usize,
    },
    Look {
        player: usize,
    },
    Leave {
        player: usize,
    },
    /// Registers on a new socket, or again on the newest that is open.
    Register {
        player: usize,
        anew: bool,
    },
    /// The newest socket closes, or the oldest.
    Close {
        player: usize,
        newest: bool,
    },
    /// Finishes a match, counted back from the last one made.
    Finish {
        back: usize,
    },
    Get {
        back: usize,
    },
    Pass(Duration),
    Sweep,
}

/// How one call of a port goes wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// It has no effect, and says so.
    NotDone,
    /// It has no effect, and nobody knows.
    CallLost,
    /// It has its effect, and nobody knows.
    AnswerLost,
    /// The process dies before it.
    DeathBefore,
    /// The process dies after it.
    DeathAfter,
}

/// A step, and the call of a port within it that goes wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    pub(crate) step: Step,
    pub(crate) fault: Option<(usize, Fault)>,
}

fn step() -> impl Strategy<Value = Step> {
    let player = || 0..PLAYERS;
    let times = [1, 999, 1_000, 29_999, 30_000, 599_999, 600_000, 3_600_000, 86_400_000];
    prop_oneof![
        12 => (player(), 0..KEYS).prop_map(|(player, key)| Step::Find { player, key }),
        3 => player().prop_map(|player| Step::Look { player }),
        3 => player().prop_map(|player| Step::Leave { player }),
        6 => (player(), any::<bool>()).prop_map(|(player, anew)| Step::Register { player, anew }),
        3 => (player(), any::<bool>()).prop_map(|(player, newest)| Step::Close { player, newest }),
        4 => (0..3usize).prop_map(|back| Step::Finish { back }),
        1 => (0..3usize).prop_map(|back| Step::Get { back }),
        3 => select(times.to_vec()).prop_map(|time| Step::Pass(Duration::from_millis(time))),
        2 => Just(Step::Sweep),
    ]
}

/// A history in which nothing fails.
pub(crate) fn calm() -> impl Strategy<Value = Vec<Turn>> {
    vec(step().prop_map(|step| Turn { step, fault: None }), 0..60)
}

/// A history in which a call may fail in any step, or the process die.
pub(crate) fn stormy() -> impl Strategy<Value = Vec<Turn>> {
    let kinds = [Fault::NotDone, Fault::CallLost, Fault::AnswerLost, Fault::DeathBefore, Fault::DeathAfter];
    let fault = option::weighted(0.4, (0..8usize, select(kinds.to_vec())));
    vec((step(), fault).prop_map(|(step, fault)| Turn { step, fault }), 0..60)
}
