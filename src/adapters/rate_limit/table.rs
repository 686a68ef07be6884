use std::sync::{Mutex, PoisonError};

use governor::{nanos::Nanos, state::StateStore};

/// A power of two.
const SETS: usize = 4096;

const ENTRIES: usize = 8;

/// Remembers for as many keys as fit until when what they did weighs on them; a key is a 64-bit fingerprint.
///
/// Each key has its place in one small set. Where a set is full, the entry whose time lies furthest back gives way: it is
/// over already, or weighs least.
pub(super) struct Table {
    /// Plain mutexes: each is held for a look at one set. That many are hardly ever waited for.
    sets: Box<[Mutex<[Entry; ENTRIES]>]>,
}

/// An entry that was never used is one whose time is long over.
#[derive(Clone, Copy, Default)]
struct Entry {
    fingerprint: u64,
    time: u64,
}

impl Default for Table {
    fn default() -> Self {
        Self { sets: (0..SETS).map(|_| Mutex::default()).collect() }
    }
}

impl StateStore for Table {
    type Key = u64;

    fn measure_and_replace<T, F, E>(&self, fingerprint: &u64, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let set = &self.sets[usize::try_from(fingerprint % SETS as u64).unwrap_or_default()];
        let mut entries = set.lock().unwrap_or_else(PoisonError::into_inner);
        let own = entries.iter().find(|entry| entry.fingerprint == *fingerprint && entry.time > 0);
        let (outcome, time) = decide(own.map(|own| Nanos::new(own.time)))?;
        // His own entry, else the one furthest back.
        let place = entries.iter_mut().min_by_key(|entry| (entry.fingerprint != *fingerprint, entry.time));
        if let Some(place) = place {
            *place = Entry { fingerprint: *fingerprint, time: time.as_u64() };
        }
        Ok(outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remember(table: &Table, fingerprint: u64, time: u64) {
        let remembered = table.measure_and_replace(&fingerprint, |_| Ok::<_, ()>(((), Nanos::new(time))));
        assert_eq!(remembered, Ok(()));
    }

    fn recall(table: &Table, fingerprint: u64) -> Option<u64> {
        table.measure_and_replace(&fingerprint, Err::<((), Nanos), _>).unwrap_err().map(Nanos::as_u64)
    }

    /// Fingerprints that share a set.
    fn rivals(count: u64) -> impl Iterator<Item = u64> {
        (1..=count).map(|number| number * SETS as u64)
    }

    #[test]
    fn each_key_has_a_time_of_its_own() {
        let table = Table::default();
        assert_eq!(recall(&table, 7), None);
        remember(&table, 7, 70);
        remember(&table, 7 + SETS as u64, 80);
        remember(&table, 8, 90);
        remember(&table, 7, 75);
        assert_eq!(recall(&table, 7), Some(75));
        assert_eq!(recall(&table, 7 + SETS as u64), Some(80));
        assert_eq!(recall(&table, 8), Some(90));
        assert_eq!(recall(&table, 0), None);
    }

    #[test]
    fn what_is_refused_changes_nothing() {
        let table = Table::default();
        for (fingerprint, time) in rivals(8).zip(1..) {
            remember(&table, fingerprint, time);
        }
        for fingerprint in rivals(100).skip(8) {
            assert_eq!(recall(&table, fingerprint), None);
        }
        for (fingerprint, time) in rivals(8).zip(1..) {
            assert_eq!(recall(&table, fingerprint), Some(time));
        }
    }

    #[test]
    fn where_a_set_is_full_the_entry_furthest_back_gives_way() {
        let table = Table::default();
        for (fingerprint, time) in rivals(8).zip([50, 30, 80, 10, 60, 20, 70, 40]) {
            remember(&table, fingerprint, time);
        }
        let ninth = 9 * SETS as u64;

        remember(&table, ninth, 25);

        let left: Vec<_> = rivals(8).map(|fingerprint| recall(&table, fingerprint)).collect();
        assert_eq!(left, [Some(50), Some(30), Some(80), None, Some(60), Some(20), Some(70), Some(40)]);
        assert_eq!(recall(&table, ninth), Some(25));
    }

    #[test]
    fn the_memory_is_half_a_mebibyte_of_entries() {
        assert_eq!(SETS * ENTRIES * size_of::<Entry>(), 512 * 1024);
        assert!(SETS.is_power_of_two());
    }
}
