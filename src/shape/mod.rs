//! Shapes: the JSON documents that events are written from.

mod parse;

use core::fmt;
use core::str::{self, FromStr};

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use crate::buffer::push;
use crate::json::is_escaped;
use crate::keys::sort_texts;
use crate::names::{Escaped, names};
use crate::{Options, Rules};
use parse::{Facts, HOLES, MAX_DEPTH, Parser, Problem, Span, count, max_slots, starts_with};

pub(crate) use parse::{EXTRA, Hole, Slot};

/// The shape of an event: a JSON document with holes.
///
/// A hole is a string that begins with `$`. The event writes its value in place of the string. Everything
/// else is written as it is.
///
/// | hole | value |
/// | --- | --- |
/// | `$pairs` | the object of pairs, by the event's [`Options`] |
/// | `$body` | the body as a string |
/// | `$bodyBase64` | the body in base64 ([RFC 4648], section 4), as a string |
/// | `$isBase64Encoded` | `true` if the shape has `$bodyBase64` and no `$body`, else `false` |
/// | `$headers` | an object of the headers, in the order and case that you give them |
/// | `$multiValueHeaders` | the same with an array for each name; names that differ only in case are one |
/// | `$stage`, `$sourceIp`, `$userAgent`, `$method`, `$path`, `$queryString`, `$requestId` | the string that you set, else `""` |
/// | `$queryStringParameters` | an object of the query string's pairs, split and decoded by the URL Standard's rules; the last value of a repeated key |
/// | `$multiValueQueryStringParameters` | the same with an array for each key |
/// | `$time` | the time of [`Event::time_epoch`](crate::Event::time_epoch) in ISO 8601, as a string |
/// | `$timeEpoch` | the same in milliseconds since 1970, as a number |
/// | `$dropped` | an array of the dropped segments: `{"offset":…,"text":"…","reason":"…"}` |
/// | `$extra.NAME` | the value of the [extra member](crate::Event::extra) `NAME`, as a string |
///
/// Write `$$` for a dollar sign at the beginning of a string. Names cannot be holes. There are no
/// expressions: a shape is a document and not a language.
///
/// Parsing allocates; an event only borrows its shape. The [`Preset`]s are parsed at compile time.
///
/// [RFC 4648]: https://www.rfc-editor.org/rfc/rfc4648#section-4
///
/// # Examples
///
/// ```
/// use formevent::{Event, Options, Shape};
///
/// let shape: Shape = r#"{"form": "$pairs", "via": "$extra.via", "price": "$$5", "v": 2}"#.parse()?;
/// let event = Event::new("name=Ada+L.")
///     .options(Options::new().decode(true))
///     .extra("via", "edge")
///     .shape(&shape);
/// assert_eq!(event.to_string()?, r#"{"form":{"name":"Ada L."},"via":"edge","price":"$5","v":2}"#);
///
/// let error = r#"{"form": "$fields"}"#.parse::<Shape>().unwrap_err();
/// assert_eq!(error.offset, 9);
/// assert!(error.to_string().starts_with("`$fields` at byte offset 9 of the shape is no hole: "));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Shape {
    /// Compact JSON. The holes stand in it, without their closing quotes.
    pub(crate) json: Cow<'static, str>,
    pub(crate) slots: Cow<'static, [Slot]>,
    /// The names of the outermost object.
    names: Cow<'static, [Span]>,
    facts: Facts,
}

impl Shape {
    /// Whether the event can be written around an object of pairs that a
    /// [`Transcoder`](crate::Transcoder) writes: it has one `$pairs`, and no other hole needs the body.
    /// [`Event::append_before_pairs`](crate::Event::append_before_pairs) needs that.
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::Preset;
    ///
    /// assert!(Preset::Template.shape().is_streamable());
    /// assert!(!Preset::ProxyV2.shape().is_streamable());
    /// ```
    pub fn is_streamable(&self) -> bool {
        let needs_body = |hole| matches!(hole, Hole::Body | Hole::BodyBase64 | Hole::Dropped);
        self.slots.iter().filter(|slot| slot.hole == Hole::Pairs).count() == 1
            && !self.slots.iter().any(|slot| needs_body(slot.hole))
    }

    pub(crate) fn is_base64_encoded(&self) -> bool {
        let has = |hole| self.slots.iter().any(|slot| slot.hole == hole);
        has(Hole::BodyBase64) && !has(Hole::Body)
    }

    pub(crate) fn is_object(&self) -> bool {
        // A hole begins with a quote.
        self.json.starts_with('{')
    }

