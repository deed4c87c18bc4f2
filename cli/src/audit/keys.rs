//! Counts the values that repeated keys lose, in bounded memory.

use std::collections::HashMap;

/// The most keys to keep when there are more than twice as many. Up to then, counts are exact.
const MOST_KEYS: usize = if cfg!(test) { 8 } else { 10_000 };

/// The longest key to count, in bytes.
const LONGEST_KEY: usize = 256;

/// The loss of a key.
#[derive(Clone, Copy)]
pub(crate) struct Lost {
    /// How many values are lost.
    pub(crate) values: u64,
    /// In how many bodies they are lost.
    pub(crate) bodies: u64,
}

impl Lost {
    fn add(&mut self, other: Lost) {
        self.values += other.values;
        self.bodies += other.bodies;
    }
}

/// The loss of a key since its count began.
struct Counted {
    lost: Lost,
    /// The most values that it can have lost before that.
    missed: u64,
}

/// The keys that lose values: the algorithm of Misra and Gries, whose counts can be merged. It forgets
/// keys that lose few values, however early they come.
#[derive(Default)]
pub(crate) struct Keys {
    counted: HashMap<Box<str>, Counted>,
    /// The most values that a forgotten key can have lost.
    pub(crate) missed: u64,
    /// The values lost by all keys, counted or not.
    pub(crate) values: u64,
}

impl Keys {
    pub(crate) fn add(&mut self, key: &str, lost: Lost) {
        self.values += lost.values;
        if let Some(counted) = self.counted.get_mut(key) {
            counted.lost.add(lost);
        } else if key.len() <= LONGEST_KEY {
            self.counted.insert(key.into(), Counted { lost, missed: self.missed });
            self.forget();
        }
    }

    /// Adds the counts of `other`.
    pub(crate) fn and(mut self, mut other: Keys) -> Keys {
        for (key, counted) in &mut self.counted {
            counted.missed += match other.counted.remove(key) {
                Some(also) => {
                    counted.lost.add(also.lost);
                    also.missed
                }
                None => other.missed,
            };
        }
        for (key, counted) in other.counted {
            let missed = counted.missed + self.missed;
            self.counted.insert(key, Counted { missed, ..counted });
        }
        self.missed += other.missed;
        self.values += other.values;
        self.forget();
        self
    }

    /// If there are too many keys, forgets all but those that can have lost the most.
    fn forget(&mut self) {
        if self.counted.len() <= 2 * MOST_KEYS {
            return;
        }
        let mut most: Vec<u64> = self.counted.values().map(Counted::most).collect();
        let (_, least, _) = most.select_nth_unstable_by(MOST_KEYS, |a, b| b.cmp(a));
        self.missed = *least;
        self.counted.retain(|_, counted| counted.most() > *least);
    }

    /// Returns the counted keys, those that lose the most first.
    pub(crate) fn most(&self) -> Vec<(&str, Lost)> {
        let mut keys: Vec<_> = self.counted.iter().map(|(key, it)| (&**key, it.lost)).collect();
        keys.sort_unstable_by(|a, b| b.1.values.cmp(&a.1.values).then(a.0.cmp(b.0)));
        keys
    }
}

impl Counted {
    /// Returns the most values that the key can have lost.
    fn most(&self) -> u64 {
        self.lost.values + self.missed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Lost = Lost { values: 1, bodies: 1 };

    fn counted(keys: impl Iterator<Item = String>) -> Keys {
        let mut counted = Keys::default();
        for key in keys {
            counted.add(&key, ONE);
            assert!(counted.counted.len() <= 2 * MOST_KEYS);
        }
        counted
    }

    /// Asserts that the counts of `keys` are within their bounds of the true ones in `all`.
    fn assert_bounds(keys: &Keys, all: &[String]) {
        let mut truth = HashMap::new();
        for key in all {
            *truth.entry(&**key).or_insert(0) += 1;
        }
        assert_eq!(keys.values, all.len() as u64);
        assert!(keys.missed <= keys.values / (MOST_KEYS as u64 + 1));
        assert!(keys.counted.len() <= 2 * MOST_KEYS);
        for (key, truth) in truth {
            let Some(Counted { lost, missed }) = keys.counted.get(key) else {
                assert!(truth <= keys.missed);
                continue;
            };
            assert_eq!(lost.values, lost.bodies);
            assert!((lost.values..=lost.values + missed).contains(&truth));
            assert!(*missed <= keys.missed);
        }
    }

    #[test]
    fn counts_are_exact_until_there_are_too_many_keys() {
        let keys = |numbers: std::ops::Range<usize>| counted(numbers.map(|it| it.to_string()));
        let all = keys(0..MOST_KEYS).and(keys(MOST_KEYS / 2..2 * MOST_KEYS));
        assert_eq!((all.counted.len(), all.missed), (2 * MOST_KEYS, 0));
        let most = all.most();
        assert_eq!(most[MOST_KEYS / 2 - 1].1.values, 2);
        assert_eq!(most[MOST_KEYS / 2].1.values, 1);
    }

    #[test]
    fn a_heavy_key_is_counted_however_late_it_comes() {
        let light = (0..20_000).map(|number| number.to_string());
        let both = light.clone().flat_map(|light| [light, "heavy".to_owned()]);
        let all: Vec<_> = light.chain(both).collect();
        let keys = counted(all.iter().cloned());
        assert_eq!(keys.most()[0].0, "heavy");
        assert_bounds(&keys, &all);
    }

    #[test]
    fn counts_are_within_their_bounds_whatever_parts_are_merged() {
        let mut state = 1_u32;
        let mut random = |most: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % (most + 1)
        };
        for _ in 0..500 {
            let mut parts = vec![Vec::new(); 3];
            for part in &mut parts {
                for _ in 0..random(150) {
                    // Small numbers are more frequent.
                    let key = random(10) * random(10);
                    part.push(key.to_string());
                }
            }
            let all = parts.concat();
            let mut parts = parts.iter().map(|part| counted(part.iter().cloned()));
            let [a, b, c] = [(); 3].map(|()| parts.next().unwrap());
            let keys = if random(1) == 0 { a.and(b).and(c) } else { a.and(b.and(c)) };
            assert_bounds(&keys, &all);
        }
    }

    #[test]
    fn a_long_key_is_counted_with_the_others() {
        let mut keys = Keys::default();
        keys.add(&"k".repeat(LONGEST_KEY), ONE);
        keys.add(&"k".repeat(LONGEST_KEY + 1), ONE);
        assert_eq!((keys.counted.len(), keys.values), (1, 2));
    }
}
