//! Keys that come more than once. A hash table tells quickly that none does; else sorting finds
//! them: by hash, and by key if hashes collide, so no choice of keys is slow.

use alloc::borrow::Cow;
use alloc::collections::BinaryHeap;
use alloc::vec::Vec;

use crate::buffer::push;
use crate::limits::Progress;
use crate::split::Pair;
use crate::utf8::Invalid;
use crate::{Duplicates, Error, Options};

mod table;

pub(crate) use table::{FewKeys, are_distinct};

impl Options {
    /// The key of `pair` as it is written.
    pub(crate) fn key<'a>(&self, pair: &Pair<'a>) -> Result<Cow<'a, str>, Error> {
        self.decoding.text(pair.key, pair.offset)
    }

    /// The value of `pair` as it is written.
    pub(crate) fn value<'a>(&self, pair: &Pair<'a>) -> Result<Cow<'a, str>, Error> {
        let offset = pair.offset.saturating_add(pair.key.len()).saturating_add(1);
        self.decoding.text(pair.value, offset)
    }
}

/// The pairs of a body, by key.
pub(crate) struct KeyIndex<'a> {
    /// Pairs with the same key are neighbours, in the order of the body; keys stand in the order of
    /// their first pairs.
    pairs: Vec<IndexedPair>,
    pub(crate) body: &'a [u8],
    options: Options,
}

/// A pair in the index. Everything else is read from the body again.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct IndexedPair {
    /// Identifies the key: its hash at first, then the offset of its first pair.
    key: u64,
    /// The offset of the pair in the body.
    pub(crate) offset: usize,
}

impl<'a> KeyIndex<'a> {
    /// Reads all pairs of `body` and returns every error that they can cause.
    pub(crate) fn new(body: &'a [u8], options: &Options) -> Result<Self, Error> {
        Self::with_hash(body, options, fnv_1a)
    }

    fn with_hash(body: &'a [u8], options: &Options, hash: fn(&[u8]) -> u64) -> Result<Self, Error> {
        let all = || options.pairs(body, Progress::default());
        let mut pairs = Vec::new();
        pairs.try_reserve_exact(all().take_while(Result::is_ok).count())?;
        for pair in all() {
            let pair = pair?;
            let key = options.key(&pair)?;
            if options.decoding.invalid == Invalid::Refused {
                options.value(&pair)?;
            }
            push(&mut pairs, IndexedPair { key: hash(key.as_bytes()), offset: pair.offset })?;
        }
        let mut index = KeyIndex { pairs, body, options: *options };
        sort(&mut index.pairs);
        index.identify_by_offset()?;
        sort(&mut index.pairs);
        Ok(index)
    }

