//! [`Event`] through serde: the same members, in the same order, with the same errors.

use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::decode::lossy;
use crate::duplicates::{Names, Place};
use crate::event::{HEADERS, QUERYSTRING};
use crate::{Duplicates, Event, Options};

impl Serialize for Event<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.options.max_output != usize::MAX {
            // The limit is on JSON, whatever the serializer makes, and known only when written.
            self.to_json().map_err(S::Error::custom)?;
        }
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(HEADERS, &Headers(self))?;
        map.serialize_entry(QUERYSTRING, &Object { body: self.body, options: &self.options })?;
        for member in self.tail_members() {
            let (name, value) = member.map_err(S::Error::custom)?;
            let [name, value] = [lossy(name), lossy(value)];
            map.serialize_entry(
                &name.map_err(S::Error::custom)?,
                &value.map_err(S::Error::custom)?,
            )?;
        }
        map.end()
    }
}

struct Headers<'e>(&'e Event<'e>);

impl Serialize for Headers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.headers.len()))?;
        for header in self.0.header_members() {
            let (name, value) = header.map_err(S::Error::custom)?;
            let [name, value] = [lossy(name), lossy(value)];
            map.serialize_entry(
                &name.map_err(S::Error::custom)?,
                &value.map_err(S::Error::custom)?,
            )?;
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
        let mut map = serializer.serialize_map(None)?;
        match self.options.duplicates {
            Duplicates::Keep => {
                for pair in self.options.pairs(self.body).map_err(S::Error::custom)? {
                    let pair = pair.map_err(S::Error::custom)?;
                    let name = self.options.name(&pair).map_err(S::Error::custom)?;
                    let value = self.options.value(&pair).map_err(S::Error::custom)?;
                    map.serialize_entry(&name, &value)?;
                }
            }
            Duplicates::First | Duplicates::Last | Duplicates::Group => {
                let names = Names::of(self.body, self.options).map_err(S::Error::custom)?;
                for (first, places) in names.chosen() {
                    let name = names.name(first.offset).map_err(S::Error::custom)?;
                    map.serialize_entry(&name, &Values { names: &names, places })?;
                }
            }
        }
        map.end()
    }
}

struct Values<'n> {
    names: &'n Names<'n>,
    places: &'n [Place],
}

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = |place: &Place| self.names.value(place.offset).map_err(S::Error::custom);
        if let [place] = self.places {
            return value(place)?.serialize(serializer);
        }
        let mut values = serializer.serialize_seq(Some(self.places.len()))?;
        for place in self.places {
            values.serialize_element(&value(place)?)?;
        }
        values.end()
    }
}
