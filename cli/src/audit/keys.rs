//! Counts the values that repeated keys lose, in bounded memory.

use std::collections::HashMap;

/// How many keys to count.
const MOST_KEYS: usize = 10_000;

/// The longest key to count, in bytes.
const LONGEST_KEY: usize = 256;

/// What a key loses.
#[derive(Clone, Copy, Default)]
pub(crate) struct Lost {
    /// How many values are lost.
    pub(crate) values: u64,
    /// In how many bodies.
    pub(crate) bodies: u64,
}

impl Lost {
    fn add(&mut self, other: Lost) {
        self.values += other.values;
        self.bodies += other.bodies;
    }
}

/// The keys that lose values.
#[derive(Default)]
pub(crate) struct Keys {
    counted: HashMap<Box<str>, Lost>,
    /// The values lost by keys that are not counted: too long, or one too many.
    pub(crate) others: u64,
}

impl Keys {
    pub(crate) fn add(&mut self, key: &str, lost: Lost) {
        if let Some(counted) = self.counted.get_mut(key) {
            counted.add(lost);
        } else if key.len() <= LONGEST_KEY && self.counted.len() < MOST_KEYS {
            self.counted.insert(key.into(), lost);
        } else {
            self.others += lost.values;
        }
    }

    /// Of both. If there are too many keys, counts those that lose the most.
    pub(crate) fn and(mut self, other: Keys) -> Keys {
        self.others += other.others;
        for (key, lost) in other.counted {
            self.counted.entry(key).or_default().add(lost);
        }
        if self.counted.len() > MOST_KEYS {
            let least: Vec<Box<str>> =
                self.most().into_iter().skip(MOST_KEYS).map(|(key, _)| key.into()).collect();
            for key in least {
                self.others += self.counted.remove(&key).unwrap_or_default().values;
            }
        }
        self
    }

    /// The counted keys, those that lose the most first.
    pub(crate) fn most(&self) -> Vec<(&str, Lost)> {
        let mut keys: Vec<_> = self.counted.iter().map(|(key, lost)| (&**key, *lost)).collect();
        keys.sort_unstable_by(|a, b| b.1.values.cmp(&a.1.values).then(a.0.cmp(b.0)));
        keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_of_keys_takes_more_memory() {
        let keys = |from: usize, to: usize| {
            let mut keys = Keys::default();
            for key in from..to {
                keys.add(&key.to_string(), Lost { values: 2, bodies: 1 });
            }
            keys
        };
        let mut first = keys(0, MOST_KEYS + 5);
        assert_eq!((first.counted.len(), first.others), (MOST_KEYS, 10));
        first.add(&"k".repeat(LONGEST_KEY + 1), Lost { values: 7, bodies: 1 });
        assert_eq!((first.counted.len(), first.others), (MOST_KEYS, 17));
        // 100 in both, 100 new ones.
        let both =
            first.and(keys(MOST_KEYS - 100, MOST_KEYS).and(keys(MOST_KEYS + 5, MOST_KEYS + 105)));
        assert_eq!((both.counted.len(), both.others), (MOST_KEYS, 217));
        assert_eq!(both.most()[..100].iter().map(|(_, lost)| lost.values).max(), Some(4));
        assert_eq!(both.most()[99].1.values, 4);
        assert_eq!(both.most()[100].1.values, 2);
    }
}
