//! A quick look at the keys of a body: if none comes twice, the modes of
//! [`Duplicates`](crate::Duplicates) all write what `Keep` writes, and the fast path writes it.

#![expect(clippy::inline_always, reason = "SIMD is slow unless it is inlined")]

use alloc::vec::Vec;

use crate::scan::{self, BLOCK, Scan, Task};
use crate::{Options, Rules};

/// Whether no two pairs of `body` have the same key. `true` is certain; `false` means that two keys
/// may be equal, that there are more than `max_pairs`, or that memory is short.
///
/// Keys are compared by hash, as they will be written. A segment that the template's rules drop for
/// a second `=` counts as a pair here, which spares this a second look at every value.
pub(crate) fn keys_differ(body: &[u8], options: &Options) -> bool {
    scan::dispatch(Differ { body, options })
}

/// Keys that need no memory but the stack's.
const FEW: usize = 32;

/// Slots that a key may try. More collisions are either bad luck or somebody's intent.
const PROBES: usize = 16;

struct Differ<'b> {
    body: &'b [u8],
    options: &'b Options,
}

impl Task for Differ<'_> {
    type Output = bool;

    #[inline(always)]
    fn run<S: Scan>(self, scan: S) -> bool {
        let Differ { body, options } = self;
        let whatwg = options.rules == Rules::Whatwg;
        let (mut ampersands, mut equals) = (0, 0);
        structural(scan, body, &mut |_, byte| {
            ampersands += usize::from(byte == b'&');
            equals += usize::from(byte == b'=');
            true
        });
        let most = if whatwg { ampersands + 1 } else { equals.min(ampersands + 1) };
        if most > options.max_pairs {
            return false;
        }
        let mut few = [0; 2 * FEW];
        let mut many = Vec::new();
        let slots = if most <= FEW {
            &mut few[..]
        } else {
            let slots = most.saturating_mul(2).next_power_of_two();
            if many.try_reserve_exact(slots).is_err() {
                return false;
            }
            many.resize(slots, 0);
            &mut many[..]
        };
        let mut keys = Keys { slots };
        // Where the key begins that is being read; within a value there is none.
        let mut begin = Some(0);
        let mut visit = |at, byte| {
            let key = begin.and_then(|begin| body.get(begin..at));
            begin = (byte == b'&').then_some(at + 1);
            match key {
                Some(key)
                    if (byte == b'=' || whatwg) && (!key.is_empty() || byte == b'=' && whatwg) =>
                {
                    keys.insert(key, options)
                }
                _ => true,
            }
        };
        structural(scan, body, &mut visit) && visit(body.len(), b'&')
    }
}

/// Tells `visit` of each `=` and `&` of `body`, in order, until it returns `false`: whether it never
/// did.
#[cfg_attr(not(target_family = "wasm"), inline(always))]
#[cfg_attr(target_family = "wasm", inline(never))]
fn structural<S: Scan>(scan: S, body: &[u8], visit: &mut dyn FnMut(usize, u8) -> bool) -> bool {
    let mut begin = 0;
    while let Some(rest) = body.get(begin..).filter(|rest| !rest.is_empty()) {
        let mut last = [0; BLOCK];
        let block = rest.first_chunk().unwrap_or_else(|| {
            last.iter_mut().zip(rest).for_each(|(to, &from)| *to = from);
            &last
        });
        let ampersands = scan.find(block, b'&');
        let mut found = ampersands | scan.find(block, b'=');
        while found != 0 {
            let at = found.trailing_zeros();
            let byte = if ampersands >> at & 1 == 1 { b'&' } else { b'=' };
            if !visit(begin + at as usize, byte) {
                return false;
            }
            found &= found - 1;
        }
        begin += BLOCK;
    }
    true
}

/// The keys so far.
struct Keys<'s> {
    /// A hash table with open addressing: the low half of each key's hash, 0 for a free slot. Its
    /// length is a power of two, and at least half of it stays free.
    slots: &'s mut [u32],
}