    /// Replaces each hash with the offset of the key's first pair.
    fn identify_by_offset(&mut self) -> Result<(), Error> {
        let mut pairs = core::mem::take(&mut self.pairs);
        let mut rest = pairs.as_mut_slice();
        while let Some(first) = rest.first() {
            let (first, len) = (first.offset as u64, group_len(rest));
            let Some((group, after)) = rest.split_at_mut_checked(len) else { break };
            rest = after;
            if self.have_one_key(group)? {
                for pair in group {
                    pair.key = first;
                }
            } else {
                let mut keyed: Vec<(Cow<'_, str>, usize)> = Vec::new();
                keyed.try_reserve_exact(group.len())?;
                for pair in group.iter() {
                    push(&mut keyed, (self.key(pair.offset)?, pair.offset))?;
                }
                let keyed = sort_texts(keyed);
                let (mut key, mut first): (&str, usize) = ("", usize::MAX);
                for (pair, (own, offset)) in group.iter_mut().zip(&keyed) {
                    if first == usize::MAX || own != key {
                        (key, first) = (own, *offset);
                    }
                    *pair = IndexedPair { key: first as u64, offset: *offset };
                }
            }
        }
        self.pairs = pairs;
        Ok(())
    }

    /// Whether the pairs of `group`, whose keys have the same hash, have the same key.
    fn have_one_key(&self, group: &[IndexedPair]) -> Result<bool, Error> {
        let [first, others @ ..] = group else { return Ok(true) };
        if others.is_empty() {
            return Ok(true);
        }
        let first = self.key(first.offset)?;
        for other in others {
            if self.key(other.offset)? != first {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The pairs of each key.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &[IndexedPair]> {
        let mut rest = self.pairs.as_slice();
        core::iter::from_fn(move || {
            let (group, after) = rest.split_at_checked(group_len(rest))?;
            rest = after;
            (!group.is_empty()).then_some(group)
        })
    }

    /// The pairs of a key whose values are written, and whether as an array.
    pub(crate) fn selected<'p>(&self, pairs: &'p [IndexedPair]) -> (&'p [IndexedPair], bool) {
        match (self.options.duplicates, pairs) {
            (Duplicates::First, [first, ..]) => (core::slice::from_ref(first), false),
            (Duplicates::Last, [.., last]) => (core::slice::from_ref(last), false),
            (Duplicates::Arrays, pairs) => (pairs, true),
            (_, pairs) => (pairs, pairs.len() > 1),
        }
    }

    /// The key of the pair at `offset` as it is written.
    pub(crate) fn key(&self, offset: usize) -> Result<Cow<'a, str>, Error> {
        self.options.decoding.lossy(self.pair(offset).map_or(&[], |pair| pair.key))
    }

    /// The value of the pair at `offset` as it is written.
    pub(crate) fn value(&self, offset: usize) -> Result<Cow<'a, str>, Error> {
        self.options.decoding.lossy(self.pair(offset).map_or(&[], |pair| pair.value))
    }

    fn pair(&self, offset: usize) -> Option<Pair<'a>> {
        self.options.rules.pairs(self.body.get(offset..)?).next()
    }
}

/// How many of `pairs` have the key of the first.
fn group_len(pairs: &[IndexedPair]) -> usize {
    let Some(first) = pairs.first() else { return 0 };
    pairs.iter().take_while(|pair| pair.key == first.key).count()
}

/// Sorts texts, each with its position, without an allocation.
#[inline(never)]
pub(crate) fn sort_texts(texts: Vec<(Cow<'_, str>, usize)>) -> Vec<(Cow<'_, str>, usize)> {
    BinaryHeap::from(texts).into_sorted_vec()
}

#[cfg(not(target_family = "wasm"))]
fn sort(pairs: &mut [IndexedPair]) {
    pairs.sort_unstable();
}

/// A heap sort is slower, in a tenth of the code.
#[cfg(target_family = "wasm")]
fn sort(pairs: &mut Vec<IndexedPair>) {
    *pairs = BinaryHeap::from(core::mem::take(pairs)).into_sorted_vec();
}

/// The 64-bit [FNV-1a](https://datatracker.ietf.org/doc/html/rfc9923) hash. Like any hash without a
/// secret it can be made to collide; then the keys themselves are sorted.
fn fnv_1a(key: &[u8]) -> u64 {
    key.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::{String, ToString};

    /// The key of each selected pair with its value.
    fn selected(body: &[u8], options: &Options, hash: fn(&[u8]) -> u64) -> Vec<(String, String)> {
        let index = KeyIndex::with_hash(body, options, hash).unwrap();
        let text = |text: Result<Cow<'_, str>, Error>| text.unwrap().to_string();
        index
            .groups()
            .flat_map(|pairs| index.selected(pairs).0)
            .map(|pair| (text(index.key(pair.offset)), text(index.value(pair.offset))))
            .collect()
    }

    #[test]
    fn colliding_hashes_change_nothing() {
        let body = b"b=1&a=2&c=3&%61=4&b=5&aa=6&a=7&%C3=8&d=9&%FF=10&b=11&=12&e";
        for rules in [crate::Rules::Template, crate::Rules::Whatwg] {
            for duplicates in [Duplicates::First, Duplicates::Last, Duplicates::Group] {
                let options = Options::new().rules(rules).decode(true).duplicates(duplicates);
                let expected = selected(body, &options, fnv_1a);
                assert!(expected.len() >= 6);
                for hash in [
                    |_: &[u8]| 7,
                    |key: &[u8]| key.len() as u64,
                    |key: &[u8]| key.first().copied().unwrap_or_default().into(),
                ] {
                    assert_eq!(selected(body, &options, hash), expected);
                }
            }
        }
    }

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(fnv_1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv_1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv_1a(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
