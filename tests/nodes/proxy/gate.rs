//! What is held up waits here until it is let go.

use std::sync::{Condvar, Mutex};

#[derive(Default)]
pub(super) struct Gate {
    /// How many wait, and how often all were let go.
    state: Mutex<(usize, usize)>,
    changed: Condvar,
}

impl Gate {
    /// Waits until those who wait are let go.
    pub(super) fn wait(&self) {
        let mut state = self.state.lock().expect("no thread panicked");
        state.0 += 1;
        let before = state.1;
        let mut state = self.changed.wait_while(state, |state| state.1 == before).expect("no thread panicked");
        state.0 -= 1;
    }

    /// Whether somebody waits.
    pub(super) fn is_holding(&self) -> bool {
        self.state.lock().expect("no thread panicked").0 > 0
    }

    /// Lets go of all who wait.
    pub(super) fn let_go(&self) {
        self.state.lock().expect("no thread panicked").1 += 1;
        self.changed.notify_all();
    }
}
