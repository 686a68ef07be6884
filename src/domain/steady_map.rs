mod bucket;

use std::{
    hash::{BuildHasher, Hash, RandomState},
    mem,
};

use bucket::{Bucket, Entry};

/// A hash map that grows and shrinks by one bucket at a time (linear hashing), so that no call pays for the growth of the
/// whole; the `HashMap` of the standard library moves all of its entries at once (see ADR 0018).
///
/// Hashes are keyed, since clients choose what is hashed. Entries come in no order that may decide anything.
#[derive(Clone, Debug)]
pub(crate) struct SteadyMap<K, V> {
    keyed: RandomState,
    /// The list itself moves when it doubles: 40 bytes for every eight entries.
    buckets: Vec<Bucket<K, V>>,
    entries: usize,
}

/// Where an entry is: the number of its bucket, and its index there.
type Position = (usize, usize);

/// How many entries there are for each bucket when the map grows. At less than half of it, it shrinks.
const LOAD: usize = 8;

impl<K, V> Default for SteadyMap<K, V> {
    fn default() -> Self {
        Self { keyed: RandomState::new(), buckets: vec![Bucket::default()], entries: 0 }
    }
}

impl<K: Eq + Hash, V> SteadyMap<K, V> {
    pub(crate) const fn len(&self) -> usize {
        self.entries
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.buckets.iter().flat_map(Bucket::entries).map(|entry| (&entry.key, &entry.value))
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        let (bucket, index) = self.find(self.hash(key), key)?;
        Some(&self.buckets[bucket].entries()[index].value)
    }

    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let (bucket, index) = self.find(self.hash(key), key)?;
        Some(self.buckets[bucket].value_mut(index))
    }

    /// The value of the key, which is the default from now on if there was none.
    pub(crate) fn get_or_default(&mut self, key: &K) -> &mut V
    where
        K: Clone,
        V: Default,
    {
        let hash = self.hash(key);
        let (bucket, index) = self.find(hash, key).unwrap_or_else(|| self.add(hash, key.clone(), V::default()));
        self.buckets[bucket].value_mut(index)
    }

    /// Gives the key this value, instead of what it may have had.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        let hash = self.hash(&key);
        if let Some((bucket, index)) = self.find(hash, &key) {
            *self.buckets[bucket].value_mut(index) = value;
        } else {
            self.add(hash, key, value);
        }
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        self.remove_if(key, |_| true)
    }

    /// Removes the key if the condition holds of its value.
    pub(crate) fn remove_if(&mut self, key: &K, condition: impl FnOnce(&V) -> bool) -> Option<V> {
        let (bucket, index) = self.find(self.hash(key), key)?;
        if !condition(&self.buckets[bucket].entries()[index].value) {
            return None;
        }
        let removed = self.buckets[bucket].remove(index);
        self.entries -= 1;
        if self.buckets.len() > 1 && self.entries < self.buckets.len() * LOAD / 2 {
            self.shrink();
        }
        Some(removed)
    }

    #[expect(clippy::cast_possible_truncation, reason = "any bits of a hash will do")]
    fn hash(&self, key: &K) -> usize {
        self.keyed.hash_one(key) as usize
    }

    fn find(&self, hash: usize, key: &K) -> Option<Position> {
        let bucket = self.bucket_of(hash);
        Some((bucket, self.buckets[bucket].position(hash, key)?))
    }

    fn add(&mut self, hash: usize, key: K, value: V) -> Position {
        if self.entries == self.buckets.len() * LOAD {
            self.grow();
        }
        self.entries += 1;
        let number = self.bucket_of(hash);
        (number, self.buckets[number].push(Entry { hash, key, value }))
    }

    /// The number of a hash's bucket: as many of its lowest bits as number all buckets, or one less where that bucket is
    /// still to come.
    const fn bucket_of(&self, hash: usize) -> usize {
        let mask = self.buckets.len().next_power_of_two() - 1;
        let number = hash & mask;
        if number < self.buckets.len() { number } else { number & (mask >> 1) }
    }

    /// Adds a bucket: it takes what is its own from the one whose number lacks its highest bit.
    fn grow(&mut self) {
        let number = self.buckets.len();
        let bit = 1 << number.ilog2();
        let sibling = &mut self.buckets[number - bit];
        let (others, own) = mem::take(sibling).split(|entry| entry.hash & bit != 0);
        *sibling = others;
        self.buckets.push(own);
    }

    /// Gives what the last bucket holds back to the one that it came from. The list of buckets is halved when a quarter of it
    /// is left.
    fn shrink(&mut self) {
        let Some(last) = self.buckets.pop() else { return };
        let number = self.buckets.len();
        self.buckets[number - (1 << number.ilog2())].append(last);
        if number < self.buckets.capacity() / 4 {
            self.buckets.shrink_to(2 * number);
        }
    }
}

#[cfg(test)]
mod tests;
