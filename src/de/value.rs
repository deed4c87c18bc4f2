//! A key or a value as a serde deserializer, with the further values of its field.

use core::fmt::Display;
use core::str::FromStr;

use alloc::borrow::Cow;

use serde::de::{DeserializeSeed, Deserializer, EnumAccess, SeqAccess, VariantAccess, Visitor};

use super::error::Error;
use super::fields::Fields;
use super::groups::Entries;
use super::segments::Span;
use super::source::{Form, SCRATCH, Source};

/// The first value of a field, or a key.
pub(super) struct Value<'a, 'f, 'de> {
    pub(super) form: &'f Form<'de>,
    /// A reference, since a copy of it would be slow to read.
    pub(super) span: &'a Span,
    pub(super) more: More<'a, 'f, 'de>,
}

/// The further values of a field.
pub(super) enum More<'a, 'f, 'de> {
    Nowhere,
    /// Among the fields after it.
    Ahead(&'a mut Fields<'f, 'de>),
    /// Beside it.
    Group(&'a mut Entries<'f, 'de>),
}

impl<'a, 'f, 'de> Value<'a, 'f, 'de> {
    #[inline]
    pub(super) fn alone(form: &'f Form<'de>, span: &'a Span) -> Self {
        Value { form, span, more: More::Nowhere }
    }

    fn parse<T: FromStr>(self, expected: impl Display) -> Result<T, Error> {
        self.form.with_text(self.span, |text| text.parse().map_err(|_| Error::invalid(&expected)))
    }

    #[inline]
    fn visit_text<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.form.borrowed(self.span) {
            Some(text) => visitor.visit_borrowed_str(text),
            None => self.visit_decoded(visitor),
        }
    }

    #[inline(never)]
    fn visit_decoded<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.form.decoded(self.span, &mut { SCRATCH }) {
            Some(text) => visitor.visit_str(text),
            None => visitor.visit_string(self.form.owned(self.span)?),
        }
        .map_err(|error: Error| error.or_if_type(Error::borrowed))
    }

    fn visit_list<V: Visitor<'de>>(
        self,
        expected: impl Display,
        visitor: V,
    ) -> Result<V::Value, Error> {
        List::new(self).visit(expected, visitor)
    }
}

/// Nothing beside a text can be in a value.
fn nested<T>(what: &str) -> Result<T, Error> {
    Err(Error::unsupported(format_args!(
        "a value is a text, and not {what}; \
         use `#[serde(rename = \"…[…]\")]` on the fields of a struct, or `#[serde(flatten)]` on it"
    )))
}

/// Methods that parse the text.
macro_rules! numbers {
    ($($method:ident $visit:ident $type:ty,)+) => {
        $(
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
                let (min, max) = (<$type>::MIN, <$type>::MAX);
                visitor.$visit(self.parse::<$type>(format_args!("an integer from {min} to {max}"))?)
            }
        )+
    };
}

impl<'de> Deserializer<'de> for Value<'_, '_, 'de> {
    type Error = Error;

    /// A text, or a list if there are several values.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let (form, span) = (self.form, self.span);
        let mut list = List::new(self);
        list.read[1] = list.find()?;
        match list.read[1] {
            None => Value::alone(form, span).visit_text(visitor),
            Some(_) => list.visit("more values than its type takes", visitor),
        }
    }

    numbers! {
        deserialize_i8 visit_i8 i8,
        deserialize_i16 visit_i16 i16,
        deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64,
        deserialize_i128 visit_i128 i128,
        deserialize_u8 visit_u8 u8,
        deserialize_u16 visit_u16 u16,
        deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64,
        deserialize_u128 visit_u128 u128,
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_f32(self.parse("a number")?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_f64(self.parse("a number")?)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(self.form.with_text(self.span, |text| match text {
            "true" | "on" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(Error::invalid("`true`, `on`, `1`, `false` or `0`")),
        })?)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_char(self.parse("one character")?)
    }

    #[inline]
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.visit_text(visitor)
    }

    #[inline]
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.visit_text(visitor)
    }

    #[inline]
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.visit_text(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.form.bytes(self.span)? {
            Cow::Borrowed(bytes) => visitor.visit_borrowed_bytes(bytes),
            Cow::Owned(bytes) => visitor
                .visit_byte_buf(bytes)
                .map_err(|error: Error| error.or_if_type(Error::borrowed)),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.form.empty_as_none && self.form.is_empty(self.span) {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.form.is_empty(self.span) {
            visitor.visit_unit()
        } else {
            Err(Error::invalid("empty"))
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.visit_list("more values than its type takes", visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        self.visit_list(format_args!("more than {len} values"), visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_tuple(len, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        nested("a map")
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        nested("a struct")
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(Variant(self))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        self.form.check(self.span)?;
        if let More::Group(entries) = &mut self.more {
            entries.skip();
        }
        visitor.visit_unit()
    }
}

/// The values of a field.
struct List<'a, 'f, 'de> {
    form: &'f Form<'de>,
    /// Those that are read already.
    read: [Option<Span>; 2],
    more: More<'a, 'f, 'de>,
    /// Reads the fields after it, once it has begun.
    ahead: Option<Source<'f, 'de>>,
}

impl<'a, 'f, 'de> List<'a, 'f, 'de> {
    fn new(Value { form, span, more }: Value<'a, 'f, 'de>) -> Self {
        List { form, read: [Some(*span), None], more, ahead: None }
    }

    fn visit<V: Visitor<'de>>(
        mut self,
        expected: impl Display,
        visitor: V,
    ) -> Result<V::Value, Error> {
        let value = visitor.visit_seq(&mut self)?;
        match self.next()? {
            None => Ok(value),
            Some(_) => Err(Error::count(expected)),
        }
    }

    fn next(&mut self) -> Result<Option<Span>, Error> {
        match self.read.iter_mut().find_map(Option::take) {
            None => self.find(),
            read => Ok(read),
        }
    }

    /// Reads the next value that is not read already.
    fn find(&mut self) -> Result<Option<Span>, Error> {
        match &mut self.more {
            More::Nowhere => Ok(None),
            More::Ahead(fields) => {
                let ahead = match &mut self.ahead {
                    Some(ahead) => ahead,
                    none => none.insert(fields.look()?),
                };
                fields.find(ahead)
            }
            More::Group(entries) => Ok(entries.next_value()),
        }
    }
}

impl<'de> SeqAccess<'de> for List<'_, '_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let Some(span) = self.next()? else { return Ok(None) };
        let value = seed.deserialize(Value::alone(self.form, &span));
        value.map(Some).map_err(|error| error.of_value(self.form, &span))
    }
}

/// The text as the name of a variant, which has no data.
struct Variant<'a, 'f, 'de>(Value<'a, 'f, 'de>);

impl<'de> EnumAccess<'de> for Variant<'_, '_, 'de> {
    type Error = Error;
    type Variant = Unit;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Unit), Error> {
        Ok((seed.deserialize(self.0)?, Unit))
    }
}

struct Unit;

impl<'de> VariantAccess<'de> for Unit {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, Error> {
        nested("a variant with data")
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Error> {
        nested("a variant with data")
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        nested("a variant with data")
    }
}
