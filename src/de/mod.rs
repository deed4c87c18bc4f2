//! Forms as types of your own, through [serde].
//!
//! # Examples
//!
//! ```
//! use std::borrow::Cow;
//! use serde::Deserialize;
//!
//! #[derive(Debug, PartialEq, Deserialize)]
//! struct Order<'a> {
//!     #[serde(borrow)]
//!     name: Cow<'a, str>,
//!     count: u8,
//!     #[serde(default)]
//!     gift: bool,
//!     #[serde(default)]
//!     topic: Vec<&'a str>,
//!     #[serde(rename = "address[city]")]
//!     city: Option<String>,
//! }
//!
//! let order: Order = formevent::from_str("name=Ada+L.&count=2&gift=on&topic=tea&topic=cake")?;
//! assert_eq!((&*order.name, order.count, order.gift, order.city), ("Ada L.", 2, true, None));
//! assert_eq!(order.topic, ["tea", "cake"]);
//!
//! let error = formevent::from_str::<Order>("name=Ada&count=two").unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "field `count` at byte offset 15 is `two`; it must be an integer from 0 to 255"
//! );
//! # Ok::<(), formevent::de::Error>(())
//! ```
//!
//! # Types
//!
//! The type of a whole form is a struct, a map, a list of pairs, or an enum with `#[serde(tag = "…")]`.
//!
//! | the type of a field | what it takes |
//! | --- | --- |
//! | `String`, `char`, integers, floats | the text, as [`str::parse`] reads it |
//! | `bool` | `true`, `on` (a checkbox without a `value`), `1`, `false`, `0` |
//! | `&str`, `&[u8]` | a text that needs no decoding. A `Cow` with `#[serde(borrow)]` takes every text |
//! | `Option` | a field that may be missing; see also [`Deserializer::empty_as_none`] |
//! | an enum | the name of one of its variants, which have no data |
//! | `Vec`, sets | all values of a field, one or more; with `#[serde(default)]` also none |
//! | tuples, arrays | the same, exactly so many |
//! | [`FieldValue`](crate::FieldValue), and others that take any value | a text, or a list if the field comes again |
//! | `()` | an empty text |
//!
//! Any other field that comes again is an error, not lost; so is a map's. A form has no nested fields: use
//! `#[serde(rename = "address[city]")]` on a field, or `#[serde(flatten)]` on a struct. Serde buffers the fields
//! of a type with `flatten`, and of a tagged or untagged enum. The buffer forgets where they were, so their errors have
//! no field and offset, and it makes each a text, so numbers and booleans inside are errors. Fields of the outer
//! struct keep both. For all other fields, repeated or not, flatten a map of [`FieldValue`](crate::FieldValue).
//!
//! The book has a table of [what each type takes][book], with every error.
//!
//! # Options
//!
//! [`from_bytes`] and [`from_str`] read a form as browsers send it. [`Options::deserialize`] does what you say:
//! `rules`, `decode`, `utf8`, `max_bytes` and `max_pairs` count. `duplicates` does not, since each field's type says
//! what it takes; `max_output` and `max_held` do not either. With [`Utf8::Strict`](crate::Utf8::Strict), the pairs that
//! the type ignores are checked too. Bytes (`&[u8]`) are never replaced.
//!
//! # Cost
//!
//! A struct is read pair by pair. It allocates nothing but its fields, and 24 bytes for each list of two values or more
//! (96 at first). A list reads on to the end of the body once, and so does a field that takes any value; a struct may
//! not do so more often than it has fields.
//!
//! A map's keys are the sender's, so it sorts them: *n* pairs take *n* log *n*, whatever the keys are, and allocate 48
//! bytes each, and the keys that are decoded. What a type allocates by itself (such as a `String`) aborts on out of
//! memory, as `Vec` does.
//!
//! [serde]: https://serde.rs
//! [book]: https://formevent.github.io/formevent/typed.html

mod error;
mod fields;
mod groups;
mod segments;
mod source;
#[cfg(test)]
mod tests;
mod value;

use core::fmt::Display;

