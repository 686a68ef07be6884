/// How many entries have a tag: as many as a bucket has on average right before it is split.
const TAGGED: usize = 16;

/// How many entries a bucket grows by when it is full (see ADR 0018).
const STEP: usize = 4;

/// Entries in no order, and beside their list a few bits of each one's hash: who looks for a key reads one place in memory
/// for most entries that are not the one, instead of one for each of them.
#[derive(Clone, Debug)]
pub(super) struct Bucket<K, V> {
    /// Of the first entries, in their order.
    tags: [u8; TAGGED],
    entries: Vec<Entry<K, V>>,
}

#[derive(Clone, Debug)]
pub(super) struct Entry<K, V> {
    /// Kept beside the key: other keys are told apart by it, and entries are moved by it, without reading a key's text.
    pub(super) hash: usize,
    pub(super) key: K,
    pub(super) value: V,
}

impl<K, V> Default for Bucket<K, V> {
    fn default() -> Self {
        Self::with_capacity(0)
    }
}

impl<K, V> Bucket<K, V> {
    fn with_capacity(capacity: usize) -> Self {
        Self { tags: [0; TAGGED], entries: room_for(capacity) }
    }

    pub(super) fn entries(&self) -> &[Entry<K, V>] {
        &self.entries
    }

    pub(super) fn value_mut(&mut self, index: usize) -> &mut V {
        &mut self.entries[index].value
    }

    pub(super) fn position(&self, hash: usize, key: &K) -> Option<usize>
    where
        K: Eq,
    {
        let tag = tag(hash);
        (0..self.entries.len()).find(|&index| {
            self.tags.get(index).is_none_or(|other| *other == tag) && {
                let entry = &self.entries[index];
                entry.hash == hash && entry.key == *key
            }
        })
    }

    /// Adds an entry; at which index.
    pub(super) fn push(&mut self, entry: Entry<K, V>) -> usize {
        let index = self.entries.len();
        self.make_room(1);
        self.entries.push(entry);
        self.tag(index);
        index
    }

    /// Removes an entry; the last one takes its place.
    pub(super) fn remove(&mut self, index: usize) -> V {
        let removed = self.entries.swap_remove(index);
        self.tag(index);
        removed.value
    }

    /// Those of whom this does not hold, and those of whom it does; both get the room that they need.
    pub(super) fn split(self, is_apart: impl Fn(&Entry<K, V>) -> bool) -> (Self, Self) {
        let apart = self.entries.iter().filter(|entry| is_apart(entry)).count();
        let mut halves = [Self::with_capacity(self.entries.len() - apart), Self::with_capacity(apart)];
        for entry in self.entries {
            halves[usize::from(is_apart(&entry))].push(entry);
        }
        halves.into()
    }

    /// Takes what another one holds.
    pub(super) fn append(&mut self, other: Self) {
        self.make_room(other.entries.len());
        for entry in other.entries {
            self.push(entry);
        }
    }

    /// Moved by hand: an allocator that is asked to make room looks up what it gave, in memory that is seldom at hand.
    fn make_room(&mut self, more: usize) {
        let entries = self.entries.len() + more;
        if entries > self.entries.capacity() {
            let mut roomier = room_for(entries);
            roomier.append(&mut self.entries);
            self.entries = roomier;
        }
    }

    /// Tags whatever stands at an index now.
    fn tag(&mut self, index: usize) {
        if let (Some(own), Some(entry)) = (self.tags.get_mut(index), self.entries.get(index)) {
            *own = tag(entry.hash);
        }
    }
}

/// Room for so many entries, in whole steps: with few sizes among them, the blocks of one map do not keep the allocator from
/// giving back what lay between them.
fn room_for<T>(entries: usize) -> Vec<T> {
    Vec::with_capacity(entries.next_multiple_of(STEP))
}

/// Bits of a hash that do not decide which bucket is its own.
#[expect(clippy::cast_possible_truncation, reason = "eight bits are left")]
const fn tag(hash: usize) -> u8 {
    (hash >> (usize::BITS - 8)) as u8
}
