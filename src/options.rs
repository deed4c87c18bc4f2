//! What a caller may ask for, and the object of pairs alone.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use crate::decode::Decoding;
use crate::{Dropped, Error, Pair, Rules, json, object};

/// What is written for a name that comes more than once.
///
/// Names are compared as they are written: decoded where that is asked for, repaired, not yet
/// escaped. In every mode but `Keep` a name stands once, at the place of its first pair, as in
/// the objects that JavaScript's `Object.fromEntries` and an insertion-ordered map make. These
/// modes sort, so that they cost *n* log *n* at most, whatever the names are. Besides the output
/// they take 16 bytes of memory a pair; where names were made to collide in the hash that they are
/// sorted by, also those names, decoded.
///
/// # Examples
///
/// ```
/// use formevent::{Duplicates, Options};
///
/// let json = |duplicates| Options::new().duplicates(duplicates).to_json(b"a=1&b=2&a=3").unwrap();
/// assert_eq!(json(Duplicates::Keep), r#"{"a":"1","b":"2","a":"3"}"#);
/// assert_eq!(json(Duplicates::First), r#"{"a":"1","b":"2"}"#);
/// assert_eq!(json(Duplicates::Last), r#"{"a":"3","b":"2"}"#);
/// assert_eq!(json(Duplicates::Group), r#"{"a":["1","3"],"b":"2"}"#);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Duplicates {
    /// The name is written again for each pair, as in the template. Readers of JSON commonly take
    /// the last.
    #[default]
    Keep,
    /// The value of the first pair.
    First,
    /// The value of the last pair.
    Last,
    /// An array of all values in order. A name that comes once keeps its plain string.
    Group,
}

/// How a body becomes JSON. The default is the template: its rules, nothing decoded, names
/// repeated, UTF-8 repaired, no limits.
///
/// # Examples
///
/// ```
/// use formevent::{Duplicates, Options, Rules};
///
/// let options = Options::new().rules(Rules::Whatwg).decode(true).duplicates(Duplicates::Group);
/// let json = options.to_json(b"to=Ada&to=Caf%C3%A9+noir&urgent")?;
/// assert_eq!(json, r#"{"to":["Ada","Café noir"],"urgent":""}"#);
/// # Ok::<(), formevent::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Options {
    pub(crate) rules: Rules,
    pub(crate) decoding: Decoding,
    pub(crate) duplicates: Duplicates,
    pub(crate) max_bytes: usize,
    pub(crate) max_pairs: usize,
    /// `usize::MAX` is no limit: nothing in memory is longer. So with the other two.
    pub(crate) max_output: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

impl Options {
    /// The template's way, no limits.
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::Options;
    ///
    /// assert_eq!(Options::new(), Options::default());
    /// assert_eq!(Options::new().to_json(b"a=%20+")?, r#"{"a":"%20+"}"#);
    /// # Ok::<(), formevent::Error>(())
    /// ```
    pub const fn new() -> Self {
        Options {
            rules: Rules::Template,
            decoding: Decoding { decode: false, strict: false },
            duplicates: Duplicates::Keep,
            max_bytes: usize::MAX,
            max_pairs: usize::MAX,
            max_output: usize::MAX,
        }
    }

    /// How the body is split: see [`Rules`].
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::{Options, Rules};
    ///
    /// assert_eq!(Options::new().rules(Rules::Whatwg).to_json(b"a=b=c&d")?, r#"{"a":"b=c","d":""}"#);
    /// # Ok::<(), formevent::Error>(())
    /// ```
    pub const fn rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// Whether `+` becomes a space and `%XX` a byte, after splitting and before UTF-8 is repaired:
    /// see [`decode`](crate::decode()). Off by default, as in the template.
    ///
    /// # Examples
    ///
    /// ```
    /// let options = formevent::Options::new().decode(true);
    /// assert_eq!(options.to_json(b"a=b%3Dc&q=%22+%")?, r#"{"a":"b=c","q":"\" %"}"#);
    /// # Ok::<(), formevent::Error>(())
    /// ```
    pub const fn decode(mut self, decode: bool) -> Self {
        self.decoding.decode = decode;
        self
    }

    /// What is written for a name that comes more than once: see [`Duplicates`].
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::{Duplicates, Options};
    ///
    /// let options = Options::new().duplicates(Duplicates::Last);
    /// assert_eq!(options.to_json(b"a=1&a=2")?, r#"{"a":"2"}"#);
    /// # Ok::<(), formevent::Error>(())
    /// ```
    pub const fn duplicates(mut self, duplicates: Duplicates) -> Self {
        self.duplicates = duplicates;
        self
    }

    /// Whether bytes that are not UTF-8 are [an error](Error::InvalidUtf8). By default they become
    /// U+FFFD as [`String::from_utf8_lossy`] makes them. Dropped segments are not looked at.
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::{Error, Options, Part};
    ///
    /// assert_eq!(Options::new().to_json(b"a=\xFF")?, "{\"a\":\"\u{FFFD}\"}");
    /// assert_eq!(
    ///     Options::new().strict_utf8(true).to_json(b"a=\xFF"),
    ///     Err(Error::InvalidUtf8 { part: Part::Body, offset: 2 })
    /// );
    /// # Ok::<(), formevent::Error>(())
    /// ```
    pub const fn strict_utf8(mut self, strict: bool) -> Self {
        self.decoding.strict = strict;
        self
    }

    /// The longest body taken, in bytes. A longer one is [an error](Error::TooManyBytes).
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::{Error, Options};
    ///
    /// let options = Options::new().max_bytes(5);
    /// assert_eq!(options.to_json(b"a=123")?, r#"{"a":"123"}"#);
    /// assert_eq!(options.to_json(b"a=1234"), Err(Error::TooManyBytes { max: 5 }));
    /// # Ok::<(), formevent::Error>(())
    /// ```
    pub const fn max_bytes(mut self, max: usize) -> Self {
        self.max_bytes = max;
        self
    }

