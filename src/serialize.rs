//! [`Event`] through serde: the same members in the same order, with the same errors.

use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::event::{HEADERS, QUERYSTRING};
use crate::keys::{IndexedPair, KeyIndex};
use crate::limits::Progress;
use crate::name_values::NameValue;
use crate::utf8::lossy;
use crate::{Duplicates, Error, Event, Options};

impl Serialize for Event<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.options.limits.output != usize::MAX {
            // The limit is on the JSON, whatever the serializer writes.
            self.to_vec().map_err(S::Error::custom)?;
        }
        self.check_names().map_err(S::Error::custom)?;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(HEADERS, &Headers(self))?;
        map.serialize_entry(QUERYSTRING, &Object { body: self.body, options: &self.options })?;
        for member in self.tail_members() {
            serialize_member(&mut map, member)?;
        }
        map.end()
    }
}

fn serialize_member<M: SerializeMap>(
    map: &mut M,
    member: Result<NameValue<'_>, Error>,
) -> Result<(), M::Error> {
    let (name, value) = member.map_err(M::Error::custom)?;
    let name = lossy(name.into()).map_err(M::Error::custom)?;
    let value = lossy(value.into()).map_err(M::Error::custom)?;
    map.serialize_entry(&name, &value)
}

struct Headers<'e>(&'e Event<'e>);

impl Serialize for Headers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.headers.len()))?;
        for header in self.0.header_members() {
            serialize_member(&mut map, header)?;
        }
        map.end()
    }
}

struct Object<'e> {
    body: &'e [u8],
    options: &'e Options,
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.options.check_len(self.body.len()).map_err(S::Error::custom)?;
        let mut map = serializer.serialize_map(None)?;
        match self.options.duplicates {
            Duplicates::Keep => {
                for pair in self.options.pairs(self.body, Progress::default()) {
                    let pair = pair.map_err(S::Error::custom)?;
                    let key = self.options.key(&pair).map_err(S::Error::custom)?;
                    let value = self.options.value(&pair).map_err(S::Error::custom)?;
                    map.serialize_entry(&key, &value)?;
                }
            }
            Duplicates::First | Duplicates::Last | Duplicates::Group | Duplicates::Arrays => {
                let index = KeyIndex::new(self.body, self.options).map_err(S::Error::custom)?;
                for pairs in index.groups() {
                    let Some(first) = pairs.first() else { continue };
                    let key = index.key(first.offset).map_err(S::Error::custom)?;
                    map.serialize_entry(&key, &Values { index: &index, pairs })?;
                }
            }
        }
        map.end()
    }
}

struct Values<'n> {
    index: &'n KeyIndex<'n>,
    pairs: &'n [IndexedPair],
}

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = |pair: &IndexedPair| self.index.value(pair.offset).map_err(S::Error::custom);
        let (pairs, is_array) = self.index.selected(self.pairs);
        if let [pair] = pairs
            && !is_array
        {
            return value(pair)?.serialize(serializer);
        }
        let mut values = serializer.serialize_seq(Some(pairs.len()))?;
        for pair in pairs {
            values.serialize_element(&value(pair)?)?;
        }
        values.end()
    }
}