    /// Whether it is the empty object.
    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Whether the outermost object has a member called `name`.
    pub(crate) fn has_member(&self, name: &str) -> bool {
        let mut names = self.names.iter().map(|span| self.text(span.begin, span.end));
        names.any(|own| own == name || self.facts.has_escapes && is_escaped(own, name))
    }

    /// Whether there is a hole for the extra member `name`.
    pub(crate) fn has_extra(&self, name: &[u8]) -> bool {
        let mut slots = self.slots.iter().filter(|slot| matches!(slot.hole, Hole::Extra));
        self.facts.has_extra && slots.any(|slot| self.extra_name(slot).as_bytes() == name)
    }

    /// The name of the extra member that goes into `slot`.
    pub(crate) fn extra_name(&self, slot: &Slot) -> &str {
        let text = self.text(slot.begin, slot.end);
        // Without the opening quote.
        text.get(1 + EXTRA.len()..).unwrap_or_default()
    }

    /// The JSON from `begin` to `end`.
    #[inline]
    pub(crate) fn text(&self, begin: u32, end: u32) -> &str {
        self.json.get(begin as usize..end as usize).unwrap_or_default()
    }

    fn parse(text: &str) -> Result<Shape, ShapeError> {
        let bytes = text.as_bytes();
        if u32::try_from(bytes.len()).is_err() {
            return Err(OUT_OF_MEMORY);
        }
        let mut json = filled(0, bytes.len())?;
        let mut slots = filled(NO_SLOT, max_slots(bytes))?;
        let mut names = filled(NO_SPAN, count(bytes, b':'))?;
        let mut parser = Parser::new(bytes, &mut json, &mut slots, &mut names);
        if let Some((problem, offset)) = parser.run() {
            return Err(ShapeError::new(problem, text, offset));
        }
        let (json_len, slots_len, names_len) =
            (parser.json_len, parser.slots_len, parser.names_len);
        let facts = parser.facts;
        json.truncate(json_len);
        slots.truncate(slots_len);
        names.truncate(names_len);
        let shape = Shape {
            // It is UTF-8 already.
            json: String::from_utf8(json).unwrap_or_default().into(),
            slots: slots.into(),
            names: names.into(),
            facts,
        };
        shape.check_names()?;
        Ok(shape)
    }

    fn check_names(&self) -> Result<(), ShapeError> {
        let mut names = Vec::new();
        for span in &*self.names {
            let name = Cow::Borrowed(self.text(span.begin, span.end));
            push(&mut names, (name, span.offset as usize)).map_err(|_| OUT_OF_MEMORY)?;
        }
        let names = sort_texts(names);
        let mut neighbours = names.iter().zip(names.iter().skip(1));
        match neighbours.find(|((name, _), (next, _))| name == next) {
            Some((_, &(ref name, offset))) => {
                Err(ShapeError { offset, kind: ShapeErrorKind::RepeatedName { name: copy(name) } })
            }
            None => Ok(()),
        }
    }
}

const OUT_OF_MEMORY: ShapeError = ShapeError { offset: 0, kind: ShapeErrorKind::OutOfMemory };
const NO_SLOT: Slot = Slot { begin: 0, end: 0, hole: Hole::Pairs };
const NO_SPAN: Span = Span { begin: 0, end: 0, offset: 0 };

fn filled<T: Copy>(item: T, len: usize) -> Result<Vec<T>, ShapeError> {
    let mut items = Vec::new();
    items.try_reserve_exact(len).map_err(|_| OUT_OF_MEMORY)?;
    items.resize(len, item);
    Ok(items)
}

/// A copy of `text` for an error; empty if memory is short.
fn copy(text: &str) -> String {
    let mut copy = String::new();
    let _ = copy.try_reserve_exact(text.len()).map(|()| copy.push_str(text));
    copy
}

impl FromStr for Shape {
    type Err = ShapeError;

    /// Parses a shape from JSON ([RFC 8259]) of up to 4 GiB. Allocates twice the text's length and 12
    /// bytes for each `$`, `\\` and `:`.
    ///
    /// [RFC 8259]: https://www.rfc-editor.org/rfc/rfc8259
    fn from_str(text: &str) -> Result<Shape, ShapeError> {
        Shape::parse(text)
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shape(")?;
        let mut from = 0;
        for slot in &*self.slots {
            f.write_str(self.text(from, slot.end))?;
            f.write_str("\"")?;
            from = slot.end;
        }
        f.write_str(self.json.get(from as usize..).unwrap_or_default())?;
        f.write_str(")")
    }
}

/// Why a text is not a [`Shape`].
///
/// # Examples
///
/// ```
/// use formevent::{Shape, ShapeErrorKind};
///
/// let error = "{\"a\": 01}".parse::<Shape>().unwrap_err();
/// assert_eq!((error.offset, error.kind), (7, ShapeErrorKind::NotJson { expected: "a comma, or }" }));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShapeError {
    /// Where the mistake is in the text, in bytes.
    pub offset: usize,
    /// What is wrong there.
    pub kind: ShapeErrorKind,
}

