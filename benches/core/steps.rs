//! What a benchmark does before, while and after its time is taken.

use std::cell::RefCell;

use divan::Bencher;

/// Measures one call on a state that is the same each time: what `prepare` does before the call and `restore` after it is
/// not measured.
pub(crate) fn measure<S, I, O>(
    bencher: Bencher,
    state: S,
    prepare: impl Fn(&mut S) -> I,
    call: impl Fn(&mut S, &I) -> O,
    restore: impl Fn(&mut S, &I, &O),
) {
    let state = RefCell::new(state);
    bencher.with_inputs(|| prepare(&mut state.borrow_mut())).bench_local_values(|input| {
        let outcome = call(&mut state.borrow_mut(), &input);
        Restoring { state: &state, input, outcome, restore: &restore }
    });
}

/// What a call was and became, until its time has been taken.
struct Restoring<'b, S, I, O, R: Fn(&mut S, &I, &O)> {
    state: &'b RefCell<S>,
    input: I,
    outcome: O,
    restore: &'b R,
}

impl<S, I, O, R: Fn(&mut S, &I, &O)> Drop for Restoring<'_, S, I, O, R> {
    fn drop(&mut self) {
        (self.restore)(&mut self.state.borrow_mut(), &self.input, &self.outcome);
    }
}
