//! The fields of a struct, read one by one as the struct asks for them. A list looks ahead for its further values.

use alloc::vec::Vec;

use serde::de::{DeserializeSeed, MapAccess};

use crate::buffer::push;

use super::error::Error;
use super::segments::Span;
use super::source::{Form, Source};
use super::value::{More, Value};

/// The fields of a form as the fields of a struct.
pub(super) struct Fields<'a, 'de> {
    form: &'a Form<'de>,
    source: Source<'a, 'de>,
    /// The keys whose values are all taken, in no order.
    taken: Vec<Span>,
    /// How many fields may still look ahead: as many as the struct has, so that a sender can add none.
    looks: usize,
}

impl<'a, 'de> Fields<'a, 'de> {
    #[expect(clippy::inline_always, reason = "it is long, and must not be copied")]
    #[inline(always)]
    pub(super) fn new(form: &'a Form<'de>, fields: usize) -> Self {
        Fields { form, source: form.source(), taken: Vec::new(), looks: fields }
    }

    /// Reads the next field that no list has taken.
    #[inline]
    fn read(&mut self) -> bool {
        while self.source.read() {
            if self.taken.is_empty() || !self.is_taken() {
                return true;
            }
        }
        false
    }

    fn is_taken(&self) -> bool {
        self.taken.iter().any(|taken| self.form.is_same(taken, &self.source.key()))
    }

    /// Adds to an error of the struct's own what is known of its field.
    #[cold]
    pub(super) fn explain(&self, error: Error) -> Error {
        error.of_struct(self.form, &self.source.key())
    }

    /// Begins to look for the further values of the field that was read last.
    pub(super) fn look(&mut self) -> Result<Source<'a, 'de>, Error> {
        match self.looks.checked_sub(1) {
            Some(looks) => {
                self.looks = looks;
                Ok(self.source.clone())
            }
            None => Err(Error::unsupported("a struct cannot have more lists than fields")),
        }
    }

    /// Finds the next value that `ahead`, which began with `look`, comes to.
    pub(super) fn find(&mut self, ahead: &mut Source<'a, 'de>) -> Result<Option<Span>, Error> {
        let key = self.source.key();
        while ahead.read() {
            if self.form.is_same(&key, &ahead.key()) {
                // The keys before it are other lists'.
                if self.taken.last().is_none_or(|taken| taken.start != key.start) {
                    push(&mut self.taken, key)?;
                }
                return Ok(Some(ahead.value()));
            }
        }
        ahead.end()?;
        Ok(None)
    }
}

impl<'de> MapAccess<'de> for Fields<'_, 'de> {
    type Error = Error;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        if !self.read() {
            self.source.end()?;
            return Ok(None);
        }
        let key = self.source.key();
        match seed.deserialize(Value::alone(self.form, &key)) {
            Ok(value) => Ok(Some(value)),
            Err(error) => Err(error.of_key(self.form, &key)),
        }
    }

    #[inline]
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let (form, value) = (self.form, self.source.value());
        let read = seed.deserialize(Value { form, span: &value, more: More::Ahead(self) });
        read.map_err(|error| error.of_value(form, &value).of_key(form, &self.source.key()))
    }
}
