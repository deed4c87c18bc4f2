//! Shapes: the JSON documents that events are written from.

#![cfg_attr(
    not(feature = "shapes"),
    allow(unreachable_pub, reason = "then nobody can name a shape")
)]

mod parse;
#[cfg(feature = "shapes")]
mod preset;
#[cfg(feature = "shapes")]
mod text;

use core::{fmt, str};

use alloc::borrow::Cow;

use crate::json::is_escaped;
use parse::{EXTRA, Facts, Parsed, Parser, Span, count, max_slots, starts_with};

pub(crate) use parse::{Hole, Slot};
#[cfg(feature = "shapes")]
pub use preset::Preset;
#[cfg(feature = "shapes")]
pub use text::{ShapeError, ShapeErrorKind};

/// The shape in a file of `shapes`, parsed at compile time.
macro_rules! shape {
    ($file:expr) => {{
        const TEXT: &str = $crate::shape::split_file($file).1;
        const SLOTS: usize = $crate::shape::max_slots(TEXT.as_bytes());
        const NAMES: usize = $crate::shape::count(TEXT.as_bytes(), b':');
        static PARSED: $crate::shape::Static<{ TEXT.len() }, SLOTS, NAMES> =
            $crate::shape::Static::new(TEXT);
        PARSED.shape()
    }};
}

/// Whether there are shapes other than the template's, which needs less code.
pub(crate) const SHAPES: bool = cfg!(feature = "shapes");

/// The shape of an event that is given none.
pub(crate) static TEMPLATE: Shape = shape!(include_str!("../../shapes/template.json"));

#[cfg(feature = "shapes")]
use shape;

/// The shape of an event: a JSON document with holes.
///
/// A hole is a string that begins with `$`. The event writes its value in place of the string. Everything
/// else is written as it is.
///
/// | hole | value |
/// | --- | --- |
/// | `$pairs` | the object of pairs, by the event's [`Options`](crate::Options) |
/// | `$body` | the body as a string |
/// | `$bodyBase64` | the body in base64 ([RFC 4648], section 4), as a string |
/// | `$isBase64Encoded` | `true` if the shape has `$bodyBase64` and no `$body`, else `false` |
/// | `$headers` | an object of the headers, in the order and case that you give them; a repeated name is written again, and most JSON readers keep its last value |
/// | `$multiValueHeaders` | the same with an array for each name; names that differ only in case are one |
/// | `$combinedHeaders` | the same with one string for each name, which is in lower case: repeated values are joined with commas, and those of `cookie` with `; ` |
/// | `$stage`, `$sourceIp`, `$userAgent`, `$method`, `$path`, `$queryString`, `$requestId` | the string that you set, else `""` |
/// | `$queryStringParameters` | an object of the query string's pairs, split and decoded by the URL Standard's rules; the last value of a repeated key |
/// | `$multiValueQueryStringParameters` | the same with an array for each key |
/// | `$combinedQueryStringParameters` | the same with repeated values joined with commas |
/// | `$time` | the time of [`Event::time_epoch`](crate::Event::time_epoch) in ISO 8601, as a string |
/// | `$timeEpoch` | the same in milliseconds since 1970, as a number |
/// | `$dropped` | an array of the dropped segments: `{"offset":…,"text":"…","reason":"…"}`; of the files of a multipart form: `{"offset":…,"name":"…","filename":"…","contentType":"…","size":…,"reason":"file"}`, without `contentType` if none was sent |
/// | `$extra.NAME` | the value of the [extra member](crate::Event::extra) `NAME`, as a string |
///
/// Write `$$` for a dollar sign at the beginning of a string. Names cannot be holes, and those of the
/// outermost object must differ. The `NAME` of an extra member has no character that JSON escapes. There
/// are no expressions: a shape is a document and not a language.
///
/// Parsing allocates; an event only borrows its shape. The [`Preset`](crate::Preset)s are parsed at compile time.
///
/// [RFC 4648]: https://www.rfc-editor.org/rfc/rfc4648#section-4
///
/// # Examples
///
#[cfg_attr(feature = "shapes", doc = "```")]
#[cfg_attr(not(feature = "shapes"), doc = "```ignore")]
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
/// assert!(error.to_string().starts_with("`$fields` at byte offset 9 of the shape is not a hole: "));
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
    #[cfg_attr(feature = "shapes", doc = "```")]
    #[cfg_attr(not(feature = "shapes"), doc = "```ignore")]
    /// use formevent::Preset;
    ///
    /// assert!(Preset::Template.shape().is_streamable());
    /// assert!(!Preset::ProxyV2.shape().is_streamable());
    /// ```
    pub fn is_streamable(&self) -> bool {
        let needs_body = |hole| matches!(hole, Hole::Body | Hole::BodyBase64 | Hole::Dropped);
        !SHAPES
            || self.slots.iter().filter(|slot| slot.hole == Hole::Pairs).count() == 1
                && !self.slots.iter().any(|slot| needs_body(slot.hole))
    }

    #[cfg(feature = "shapes")]
    pub(crate) fn is_base64_encoded(&self) -> bool {
        let has = |hole| self.slots.iter().any(|slot| slot.hole == hole);
        has(Hole::BodyBase64) && !has(Hole::Body)
    }

    pub(crate) fn is_object(&self) -> bool {
        // A hole begins with a quote.
        !SHAPES || self.json.starts_with('{')
    }

    /// Whether it is the empty object.
    pub(crate) fn is_empty(&self) -> bool {
        SHAPES && self.names.is_empty()
    }

    /// Whether the outermost object has a member called `name`.
    pub(crate) fn has_member(&self, name: &[u8]) -> bool {
        let mut names = self.names.iter().map(|span| self.text(span.begin, span.end));
        names.any(|own| own == name || SHAPES && self.facts.has_escapes && is_escaped(own, name))
    }

    /// Whether there is a hole for the extra member `name`.
    pub(crate) fn has_extra(&self, name: &[u8]) -> bool {
        let mut slots = self.slots.iter().filter(|slot| matches!(slot.hole, Hole::Extra));
        SHAPES && self.facts.has_extra && slots.any(|slot| self.extra_name(slot) == name)
    }

    /// The name of the extra member that goes into `slot`.
    pub(crate) fn extra_name(&self, slot: &Slot) -> &[u8] {
        let text = self.text(slot.begin, slot.end);
        // Without the opening quote.
        text.get(1 + EXTRA.len()..).unwrap_or_default()
    }

    /// The JSON from `begin` to `end`.
    #[inline]
    pub(crate) fn text(&self, begin: u32, end: u32) -> &[u8] {
        self.json.as_bytes().get(begin as usize..end as usize).unwrap_or_default()
    }
}