impl Keys<'_> {
    /// Adds `key`, as it will be written; whether it is certainly a new one.
    fn insert(&mut self, key: &[u8], options: &Options) -> bool {
        let decoding = options.decoding;
        let changes = key.iter().fold(false, |changes, &byte| {
            changes | !byte.is_ascii() | (decoding.decode && matches!(byte, b'%' | b'+'))
        });
        if changes {
            return decoding.repaired(key).is_ok_and(|key| self.insert_hash(hash(key.as_bytes())));
        }
        self.insert_hash(hash(key))
    }

    #[expect(clippy::cast_possible_truncation, reason = "each half of the hash has its use")]
    fn insert_hash(&mut self, hash: u64) -> bool {
        let low = hash as u32 | 1;
        let first = (hash >> 32) as usize;
        for probe in 0..PROBES {
            let mask = self.slots.len().wrapping_sub(1);
            match self.slots.get_mut(first.wrapping_add(probe) & mask) {
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

/// A hash that mixes eight bytes at a time. Whoever makes keys collide in it gains nothing but the
/// slow path, whose sort no choice of keys makes slow.
fn hash(key: &[u8]) -> u64 {
    const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
    let mix = |hash: u64, word: u64| {
        let mixed = (hash ^ word).wrapping_mul(ODD);
        mixed ^ mixed >> 32
    };
    let (words, tail) = key.as_chunks();
    let hash =
        words.iter().fold(key.len() as u64, |hash, &word| mix(hash, u64::from_le_bytes(word)));
    let tail = tail.iter().fold(0, |tail, &byte| tail << 8 | u64::from(byte));
    mix(mix(hash, tail), ODD)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Duplicates;
    use crate::duplicates::Names;

    /// The answer that sorting the keys gives.
    fn expected(body: &[u8], options: &Options) -> bool {
        let names = Names::of(body, options).unwrap();
        names.chosen().all(|(_, places)| places.len() == 1)
    }

    #[test]
    fn every_short_body() {
        let alphabet = [&b"a"[..], b"%61", b"=", b"=", b"&", b"+", b"\xFF"];
        let mut same = 0;
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
                    let (differ, expected) =
                        (keys_differ(&body, &options), expected(&body, &options));
                    // Of segments that are dropped it may think that they repeat a key.
                    let certain =
                        rules == Rules::Whatwg || !body.windows(2).any(|two| two == b"==");
                    assert!(!differ || expected, "{}", body.escape_ascii());
                    same += usize::from(certain && differ == expected);
                }
            }
        }
        assert!(same > 55_000, "{same}");
    }

    #[test]
    fn many_keys_at_every_place() {
        for count in [2, 7, 31, 32, 33, 500, 3_000] {
            let keys: Vec<_> = (0..count).map(|key| alloc::format!("{key:x}=&")).collect();
            let mut body = keys.concat().into_bytes();
            let options = Options::new().duplicates(Duplicates::Last);
            assert!(keys_differ(&body, &options), "{count} keys");
            assert!(!keys_differ(&body, &options.max_pairs(count - 1)));
            for again in [0, count / 2, count - 1] {
                let length = body.len();
                body.extend_from_slice(keys[again].as_bytes());
                assert!(!keys_differ(&body, &options), "{again} of {count} again");
                body.truncate(length);
            }
        }
    }

    #[test]
    fn collisions_are_no_certainty() {
        let mut slots = [0; 64];
        let mut keys = Keys { slots: &mut slots };
        let same_slot = |low: u64| 5 << 32 | low << 1;
        assert!((0..PROBES as u64).all(|low| keys.insert_hash(same_slot(low))));
        assert!(!keys.insert_hash(same_slot(99)), "no slot is left to try");
        assert!(!keys.insert_hash(same_slot(3)), "the same hash");
    }
}
