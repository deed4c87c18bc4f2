//! Names that come more than once: found by sorting hashes, and where hashes collide by sorting
//! names, so that no choice of names makes it slow.

use alloc::borrow::Cow;
use alloc::collections::BinaryHeap;
use alloc::vec::Vec;

use crate::room::push;
use crate::{Duplicates, Error, Options, Pair};

/// The pairs of a body by name.
pub(crate) struct Names<'a> {
    /// Pairs of one name are neighbours, in order; names stand in the order of their first pairs.
    places: Vec<Place>,
    body: &'a [u8],
    options: Options,
}

/// Where a pair stands; all else is read from the body again.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// What its name is known by: at first the hash, in the end the offset of its first pair.
    name: u64,
    /// Of the pair in the body.
    pub(crate) offset: usize,
}

impl<'a> Names<'a> {
    /// Reads all pairs of `body`: every error that they can give is given here.
    pub(crate) fn of(body: &'a [u8], options: &Options) -> Result<Self, Error> {
        Self::by_hash(body, options, fnv_1a)
    }

    fn by_hash(body: &'a [u8], options: &Options, hash: fn(&[u8]) -> u64) -> Result<Self, Error> {
        let pairs = options.pairs(body)?;
        let count = options.rules.pairs(body).take(options.max_pairs).count();
        let mut places = Vec::new();
        places.try_reserve_exact(count)?;
        for pair in pairs {
            let pair = pair?;
            let name = options.name(&pair)?;
            if options.decoding.strict {
                options.value(&pair)?;
            }
            push(&mut places, Place { name: hash(name.as_bytes()), offset: pair.offset })?;
        }
        let mut names = Names { places, body, options: *options };
        sort(&mut names.places);
        names.settle()?;
        sort(&mut names.places);
        Ok(names)
    }

    /// Puts the offset of a name's first pair in the place of its hash.
    fn settle(&mut self) -> Result<(), Error> {
        let mut places = core::mem::take(&mut self.places);
        let mut rest = places.as_mut_slice();
        while let Some(first) = rest.first() {
            let (first, len) = (first.offset as u64, run(rest));
            let Some((alike, behind)) = rest.split_at_mut_checked(len) else { break };
            rest = behind;
            if self.is_one_name(alike)? {
                for place in alike {
                    place.name = first;
                }
            } else {
                let mut named: Vec<(Cow<'_, str>, usize)> = Vec::new();
                named.try_reserve_exact(alike.len())?;
                for place in alike.iter() {
                    push(&mut named, (self.name(place.offset)?, place.offset))?;
                }
                let named = BinaryHeap::from(named).into_sorted_vec();
                let (mut name, mut first): (&str, usize) = ("", usize::MAX);
                for (place, (own, offset)) in alike.iter_mut().zip(&named) {
                    if first == usize::MAX || own != name {
                        (name, first) = (own, *offset);
                    }
                    *place = Place { name: first as u64, offset: *offset };
                }
            }
        }
        self.places = places;
        Ok(())
    }

    fn is_one_name(&self, places: &[Place]) -> Result<bool, Error> {
        let [first, others @ ..] = places else { return Ok(true) };
        // Most often there are no others, and nothing to read.
        if others.is_empty() {
            return Ok(true);
        }
        let first = self.name(first.offset)?;
        for other in others {
            if self.name(other.offset)? != first {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// For each name, at the place of its first pair, the pairs whose values are written: one, or
    /// more in an array.
    pub(crate) fn chosen(&self) -> impl Iterator<Item = (&Place, &[Place])> {
        let mut rest = self.places.as_slice();
        core::iter::from_fn(move || {
            let (places, behind) = rest.split_at_checked(run(rest))?;
            rest = behind;
            let ([first, ..], [.., last]) = (places, places) else { return None };
            let chosen = match self.options.duplicates {
                Duplicates::First => core::slice::from_ref(first),
                Duplicates::Last => core::slice::from_ref(last),
                Duplicates::Keep | Duplicates::Group => places,
            };
            chosen.first().map(|first| (first, chosen))
        })
    }

    /// The name of the pair at `offset` as it is written.
    pub(crate) fn name(&self, offset: usize) -> Result<Cow<'a, str>, Error> {
        self.options.decoding.repaired(self.pair(offset).map_or(&[], |pair| pair.key))
    }

    /// The value of the pair at `offset` as it is written.
    pub(crate) fn value(&self, offset: usize) -> Result<Cow<'a, str>, Error> {
        self.options.decoding.repaired(self.pair(offset).map_or(&[], |pair| pair.value))
    }

    fn pair(&self, offset: usize) -> Option<Pair<'a>> {
        self.options.rules.pairs(self.body.get(offset..)?).next()
    }
}

/// How many of `places` from the first on have its name.
fn run(places: &[Place]) -> usize {
    let Some(first) = places.first() else { return 0 };
    places.iter().take_while(|place| place.name == first.name).count()
}

#[cfg(not(target_family = "wasm"))]
fn sort(places: &mut [Place]) {
    places.sort_unstable();
}

/// By a heap, which takes longer and is a tenth of the code.
#[cfg(target_family = "wasm")]
fn sort(places: &mut Vec<Place>) {
    *places = BinaryHeap::from(core::mem::take(places)).into_sorted_vec();
}

/// The 64-bit [FNV-1a](https://datatracker.ietf.org/doc/html/rfc9923) hash. Names can be made to
/// collide in it, as in any hash without a secret; then their own sort decides.
fn fnv_1a(name: &[u8]) -> u64 {
    name.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    /// The values chosen for each name, by its hash.
    fn chosen(body: &[u8], options: &Options, hash: fn(&[u8]) -> u64) -> Vec<(Vec<u8>, Vec<u8>)> {
        let names = Names::by_hash(body, options, hash).unwrap();
        let text = |text: Cow<'_, str>| text.to_string().into_bytes();
        names
            .chosen()
            .flat_map(|(_, places)| {
                places.iter().map(|place| {
                    let [name, value] = [names.name(place.offset), names.value(place.offset)];
                    (text(name.unwrap()), text(value.unwrap()))
                })
            })
            .collect()
    }

    #[test]
    fn colliding_hashes_change_nothing() {
        let body = b"b=1&a=2&c=3&%61=4&b=5&aa=6&a=7&%C3=8&d=9&%FF=10&b=11&=12&e";
        for rules in [crate::Rules::Template, crate::Rules::Whatwg] {
            for duplicates in [Duplicates::First, Duplicates::Last, Duplicates::Group] {
                let options = Options::new().rules(rules).decode(true).duplicates(duplicates);
                let expected = chosen(body, &options, fnv_1a);
                assert!(expected.len() >= 6);
                for hash in [
                    |_: &[u8]| 7,
                    |name: &[u8]| name.len() as u64,
                    |name: &[u8]| name.first().copied().unwrap_or_default().into(),
                ] {
                    assert_eq!(chosen(body, &options, hash), expected);
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
