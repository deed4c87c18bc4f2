//! The fields of a map, grouped by key before the map reads the first: the keys are the sender's.

use serde::de::{DeserializeSeed, MapAccess};

use crate::keys::{Groups, IndexedPair, KeyIndex};

use super::error::Error;
use super::segments::Span;
use super::source::Form;
use super::value::{More, Value};

/// The fields of a form as entries, one for each key.
pub(super) struct Entries<'f, 'de> {
    form: &'f Form<'de>,
    groups: Groups<'f>,
    /// The fields of the entry that was read last, of which the values up to `read` were.
    entry: &'f [IndexedPair],
    read: usize,
}

/// Groups the fields of a form by key.
pub(super) fn group<'f, 'de>(form: &'f Form<'de>) -> Result<KeyIndex<'de, &'f Form<'de>>, Error> {
    Ok(KeyIndex::of(form, &form.options)?)
}

impl<'f, 'de> Entries<'f, 'de> {
    pub(super) fn new(index: &'f KeyIndex<'de, &'f Form<'de>>) -> Self {
        Entries { form: index.source, groups: index.groups(), entry: &[], read: 0 }
    }

    /// The next field of the entry.
    fn next(&mut self) -> Option<[Span; 2]> {
        let pair = self.entry.get(self.read)?;
        self.read += 1;
        Some(self.form.field(pair.offset))
    }

    /// The next value of the entry.
    pub(super) fn next_value(&mut self) -> Option<Span> {
        self.next().map(|[_, value]| value)
    }

    /// Leaves out the other values of the entry.
    pub(super) fn skip(&mut self) {
        self.read = self.entry.len();
    }
}

impl<'de> MapAccess<'de> for Entries<'_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let Some(entry @ [first, ..]) = self.groups.next() else { return Ok(None) };
        (self.entry, self.read) = (entry, 0);
        let [key, _] = self.form.field(first.offset);
        let read = seed.deserialize(Value::alone(self.form, &key));
        read.map(Some).map_err(|error| error.of_key(self.form, &key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let (form, Some([key, value])) = (self.form, self.next()) else {
            return Err(Error::unsupported("a map reads a key before each value"));
        };
        let read = seed.deserialize(Value { form, span: &value, more: More::Group(self) });
        let read = read.map_err(|error| error.of_value(form, &value).of_key(form, &key))?;
        match self.next() {
            None => Ok(read),
            Some([second, _]) => Err(Error::repeated().of_key(form, &second)),
        }
    }
}