const NO_SLOT: Slot = Slot { begin: 0, end: 0, hole: Hole::Pairs };
const NO_SPAN: Span = Span { begin: 0, end: 0, offset: 0 };

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shape(")?;
        let mut from = 0;
        for slot in &*self.slots {
            f.write_str(self.json.get(from as usize..slot.end as usize).unwrap_or_default())?;
            f.write_str("\"")?;
            from = slot.end;
        }
        f.write_str(self.json.get(from as usize..).unwrap_or_default())?;
        f.write_str(")")
    }
}

/// A shape that is parsed at compile time.
struct Static<const JSON: usize, const SLOTS: usize, const NAMES: usize> {
    json: [u8; JSON],
    slots: [Slot; SLOTS],
    names: [Span; NAMES],
    parsed: Parsed,
}

impl<const JSON: usize, const SLOTS: usize, const NAMES: usize> Static<JSON, SLOTS, NAMES> {
    const fn new(text: &str) -> Self {
        let (mut json, mut slots, mut names) = ([0; JSON], [NO_SLOT; SLOTS], [NO_SPAN; NAMES]);
        let parser = Parser::new(text.as_bytes(), &mut json, &mut slots, &mut names);
        let Ok(parsed) = parser.run() else { panic!("a file of `shapes` is not a shape") };
        Static { json, slots, names, parsed }
    }

    const fn shape(&'static self) -> Shape {
        let Ok(json) = str::from_utf8(self.json.split_at(self.parsed.json).0) else {
            panic!("the parser copies whole characters")
        };
        Shape {
            json: Cow::Borrowed(json),
            slots: Cow::Borrowed(self.slots.split_at(self.parsed.slots).0),
            names: Cow::Borrowed(self.names.split_at(self.parsed.names).0),
            facts: self.parsed.facts,
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