use serde::de::{Deserialize, DeserializeSeed, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

#[cfg(feature = "multipart")]
use crate::multipart;
use crate::{Options, ReceivedEvent, Rules};

use fields::Fields;
use groups::Groups;
use segments::Span;
use source::{Form, Source};
use value::Value;

pub use error::{Error, ErrorKind};

/// The options of a form as browsers send it.
const FORM: Options = Options::new().rules(Rules::Whatwg).decode(true);

/// Reads a form as browsers send it: by the rules of the URL Standard ([`Rules::Whatwg`]), percent-decoded, invalid
/// UTF-8 replaced, without limits. [`Options::deserialize`] has all of these to choose.
///
/// Allocates what `T` does: see [`de`](crate::de).
///
/// # Errors
///
/// Fails if the form does not fit `T`. See [`Error`].
///
/// # Examples
///
/// ```
/// let pairs: Vec<(String, String)> = formevent::from_bytes(b"name=Ada+L.&agree")?;
/// assert_eq!(pairs, [("name".into(), "Ada L.".into()), ("agree".into(), "".into())]);
/// # Ok::<(), formevent::de::Error>(())
/// ```
pub fn from_bytes<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Result<T, Error> {
    T::deserialize(Deserializer::new(body, &FORM))
}

/// Reads a form as [`from_bytes`] does, from text.
///
/// # Errors
///
/// As [`from_bytes`].
///
/// # Examples
///
/// ```
/// use std::collections::BTreeMap;
///
/// let lists: BTreeMap<&str, Vec<u8>> = formevent::from_str("a=1&b=2&a=3")?;
/// assert_eq!(lists, BTreeMap::from([("a", vec![1, 3]), ("b", vec![2])]));
/// # Ok::<(), formevent::de::Error>(())
/// ```
pub fn from_str<'de, T: Deserialize<'de>>(body: &'de str) -> Result<T, Error> {
    from_bytes(body.as_bytes())
}

impl Options {
    /// Reads the pairs of `body` into a type. `duplicates`, `max_output` and `max_held` do not count: see
    /// [`de`](crate::de), also for what it allocates.
    ///
    /// # Errors
    ///
    /// Fails if the form does not fit `T`, if a limit is exceeded, or if the body is not UTF-8 and
    /// [`utf8`](Self::utf8) is strict. See [`de::Error`](Error).
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::{Options, Rules};
    ///
    /// let options = Options::new().rules(Rules::Whatwg).decode(true).max_pairs(2);
    /// let pair: [(&str, u8); 1] = options.deserialize("count=3")?;
    /// assert_eq!(pair, [("count", 3)]);
    ///
    /// let error = options.deserialize::<Vec<(&str, u8)>>("a=1&b=2&c=3").unwrap_err();
    /// assert_eq!(error.to_string(), "pair at byte offset 8 exceeds max_pairs (2)");
    /// assert_eq!(error.refused(), Some(&formevent::Error::TooManyPairs { max: 2, offset: 8 }));
    /// # Ok::<(), formevent::de::Error>(())
    /// ```
    pub fn deserialize<'de, T: Deserialize<'de>>(
        &self,
        body: &'de (impl AsRef<[u8]> + ?Sized),
    ) -> Result<T, Error> {
        T::deserialize(Deserializer::new(body, self))
    }
}

impl ReceivedEvent {
    /// Reads the form's fields into a type, as [`from_bytes`] does with a body. A field with an array and a field that
    /// comes again are the same.
    ///
    /// The fields are taken as they are. If the gateway did not decode them, use
    /// [`Deserializer::of_event`] with [`decode`](Deserializer::decode). Allocates 16 bytes for each key and value, and
    /// what `T` does.
    ///
    /// # Errors
    ///
    /// Fails if the fields do not fit `T`. The error has the field and, instead of an offset, its
    /// [`index`](Error::index).
    ///
    /// # Examples
    ///
    /// ```
    /// #[derive(serde::Deserialize)]
    /// struct Contact<'a> {
    ///     name: &'a str,
    ///     #[serde(default)]
    ///     topic: Vec<String>,
    /// }
    ///
    /// let json = r#"{"querystring":{"name":"Ada","topic":["tea","cake"]}}"#;
    /// let event: formevent::ReceivedEvent = serde_json::from_str(json)?;
    /// let contact: Contact = event.deserialize_form()?;
    /// assert_eq!((contact.name, contact.topic.len()), ("Ada", 2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn deserialize_form<'de, T: Deserialize<'de>>(&'de self) -> Result<T, Error> {
        T::deserialize(Deserializer::of_event(self))
    }
}

