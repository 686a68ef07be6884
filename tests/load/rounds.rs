//! What is measured round by round, for each subject.

use crate::{report::Cell, usage::Processor};

/// The processor time of single calls or matches, in microseconds, a number for each round.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cost {
    pub(crate) each: Vec<f64>,
    user: Vec<f64>,
    kernel: Vec<f64>,
}

impl Cost {
    /// Adds what so many have cost in a round, if the process is known.
    #[expect(clippy::cast_precision_loss, reason = "far fewer are counted than a float counts exactly")]
    pub(crate) fn add(&mut self, spent: Option<Processor>, count: u64) {
        let Some(spent) = spent else { return };
        let each = spent.total.as_secs_f64() * 1e6 / count as f64;
        self.each.push(each);
        if let Some(kernel) = spent.kernel_share() {
            self.user.push(each * (1.0 - kernel));
            self.kernel.push(each * kernel);
        }
    }

    /// All of it, the part in user mode, and the kernel's.
    pub(crate) fn cells(&self) -> [Cell; 3] {
        [&self.each, &self.user, &self.kernel].map(|runs| Cell::runs(runs.clone()))
    }
}

/// The subjects' order in a round: each comes first in turn.
pub(crate) fn order(round: u32, subjects: usize) -> impl Iterator<Item = usize> {
    (0..subjects).map(move |place| (place + round as usize) % subjects)
}

/// Columns to rows: the cells of each subject, one row for each of their kinds.
pub(crate) fn transposed<const N: usize>(subjects: impl IntoIterator<Item = [Cell; N]>) -> [Vec<Cell>; N] {
    let mut rows = std::array::from_fn(|_| Vec::new());
    for cells in subjects {
        for (row, cell) in rows.iter_mut().zip(cells) {
            row.push(cell);
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_subject_comes_first_in_turn() {
        let orders: Vec<Vec<usize>> = (0..4).map(|round| order(round, 3).collect()).collect();
        assert_eq!(orders, [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 1, 2]]);
    }

    #[test]
    fn a_cost_is_shared_by_all_and_split_as_the_system_splits_it() {
        let mut cost = Cost::default();
        cost.add(Some(Processor { total: Duration::from_millis(100), user: 0.02, kernel: 0.06 }), 10_000);
        cost.add(None, 10_000);
        let [each, user, kernel] = cost.cells().map(|cell| cell.median().expect("one round"));
        assert!((each - 10.0).abs() < 1e-9 && (user - 2.5).abs() < 1e-9 && (kernel - 7.5).abs() < 1e-9);
    }
}