    /// The most pairs taken; dropped segments do not count, pairs that
    /// [`duplicates`](Self::duplicates) leaves out do. One more is
    /// [an error](Error::TooManyPairs).
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::{Error, Options};
    ///
    /// let options = Options::new().max_pairs(1);
    /// assert_eq!(options.to_json(b"a=1&dropped")?, r#"{"a":"1"}"#);
    /// assert_eq!(options.to_json(b"a=1&b=2"), Err(Error::TooManyPairs { max: 1, offset: 4 }));
    /// # Ok::<(), formevent::Error>(())
    /// ```
    pub const fn max_pairs(mut self, max: usize) -> Self {
        self.max_pairs = max;
        self
    }

    /// The longest JSON written, in bytes: the object's by [`to_json`](Self::to_json), the whole
    /// event's by [`Event`](crate::Event). Longer is [an error](Error::TooMuchOutput).
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::{Error, Options};
    ///
    /// assert_eq!(Options::new().max_output(9).to_json(b"a=1")?, r#"{"a":"1"}"#);
    /// assert_eq!(
    ///     Options::new().max_output(8).to_json(b"a=1"),
    ///     Err(Error::TooMuchOutput { max: 8, offset: 3 })
    /// );
    /// # Ok::<(), formevent::Error>(())
    /// ```
    pub const fn max_output(mut self, max: usize) -> Self {
        self.max_output = max;
        self
    }

    /// The object of pairs, `{"name":"value",…}` in the order of the body: compact JSON
    /// ([RFC 8259]), escaped as `serde_json` does. Allocates the `String`.
    ///
    /// [RFC 8259]: https://www.rfc-editor.org/rfc/rfc8259
    ///
    /// # Errors
    ///
    /// A limit is passed, or strict UTF-8 is violated: see [`Error`].
    ///
    /// # Examples
    ///
    /// ```
    /// let options = formevent::Options::new().decode(true).max_bytes(1_000);
    /// assert_eq!(options.to_json(b"name=Ada+L.&note=")?, r#"{"name":"Ada L.","note":""}"#);
    /// # Ok::<(), formevent::Error>(())
    /// ```
    pub fn to_json(&self, body: &[u8]) -> Result<String, Error> {
        let mut out = Vec::new();
        self.write_json(body, &mut out)?;
        Ok(json::into_string(out))
    }

    /// Appends what [`to_json`](Self::to_json) returns to `out`. A buffer that is cleared and used
    /// again is not allocated again.
    ///
    /// # Errors
    ///
    /// As [`to_json`](Self::to_json); `out` then holds what it held before.
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::Options;
    ///
    /// let mut out = b"data: ".to_vec();
    /// Options::new().write_json(b"a=1", &mut out)?;
    /// assert_eq!(out, br#"data: {"a":"1"}"#);
    ///
    /// assert!(Options::new().max_bytes(2).write_json(b"a=1", &mut out).is_err());
    /// assert_eq!(out, br#"data: {"a":"1"}"#);
    /// # Ok::<(), formevent::Error>(())
    /// ```
    pub fn write_json(&self, body: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        json::append(out, self.max_output, |out| object::write(out, body, self))
    }

    /// What `body` drops by these [`rules`](Self::rules), in order. Does not allocate.
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::{Options, Rules};
    ///
    /// let dropped = Options::new().dropped(b"a=1&b&c=d=e").map(|dropped| dropped.offset);
    /// assert!(dropped.eq([4, 6]));
    /// assert_eq!(Options::new().rules(Rules::Whatwg).dropped(b"a=1&b&c=d=e").count(), 0);
    /// ```
    pub fn dropped<'a>(&self, body: &'a [u8]) -> impl Iterator<Item = Dropped<'a>> + use<'a> {
        self.rules.segments(body).filter_map(Result::err)
    }

    /// The pairs of `body` within the limits.
    pub(crate) fn pairs<'a>(
        &self,
        body: &'a [u8],
    ) -> Result<impl Iterator<Item = Result<Pair<'a>, Error>> + use<'a>, Error> {
        if body.len() > self.max_bytes {
            return Err(Error::TooManyBytes { max: self.max_bytes });
        }
        let max = self.max_pairs;
        Ok(self.rules.pairs(body).enumerate().map(move |(index, pair)| {
            if index < max {
                Ok(pair)
            } else {
                Err(Error::TooManyPairs { max, offset: pair.offset })
            }
        }))
    }

    /// The name of `pair` as it is written.
    pub(crate) fn name<'a>(&self, pair: &Pair<'a>) -> Result<Cow<'a, str>, Error> {
        self.decoding.text(pair.key, pair.offset)
    }

    /// The value of `pair` as it is written.
    pub(crate) fn value<'a>(&self, pair: &Pair<'a>) -> Result<Cow<'a, str>, Error> {
        self.decoding.text(pair.value, pair.offset + pair.key.len() + 1)
    }
}

/// The object of pairs by the template's rules, as JSON. Allocates the `String`.
///
/// [`Options`] has everything else: decoding, the URL Standard's rules, limits, a buffer of one's
/// own.
///
/// # Examples
///
/// ```
/// assert_eq!(formevent::to_json(b"name=Ada&note=&a=b=c"), r#"{"name":"Ada","note":""}"#);
/// assert_eq!(formevent::to_json(br#"q="\"#), r#"{"q":"\"\\"}"#);
/// ```
pub fn to_json(body: &[u8]) -> String {
    // Without a limit, strictness or an extra member nothing else fails.
    json::or_abort(Options::new().to_json(body))
}
