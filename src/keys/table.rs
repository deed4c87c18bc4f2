//! A hash table that tells quickly that keys are distinct. Then every mode of
//! [`Duplicates`](crate::Duplicates) but `Arrays` writes what `Keep` writes, so the fast path can.

use alloc::vec::Vec;

use crate::Options;
use crate::scan::count;
use crate::text::Decoding;

/// Whether no two pairs of `body` have the same key, and there are at most `max_pairs`. `true` is certain.
/// `false` may also mean that hashes collide, that some segments are no pairs, or that memory is short.
pub(crate) fn are_distinct(body: &[u8], options: &Options) -> bool {
    // No fewer than there are pairs. A pair has at least one byte, and all but one an `&`.
    let pairs = (count(body, b'&') + 1).min(body.len().div_ceil(2));
    if pairs > options.limits.pairs {
        return false;
    }
    if pairs < 2 {
        return true;
    }
    let mut few = [0; 2 * FEW];
    let mut many = Vec::new();
    let slots = if pairs <= FEW {
        &mut few[..]
    } else {
        let slots = pairs.saturating_mul(2).next_power_of_two();
        if many.try_reserve_exact(slots).is_err() {
            return false;
        }
        many.resize(slots, 0);
        &mut many[..]
    };
    let mut table = Table { slots };
    options.rules.pairs(body).all(|pair| table.insert(pair.key, options.decoding))
}

/// How many keys need no memory but the stack's.
const FEW: usize = 32;

/// The keys of a short body, while they are read.
pub(crate) struct FewKeys([u32; 2 * FEW]);

impl FewKeys {
    pub(crate) fn new() -> Self {
        FewKeys([0; 2 * FEW])
    }

    /// Inserts `key`, which is ASCII. Returns whether it is certainly a new one, and had room.
    #[inline]
    pub(crate) fn insert(&mut self, key: &[u8]) -> bool {
        Table { slots: &mut self.0 }.insert_hash(hash(key))
    }
}

/// How many slots a key may try. More collisions are bad luck, or somebody's intent.
const PROBES: usize = 16;

/// The keys so far.
struct Table<'s> {
    /// Open addressing: half of each key's hash, 0 in a free slot. The length is a power of two. With at
    /// least half of the slots free, only collisions fail.
    slots: &'s mut [u32],
}

impl Table<'_> {
    /// Inserts `key` as it is written. Returns whether it is certainly a new one.
    fn insert(&mut self, key: &[u8], decoding: Decoding) -> bool {
        let changes = key.iter().fold(false, |changes, &byte| {
            changes | !byte.is_ascii() | (decoding.percent && matches!(byte, b'%' | b'+'))
        });
        if changes {
            return decoding.lossy(key).is_ok_and(|key| self.insert_hash(hash(key.as_bytes())));
        }
        self.insert_hash(hash(key))
    }

    #[expect(clippy::cast_possible_truncation, reason = "each half of the hash has its use")]
    fn insert_hash(&mut self, hash: u64) -> bool {
        let low = hash as u32 | 1;
        let mut at = (hash >> 32) as usize;
        // Each step is longer by one, which reaches every slot; neighbours would soon be taken.
        for step in 1..=PROBES {
            let mask = self.slots.len().wrapping_sub(1);
            let slot = self.slots.get_mut(at & mask);
            at = at.wrapping_add(step);
            match slot {
                Some(slot @ 0) => {
                    *slot = low;
                    return true;
                }
                Some(slot) if *slot != low => {}
                _ => return false,
            }
        }
        false
    }
}

/// A hash that mixes eight bytes at a time. Keys that were made to collide in it only lead to the
/// sort, which no choice of keys makes slow.
fn hash(key: &[u8]) -> u64 {
    const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
    let mix = |hash: u64, word: u64| {
        let mixed = (hash ^ word).wrapping_mul(ODD);
        mixed ^ mixed >> 32
    };
    let (words, tail) = key.as_chunks();
    let hash =
        words.iter().fold(key.len() as u64, |hash, &word| mix(hash, u64::from_le_bytes(word)));
    // The last eight bytes, or all of fewer, without a loop whose length nobody can predict.
    let tail = match (key.last_chunk(), key.first_chunk(), key.last_chunk()) {
        (Some(last), _, _) => u64::from_le_bytes(*last),
        (_, Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last))
        }
        _ => tail.iter().fold(0, |tail, &byte| tail << 8 | u64::from(byte)),
    };
    mix(mix(hash, tail), ODD)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::KeyIndex;
    use crate::{Duplicates, Rules};

    /// Whether sorting finds a key twice.
    fn expected(body: &[u8], options: &Options) -> bool {
        KeyIndex::new(body, options).unwrap().groups().any(|pairs| pairs.len() > 1)
    }

    #[test]
    fn every_short_body() {
        let alphabet = [&b"a"[..], b"%61", b"=", b"=", b"&", b"+", b"\xFF"];
        for number in 0..alphabet.len().pow(5) {
            let mut body = Vec::new();
            let mut rest = number;
            while rest > 0 {
                body.extend_from_slice(alphabet[rest % alphabet.len()]);
                rest /= alphabet.len();
            }
            for rules in [Rules::Template, Rules::Whatwg] {
                for decode in [false, true] {
                    let options =
                        Options::new().rules(rules).decode(decode).duplicates(Duplicates::Group);
                    let repeats = expected(&body, &options);
                    assert_eq!(are_distinct(&body, &options), !repeats, "{}", body.escape_ascii());
                }
            }
        }
    }

    #[test]
    fn many_keys_at_every_place() {
        for count in [2, 7, 31, 32, 33, 500, 3_000] {
            let keys: Vec<_> = (0..count).map(|key| alloc::format!("{key:x}=&")).collect();
            let mut body = keys.concat().into_bytes();
            let options = Options::new().duplicates(Duplicates::Last);
            assert!(are_distinct(&body, &options), "{count} keys");
            assert!(options.max_pairs(count - 1).to_vec(&body).is_err());
            for again in [0, count / 2, count - 1] {
                let length = body.len();
                body.extend_from_slice(keys[again].as_bytes());
                assert!(!are_distinct(&body, &options), "{again} of {count} again");
                body.truncate(length);
            }
        }
    }

    #[test]
    fn numbered_keys_are_never_sorted() {
        for begin in ["", "f", "item", "items[", "a-longer-name-"] {
            let mut body = Vec::new();
            for number in 0..2_100 {
                body.extend_from_slice(alloc::format!("{begin}{number}=&").as_bytes());
                assert!(are_distinct(&body, &Options::new()), "{begin}0 to {begin}{number}");
            }
        }
    }

    #[test]
    fn collisions_may_be_repeats() {
        let mut slots = [0; 64];
        let mut table = Table { slots: &mut slots };
        let same_slot = |low: u64| 5 << 32 | low << 1;
        assert!((0..PROBES as u64).all(|low| table.insert_hash(same_slot(low))));
        assert!(!table.insert_hash(same_slot(99)), "no slot is left to try");
        assert!(!table.insert_hash(same_slot(3)), "the same hash");
    }
}
