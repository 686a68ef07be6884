use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn holding(keys: std::ops::Range<u32>) -> SteadyMap<u32, u32> {
    let mut map = SteadyMap::default();
    for key in keys {
        map.insert(key, key * 2);
    }
    map
}

fn fullest_bucket(map: &SteadyMap<u32, u32>) -> usize {
    map.buckets.iter().map(|bucket| bucket.entries().len()).max().unwrap_or_default()
}

proptest! {
    #[test]
    fn it_holds_what_any_other_map_holds(steps in prop::collection::vec((0..5, 0..200_u32, 0..9_u32), 0..2_000)) {
        let mut map = SteadyMap::default();
        let mut model = BTreeMap::new();
        for (step, key, value) in steps {
            match step {
                0 | 1 => {
                    map.insert(key, value);
                    model.insert(key, value);
                }
                2 => {
                    let (own, models) = (map.get_or_default(&key), model.entry(key).or_default());
                    prop_assert_eq!(*own, *models);
                    *own += value;
                    *models += value;
                }
                3 => prop_assert_eq!(map.remove(&key), model.remove(&key)),
                _ => {
                    let removed = model.extract_if(.., |own, held| *own == key && *held == value).next();
                    prop_assert_eq!(map.remove_if(&key, |held| *held == value), removed.map(|(_, value)| value));
                }
            }
            prop_assert_eq!(map.get(&key), model.get(&key));
            prop_assert_eq!(map.get_mut(&key), model.get_mut(&key));
            prop_assert_eq!(map.len(), model.len());
        }
        let held: BTreeMap<_, _> = map.iter().map(|(key, value)| (*key, *value)).collect();
        prop_assert_eq!(held, model);
    }
}

#[test]
fn it_grows_by_no_more_than_one_bucket_at_a_time_and_no_bucket_grows_long() {
    let mut map = SteadyMap::default();
    for key in 0..100_000_u32 {
        let buckets = map.buckets.len();
        map.insert(key, key);
        assert!(map.buckets.len() <= buckets + 1);
    }
    assert_eq!(map.buckets.len(), 100_000 / LOAD);
    // Keyed hashes spread like chance: a bucket of so many would be one in many millions of maps.
    assert!(fullest_bucket(&map) <= 40, "{}", fullest_bucket(&map));
}

#[test]
fn what_a_crowd_took_is_given_back_one_bucket_at_a_time() {
    let mut map = holding(0..100_000);
    for key in 10..100_000 {
        let buckets = map.buckets.len();
        map.remove(&key);
        assert!(map.buckets.len() + 1 >= buckets);
    }
    assert!(map.buckets.len() <= 10, "{}", map.buckets.len());
    assert!(map.buckets.capacity() <= 40, "{}", map.buckets.capacity());
    assert!((0..10).all(|key| map.get(&key) == Some(&(key * 2))));
    map.remove(&9);
    for key in 0..9 {
        assert_eq!(map.remove(&key), Some(key * 2));
    }
    assert_eq!((map.len(), map.buckets.len()), (0, 1));
}
