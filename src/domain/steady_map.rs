use std::{
    hash::{BuildHasher, Hash, RandomState},
    mem,
};

/// A hash map that grows and shrinks by one bucket at a time (linear hashing), so that no call pays for the growth of the
/// whole; the `HashMap` of the standard library moves all of its entries at once (see ADR 0018).
///
/// Hashes are keyed, since clients choose what is hashed. Entries come in no order that may decide anything.
#[derive(Clone, Debug)]
pub(crate) struct SteadyMap<K, V> {
    keyed: RandomState,
    /// The list itself moves when it doubles: 24 bytes for every eight entries, in half a millisecond for a million.
    buckets: Vec<Bucket<K, V>>,
    entries: usize,
}

type Bucket<K, V> = Vec<Entry<K, V>>;

#[derive(Clone, Debug)]
struct Entry<K, V> {
    /// Kept beside the key: most other keys are told apart by it, and entries are moved by it, without reading a key's text.
    hash: usize,
    key: K,
    value: V,
}

/// Where an entry is: the number of its bucket, and its index there.
type Position = (usize, usize);

/// How many entries there are for each bucket when the map grows. At less than half of it, it shrinks.
const LOAD: usize = 8;

/// How many entries a bucket grows by when it is full: with two, a waiting player takes 17 bytes less and joining 6 % more
/// instructions; doubling takes 14 bytes more.
const STEP: usize = 4;

impl<K, V> Default for SteadyMap<K, V> {
    fn default() -> Self {
        Self { keyed: RandomState::new(), buckets: vec![Vec::new()], entries: 0 }
    }
}

impl<K: Eq + Hash, V> SteadyMap<K, V> {
    pub(crate) const fn len(&self) -> usize {
        self.entries
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.buckets.iter().flatten().map(|entry| (&entry.key, &entry.value))
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        let (bucket, index) = self.find(self.hash(key), key)?;
        Some(&self.buckets[bucket][index].value)
    }

    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let (bucket, index) = self.find(self.hash(key), key)?;
        Some(&mut self.buckets[bucket][index].value)
    }

    /// The value of the key, which is the default from now on if there was none.
    pub(crate) fn get_or_default(&mut self, key: &K) -> &mut V
    where
        K: Clone,
        V: Default,
    {
        let hash = self.hash(key);
        let (bucket, index) = self.find(hash, key).unwrap_or_else(|| self.add(hash, key.clone(), V::default()));
        &mut self.buckets[bucket][index].value
    }

    /// Gives the key this value, instead of what it may have had.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        let hash = self.hash(&key);
        if let Some((bucket, index)) = self.find(hash, &key) {
            self.buckets[bucket][index].value = value;
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
        if !condition(&self.buckets[bucket][index].value) {
            return None;
        }
        let removed = self.buckets[bucket].swap_remove(index);
        self.entries -= 1;
        if self.buckets.len() > 1 && self.entries < self.buckets.len() * LOAD / 2 {
            self.shrink();
        }
        Some(removed.value)
    }

    #[expect(clippy::cast_possible_truncation, reason = "any bits of a hash will do")]
    fn hash(&self, key: &K) -> usize {
        self.keyed.hash_one(key) as usize
    }

    fn find(&self, hash: usize, key: &K) -> Option<Position> {
        let bucket = self.bucket_of(hash);
        let index = self.buckets[bucket].iter().position(|entry| entry.hash == hash && entry.key == *key)?;
        Some((bucket, index))
    }

    fn add(&mut self, hash: usize, key: K, value: V) -> Position {
        if self.entries == self.buckets.len() * LOAD {
            self.grow();
        }
        self.entries += 1;
        let number = self.bucket_of(hash);
        let bucket = &mut self.buckets[number];
        if bucket.len() == bucket.capacity() {
            bucket.reserve_exact(STEP);
        }
        bucket.push(Entry { hash, key, value });
        (number, bucket.len() - 1)
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
        let is_own = |entry: &Entry<K, V>| entry.hash & bit != 0;
        let sibling = mem::take(&mut self.buckets[number - bit]);
        let own = sibling.iter().filter(|entry| is_own(entry)).count();
        // Both get exactly the room that they need.
        let mut halves = [Vec::with_capacity(sibling.len() - own), Vec::with_capacity(own)];
        for entry in sibling {
            halves[usize::from(is_own(&entry))].push(entry);
        }
        let [others, own] = halves;
        self.buckets[number - bit] = others;
        self.buckets.push(own);
    }

    /// Gives what the last bucket holds back to the one that it came from.
    fn shrink(&mut self) {
        let bucket = self.buckets.pop();
        let number = self.buckets.len();
        let sibling = &mut self.buckets[number - (1 << number.ilog2())];
        sibling.extend(bucket.into_iter().flatten());
    }
}

#[cfg(test)]
mod tests;