#[cfg(feature = "multipart")]
impl multipart::Form<'_> {
    /// Reads the fields of text into a type, by the same rules whether the form is multipart or urlencoded. Files are
    /// not read: list them with [`parts`](Self::parts), or refuse them with [`Files::Refuse`](multipart::Files).
    ///
    /// The options count as in [`Options::deserialize`]. The texts of a multipart form are taken as they were typed,
    /// whatever [`Options::decode`] says, and [`Options::max_bytes`] is about the body as it was sent. A `&str` can
    /// borrow a text without a space, `%`, `&`, `+` and `=`. Allocates what `T` does: see [`de`](crate::de).
    ///
    /// # Errors
    ///
    /// Fails as [`Options::deserialize`] does. [`Error::offset`] is in the body as it was sent: in a multipart one of the
    /// text ([`Part::body_offset`](multipart::Part::body_offset)) if the error is about a text, otherwise of the part
    /// ([`Part::offset`](multipart::Part::offset)). To find it, the body is read again.
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::multipart::{Files, Form, Multipart};
    /// use formevent::{Options, Rules};
    ///
    /// #[derive(Debug, serde::Deserialize)]
    /// struct Order {
    ///     item: String,
    ///     count: u8,
    /// }
    ///
    /// let options = Options::new().rules(Rules::Whatwg);
    /// let read = |count: &str| {
    ///     let body = format!(
    ///         "--x\r\nContent-Disposition: form-data; name=\"item\"\r\n\r\ntea & 100% milk\r\n\
    ///          --x\r\nContent-Disposition: form-data; name=\"count\"\r\n\r\n{count}\r\n--x--\r\n"
    ///     );
    ///     let form = Form::new(Multipart::new(&body, "x").unwrap(), Files::Refuse).unwrap();
    ///     form.deserialize::<Order>(&options)
    /// };
    /// let order = read("2")?;
    /// assert_eq!((order.item.as_str(), order.count), ("tea & 100% milk", 2));
    /// assert_eq!(
    ///     read("300").unwrap_err().to_string(),
    ///     "field `count` at byte offset 122 is `300`; it must be an integer from 0 to 255"
    /// );
    /// # Ok::<(), formevent::de::Error>(())
    /// ```
    pub fn deserialize<'de, T: Deserialize<'de>>(&'de self, options: &Options) -> Result<T, Error> {
        T::deserialize(Deserializer::of_form(self, options))
    }
}

/// Reads a form into a type that implements [`Deserialize`]: for more settings than the functions have, and for crates
/// that wrap a deserializer, such as `serde_path_to_error`.
///
/// # Examples
///
/// ```
/// use formevent::de::Deserializer;
/// use formevent::{Options, Rules};
/// use serde::Deserialize;
///
/// #[derive(Debug, PartialEq, Deserialize)]
/// struct Contact {
///     name: String,
///     phone: Option<String>,
///     age: Option<u8>,
/// }
///
/// let options = Options::new().rules(Rules::Whatwg).decode(true).max_bytes(10_000);
/// let form = Deserializer::new("name=Ada&phone=&age=", &options).empty_as_none(true);
/// let contact = Contact::deserialize(form)?;
/// assert_eq!(contact, Contact { name: "Ada".into(), phone: None, age: None });
/// # Ok::<(), formevent::de::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "pass it to `Deserialize::deserialize`"]
pub struct Deserializer<'de> {
    form: Form<'de>,
}

impl<'de> Deserializer<'de> {
    /// Will read `body` by `options`. Does not allocate, nor look at the body yet.
    pub fn new(body: &'de (impl AsRef<[u8]> + ?Sized), options: &Options) -> Self {
        Deserializer { form: Form::of_body(body.as_ref(), options) }
    }

    /// Will read the form's fields in `event`. Allocates 16 bytes for each key and value.
    ///
    /// # Examples
    ///
    /// A gateway by the template's rules decodes nothing:
    ///
    /// ```
    /// use formevent::de::Deserializer;
    /// use serde::Deserialize;
    ///
    /// let json = formevent::Event::new("name=Ada+L.").to_string()?;
    /// let event: formevent::ReceivedEvent = serde_json::from_str(&json)?;
    /// let fields = <[(String, String); 1]>::deserialize(Deserializer::of_event(&event).decode(true))?;
    /// assert_eq!(fields[0].1, "Ada L.");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of_event(event: &'de ReceivedEvent) -> Self {
        Deserializer { form: Form::of_event(event) }
    }

    /// Will read the fields of text of `form`, as [`multipart::Form::deserialize`] does. Does not allocate, nor look at
    /// the fields yet.
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::Options;
    /// use formevent::de::Deserializer;
    /// use formevent::multipart::{Files, Form, Multipart};
    /// use serde::Deserialize;
    ///
    /// #[derive(Deserialize)]
    /// struct Contact {
    ///     age: Option<u8>,
    /// }
    ///
    /// let body = "--x\r\nContent-Disposition: form-data; name=\"age\"\r\n\r\n\r\n--x--\r\n";
    /// let form = Form::new(Multipart::new(body, "x")?, Files::Refuse)?;
    /// let fields = Deserializer::of_form(&form, &Options::new()).empty_as_none(true);
    /// assert_eq!(Contact::deserialize(fields)?.age, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "multipart")]
    pub fn of_form(form: &'de multipart::Form<'de>, options: &Options) -> Self {
        Deserializer { form: Form::of_multipart(form, options) }
    }

    /// Sets whether to percent-decode keys and values. Default: as the options say; for an event, `false`. The texts
    /// of a multipart form have nothing to decode.
    pub fn decode(mut self, decode: bool) -> Self {
        self.form.options = self.form.options.decode(decode);
        self
    }

    /// Reads an empty value as `None` where an `Option` is asked for. Browsers send every text input, filled in or not.
    /// Default: `false`, so an empty value is `Some("")`, or an error for a number.
    pub fn empty_as_none(mut self, empty_as_none: bool) -> Self {
        self.form.empty_as_none = empty_as_none;
        self
    }

    /// Calls `read` with the form.
    #[inline]
    fn read<T>(mut self, read: impl FnOnce(&Form<'de>) -> Result<T, Error>) -> Result<T, Error> {
        self.form.begin()?;
        let read = read(&self.form);
        #[cfg(feature = "multipart")]
        if let Some(form) = self.form.multipart {
            return read.map_err(|error| error.of_multipart(form));
        }
        read
    }

    fn visit_list<V: Visitor<'de>>(
        self,
        visitor: V,
        expected: impl Display,
    ) -> Result<V::Value, Error> {
        self.read(|form| {
            let mut pairs = Pairs { form, source: form.source() };
            let list = visitor.visit_seq(&mut pairs)?;
            if pairs.source.read() {
                return Err(Error::count(expected));
            }
            pairs.source.end()?;
            Ok(list)
        })
    }
}