/// The mistake that a [`ShapeError`] reports.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShapeErrorKind {
    /// The text is not JSON.
    NotJson {
        /// What JSON allows there.
        expected: &'static str,
    },
    /// Arrays and objects are nested more than 64 deep.
    TooDeep,
    /// A string begins with `$` and is no hole.
    UnknownHole {
        /// The string, as JSON escapes it.
        hole: String,
    },
    /// A name begins with `$`. Only values can be holes.
    HoleAsName {
        /// The name, as JSON escapes it.
        name: String,
    },
    /// The outermost object has this name twice.
    RepeatedName {
        /// The name, as JSON escapes it.
        name: String,
    },
    /// An allocation failed, or the text is longer than 4 GiB.
    OutOfMemory,
}

impl ShapeError {
    fn new(problem: Problem, text: &str, offset: usize) -> Self {
        let string = || {
            // The parser has found its end.
            let text = text.get(offset.saturating_add(1)..).unwrap_or_default();
            let end = text.bytes().position(|byte| byte == b'"').unwrap_or(text.len());
            copy(text.get(..end).unwrap_or_default())
        };
        let kind = match problem {
            Problem::Expected(expected) => ShapeErrorKind::NotJson { expected },
            Problem::TooDeep => ShapeErrorKind::TooDeep,
            Problem::UnknownHole => ShapeErrorKind::UnknownHole { hole: string() },
            Problem::HoleAsName => ShapeErrorKind::HoleAsName { name: string() },
        };
        ShapeError { offset, kind }
    }
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.offset;
        match &self.kind {
            ShapeErrorKind::NotJson { expected } => {
                write!(f, "the shape is not JSON at byte offset {at}: expected {expected}")
            }
            ShapeErrorKind::TooDeep => {
                write!(f, "the shape nests deeper than {MAX_DEPTH} levels at byte offset {at}")
            }
            ShapeErrorKind::UnknownHole { hole } => {
                let hole = Escaped(hole.as_bytes());
                write!(
                    f,
                    "`{hole}` at byte offset {at} of the shape is no hole: expected one of "
                )?;
                for (name, _) in HOLES {
                    write!(f, "{name}, ")?;
                }
                write!(f, "{EXTRA}NAME, or $$ for a dollar sign")
            }
            ShapeErrorKind::HoleAsName { name } => write!(
                f,
                "the name `{}` at byte offset {at} of the shape begins with $: only values can be \
                 holes; write $$ for a dollar sign",
                Escaped(name.as_bytes())
            ),
            ShapeErrorKind::RepeatedName { name } => write!(
                f,
                "the shape has the name `{}` again at byte offset {at}; names must be unique",
                Escaped(name.as_bytes())
            ),
            ShapeErrorKind::OutOfMemory => f.write_str("out of memory"),
        }
    }
}

impl core::error::Error for ShapeError {}

/// A shape in wide use, with the options that go with it.
///
/// # Examples
///
/// ```
/// use formevent::{Event, Preset};
///
/// let preset: Preset = "data".parse()?;
/// let event = Event::new("name=Ada+L.").options(preset.options()).shape(preset.shape());
/// assert_eq!(event.to_string()?, r#"{"data":{"name":"Ada L."}}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Preset {
    /// The mapping template's five members: `{"headers":{…},"querystring":{…},"stage":"…",…}`. It is the
    /// shape of an event that you give none, and is not decoded.
    #[default]
    Template,
    /// The pairs alone, decoded: `{"name":"Ada L."}`.
    Flat,
    /// The pairs alone, not decoded.
    FlatRaw,
    /// The pairs as the member `data`, decoded.
    Data,
    /// The event of the Serverless Framework's `integration: lambda`. The pairs are its `body`, decoded
    /// by the URL Standard's rules.
    Serverless,
    /// The event of API Gateway's "method request passthrough" template. `body-json` is the body as a
    /// string.
    Passthrough,
    /// The body alone, as a string: `{"body":"…"}`.
    Raw,
    /// The proxy event of a REST API or a load balancer (payload format 1.0). The body is a string.
    ProxyV1,
    /// The proxy event of an HTTP API or a function URL (payload format 2.0). The body is in base64.
    ProxyV2,
}

