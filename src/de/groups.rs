//! The fields of a map, grouped by key before the map reads the first: the keys are the sender's.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use serde::de::{DeserializeSeed, MapAccess};

use super::error::Error;
use super::segments::{Field, Span};
use super::source::Form;
use super::value::{More, Value};

/// The fields of a form, by key.
pub(super) struct Groups<'f, 'de> {
    form: &'f Form<'de>,
    /// In the order of their keys' first fields, then in that of the form.
    fields: Vec<GroupedField>,
}

/// A field. All else is read from the form again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct GroupedField {
    /// The place of the first field with the same key.
    first: usize,
    at: usize,
}

impl<'f, 'de> Groups<'f, 'de> {
    pub(super) fn new(form: &'f Form<'de>) -> Result<Self, Error> {
        let mut source = form.source();
        let mut count = 0;
        while source.read() {
            count += 1;
        }
        source.end()?;
        let mut keys: Vec<(Cow<'de, str>, usize)> = Vec::new();
        keys.try_reserve_exact(count).map_err(crate::Error::from)?;
        let mut source = form.source();
        while source.read() {
            let key = source.key();
            let text = form.text(&key).map_err(|error| Error::from(error).of_key(form, &key))?;
            keys.push((text, key.start));
        }
        keys.sort_unstable();
        let mut fields: Vec<GroupedField> = Vec::new();
        fields.try_reserve_exact(count).map_err(crate::Error::from)?;
        let mut before = None;
        for (key, at) in &keys {
            let first = match before {
                Some((same, first)) if same == key => first,
                _ => *at,
            };
            before = Some((key, first));
            fields.push(GroupedField { first, at: *at });
        }
        fields.sort_unstable();
        Ok(Groups { form, fields })
    }

    pub(super) fn entries(&self) -> Entries<'_, 'de> {
        Entries { form: self.form, rest: &self.fields, entry: &[], read: 0 }
    }
}

/// The fields of a form as entries, one for each key.
pub(super) struct Entries<'f, 'de> {
    form: &'f Form<'de>,
    /// The fields of the entries that are not read yet.
    rest: &'f [GroupedField],
    /// All fields of the last entry. The first `read` of them were handed out.
    entry: &'f [GroupedField],
    read: usize,
}

impl Entries<'_, '_> {
    /// The next field of the entry.
    fn next(&mut self) -> Option<Field> {
        let field = self.entry.get(self.read)?;
        self.read += 1;
        Some(self.form.field(field.at))
    }

    /// The next value of the entry.
    pub(super) fn next_value(&mut self) -> Option<Span> {
        self.next().map(Field::value)
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
        let Some(&GroupedField { first, .. }) = self.rest.first() else { return Ok(None) };
        let len = self.rest.iter().take_while(|field| field.first == first).count();
        (self.entry, self.rest) = self.rest.split_at_checked(len).unwrap_or_default();
        self.read = 0;
        let key = self.form.field(first).key();
        let read = seed.deserialize(Value::alone(self.form, &key));
        read.map(Some).map_err(|error| error.of_key(self.form, &key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let (form, Some(field)) = (self.form, self.next()) else {
            return Err(Error::unsupported("a map reads a key before each value"));
        };
        let (key, value) = (field.key(), field.value());
        let read = seed.deserialize(Value { form, span: &value, more: More::Group(self) });
        let read = read.map_err(|error| error.of_value(form, &value).of_key(form, &key))?;
        match self.next() {
            None => Ok(read),
            Some(second) => Err(Error::repeated().of_key(form, &second.key())),
        }
    }
}