/// A form has fields, so it is no other type.
fn unsupported<T>(what: &str) -> Result<T, Error> {
    Err(Error::unsupported(format_args!(
        "it has fields, so it cannot be {what}: take a struct, a map, or a list of pairs"
    )))
}

macro_rules! unsupported {
    ($($method:ident $what:literal,)+) => {
        $(
            fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
                unsupported($what)
            }
        )+
    };
}

impl<'de> serde::Deserializer<'de> for Deserializer<'de> {
    type Error = Error;

    unsupported! {
        deserialize_bool "a boolean",
        deserialize_i8 "an integer",
        deserialize_i16 "an integer",
        deserialize_i32 "an integer",
        deserialize_i64 "an integer",
        deserialize_i128 "an integer",
        deserialize_u8 "an integer",
        deserialize_u16 "an integer",
        deserialize_u32 "an integer",
        deserialize_u64 "an integer",
        deserialize_u128 "an integer",
        deserialize_f32 "a number",
        deserialize_f64 "a number",
        deserialize_char "a character",
        deserialize_str "a string",
        deserialize_string "a string",
        deserialize_identifier "an identifier",
        deserialize_bytes "bytes",
        deserialize_byte_buf "bytes",
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.read(|form| {
            let mut source = form.source();
            if source.read() {
                return Err(Error::count("fields, but its type has none"));
            }
            source.end()?;
            visitor.visit_unit()
        })
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
        self.visit_list(visitor, "more fields than its type takes")
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        self.visit_list(visitor, format_args!("more than {len} fields"))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_tuple(len, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.read(|form| visitor.visit_map(Groups::new(form)?.entries()))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.read(|form| {
            let mut fields = Fields::new(form, fields.len());
            visitor.visit_map(&mut fields).map_err(|error| fields.explain(error))
        })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        unsupported("an enum without `#[serde(tag = \"…\")]`")
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.read(|form| {
            let mut source = form.source();
            while source.read() {
                form.check(&source.key())?;
                form.check(&source.value())?;
            }
            source.end()?;
            visitor.visit_unit()
        })
    }
}

/// The fields as a list of pairs.
struct Pairs<'f, 'de> {
    form: &'f Form<'de>,
    source: Source<'f, 'de>,
}

impl<'de> SeqAccess<'de> for Pairs<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        if !self.source.read() {
            self.source.end()?;
            return Ok(None);
        }
        let (form, key) = (self.form, self.source.key());
        let pair = seed.deserialize(Pair { form, parts: [Some(key), Some(self.source.value())] });
        pair.map(Some).map_err(|error| error.of_key(form, &key))
    }
}

/// A field: its key, then its value.
struct Pair<'a, 'de> {
    form: &'a Form<'de>,
    parts: [Option<Span>; 2],
}

impl<'de> serde::Deserializer<'de> for Pair<'_, 'de> {
    type Error = Error;

    /// A list of two, which tuples and structs take.
    fn deserialize_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        let not_a_pair = || Error::unsupported("a field is a pair: take a tuple of key and value");
        let pair = visitor.visit_seq(&mut self).map_err(|error| error.or_if_type(not_a_pair))?;
        if self.parts[1].is_some() { Err(not_a_pair()) } else { Ok(pair) }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.parts.into_iter().flatten().try_for_each(|part| self.form.check(&part))?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct enum identifier
    }
}

impl<'de> SeqAccess<'de> for Pair<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let Some(part) = self.parts.iter_mut().find_map(Option::take) else { return Ok(None) };
        let value = seed.deserialize(Value::alone(self.form, &part));
        value.map(Some).map_err(|error| error.of_value(self.form, &part))
    }
}