names!(Preset {
    Template => "template",
    Flat => "flat",
    FlatRaw => "flat-raw",
    Data => "data",
    Serverless => "serverless",
    Passthrough => "passthrough",
    Raw => "raw",
    ProxyV1 => "proxy-v1",
    ProxyV2 => "proxy-v2",
});

/// Parses the files at compile time.
macro_rules! presets {
    ($($variant:ident $file:literal)+) => {
        impl Preset {
            /// The preset's shape.
            pub const fn shape(self) -> &'static Shape {
                match self {
                    $(Preset::$variant => {
                        const TEXT: &str = split_file(FILE).1;
                        const FILE: &str = include_str!(concat!("../../shapes/", $file, ".json"));
                        const SLOTS: usize = max_slots(TEXT.as_bytes());
                        const NAMES: usize = count(TEXT.as_bytes(), b':');
                        static PARSED: Parsed<{ TEXT.len() }, SLOTS, NAMES> = Parsed::new(TEXT);
                        static SHAPE: Shape = PARSED.shape();
                        &SHAPE
                    })+
                }
            }

            /// The options that go with the preset: `rules` and `decode`.
            pub const fn options(self) -> Options {
                match self {
                    $(Preset::$variant => const {
                        let (options, _) =
                            split_file(include_str!(concat!("../../shapes/", $file, ".json")));
                        let rules = if contains(options, "\"rules\": \"whatwg\"") {
                            Rules::Whatwg
                        } else {
                            Rules::Template
                        };
                        Options::new().rules(rules).decode(contains(options, "\"decode\": true"))
                    })+
                }
            }
        }
    };
}

presets! {
    Template "template"
    Flat "flat"
    FlatRaw "flat-raw"
    Data "data"
    Serverless "serverless"
    Passthrough "passthrough"
    Raw "raw"
    ProxyV1 "proxy-v1"
    ProxyV2 "proxy-v2"
}

/// A shape that is parsed at compile time.
struct Parsed<const JSON: usize, const SLOTS: usize, const NAMES: usize> {
    json: [u8; JSON],
    json_len: usize,
    slots: [Slot; SLOTS],
    slots_len: usize,
    names: [Span; NAMES],
    names_len: usize,
    facts: Facts,
}

impl<const JSON: usize, const SLOTS: usize, const NAMES: usize> Parsed<JSON, SLOTS, NAMES> {
    const fn new(text: &str) -> Self {
        let (mut json, mut slots, mut names) = ([0; JSON], [NO_SLOT; SLOTS], [NO_SPAN; NAMES]);
        let mut parser = Parser::new(text.as_bytes(), &mut json, &mut slots, &mut names);
        assert!(parser.run().is_none(), "a file of `shapes` is no shape");
        let (json_len, slots_len, names_len) =
            (parser.json_len, parser.slots_len, parser.names_len);
        let facts = parser.facts;
        Parsed { json, json_len, slots, slots_len, names, names_len, facts }
    }

    const fn shape(&'static self) -> Shape {
        let Ok(json) = str::from_utf8(self.json.split_at(self.json_len).0) else {
            panic!("the parser copies whole characters")
        };
        Shape {
            json: Cow::Borrowed(json),
            slots: Cow::Borrowed(self.slots.split_at(self.slots_len).0),
            names: Cow::Borrowed(self.names.split_at(self.names_len).0),
            facts: self.facts,
        }
    }
}

/// Splits a file of `shapes` into the options before its last member, `shape`, and that member's value.
const fn split_file(file: &str) -> (&str, &str) {
    const NAME: &str = "\"shape\":";
    let mut at = 0;
    while !starts_with(file.as_bytes(), at, NAME.as_bytes()) {
        at += 1;
    }
    let (options, shape) = file.split_at(at);
    let shape = shape.split_at(NAME.len()).1;
    let mut end = shape.len() - 1;
    while shape.as_bytes()[end] != b'}' {
        end -= 1;
    }
    (options, shape.split_at(end).0)
}

const fn contains(text: &str, part: &str) -> bool {
    let mut at = 0;
    while at < text.len() {
        if starts_with(text.as_bytes(), at, part.as_bytes()) {
            return true;
        }
        at += 1;
    }
    false
}
