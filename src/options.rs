//! The options of a conversion.

use crate::names::names;
use crate::split::Rules;
use crate::text::Decoding;
use crate::utf8::{Invalid, Utf8};

/// Which values of a repeated key to write.
///
/// `Keep`, the default, follows the template: it writes `topic=a&topic=b` as
/// `{"topic":"a","topic":"b"}`. That is valid JSON, but **most JSON readers keep only the last value
/// of a repeated name**, so `a` is gone in your function. Pick another mode if your form has
/// checkboxes, multiple selects or repeated inputs, or call
/// [`Options::repeated_keys`] to find out.
///
/// Keys are compared as they are written: percent-decoded if you asked for it, invalid UTF-8
/// replaced. Every mode but `Keep` writes a key once, at the place of its first pair, and costs at
/// most *n* log *n* for *n* pairs, whatever the keys are. These modes allocate up to 16 bytes a segment
/// to look for repeats; if there are any, 16 bytes a pair, or 48 and the decoded keys if hashes collide.
///
/// # Examples
///
/// ```
/// use formevent::{Duplicates, Options};
///
/// let json = |mode| Options::new().duplicates(mode).to_string("a=1&b=2&a=3").unwrap();
/// assert_eq!(json(Duplicates::Keep), r#"{"a":"1","b":"2","a":"3"}"#);
/// assert_eq!(json(Duplicates::First), r#"{"a":"1","b":"2"}"#);
/// assert_eq!(json(Duplicates::Last), r#"{"a":"3","b":"2"}"#);
/// assert_eq!(json(Duplicates::Group), r#"{"a":["1","3"],"b":"2"}"#);
/// assert_eq!(json(Duplicates::Arrays), r#"{"a":["1","3"],"b":["2"]}"#);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Duplicates {
    /// All values, each with its key, as the template does. Most JSON readers keep the last.
    #[default]
    Keep,
    /// The first value.
    First,
    /// The last value.
    Last,
    /// An array of all values if the key repeats, a string if it does not.
    Group,
    /// An array of all values, also of a single one, so that your function always finds an array.
    Arrays,
}

names!(Duplicates {
    Keep => "keep",
    First => "first",
    Last => "last",
    Group => "group",
    Arrays => "arrays",
});

/// How to convert a body. The defaults follow the template: its rules, nothing decoded, repeated keys
/// kept, invalid UTF-8 replaced, no limits but `max_held`.
///
/// # Examples
///
/// ```
/// use formevent::{Duplicates, Error, Options, Rules};
///
/// let options = Options::new().rules(Rules::Whatwg).decode(true).duplicates(Duplicates::Group);
/// let json = options.to_string("to=Ada&to=Caf%C3%A9+noir&urgent")?;
/// assert_eq!(json, r#"{"to":["Ada","Café noir"],"urgent":""}"#);
///
/// let limited = Options::new().max_bytes(14).max_pairs(2).max_output(20);
/// assert_eq!(limited.to_string("a=1&b=2&dropped"), Err(Error::TooManyBytes { max: 14 }));
/// assert_eq!(limited.to_string("a=1&b=2&c=3"), Err(Error::TooManyPairs { max: 2, offset: 8 }));
/// assert_eq!(limited.to_string("a=1&b=234567"), Err(Error::TooMuchOutput { max: 20, offset: 4 }));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "each setter returns the changed options"]
pub struct Options {
    pub(crate) rules: Rules,
    pub(crate) decoding: Decoding,
    pub(crate) duplicates: Duplicates,
    pub(crate) limits: Limits,
}

/// `usize::MAX` means no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Limits {
    pub(crate) bytes: usize,
    pub(crate) pairs: usize,
    pub(crate) output: usize,
    pub(crate) held: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

impl Options {
    /// The template's defaults.
    pub const fn new() -> Self {
        Options {
            rules: Rules::Template,
            decoding: Decoding { percent: false, invalid: Invalid::Replaced },
            duplicates: Duplicates::Keep,
            limits: Limits {
                bytes: usize::MAX,
                pairs: usize::MAX,
                output: usize::MAX,
                held: 1 << 20,
            },
        }
    }

    /// Sets how to split the body. Default: [`Rules::Template`].
    pub const fn rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// Decodes `+` to a space and `%XX` to a byte, after splitting and before checking UTF-8, as
    /// [`decode`](crate::decode()) does. Default: `false`, as in the template.
    pub const fn decode(mut self, decode: bool) -> Self {
        self.decoding.percent = decode;
        self
    }

    /// Sets which values of a repeated key to write. Default: [`Duplicates::Keep`].
    pub const fn duplicates(mut self, duplicates: Duplicates) -> Self {
        self.duplicates = duplicates;
        self
    }

    /// Sets how to treat invalid UTF-8. Default: [`Utf8::Replace`].
    pub const fn utf8(mut self, utf8: Utf8) -> Self {
        self.decoding.invalid = match utf8 {
            Utf8::Replace => Invalid::Replaced,
            Utf8::Strict => Invalid::Refused,
        };
        self
    }

    /// Lets invalid bytes of keys and values stay in the output, for a caller who replaces them there as
    /// [`String::from_utf8_lossy`] does, which gives the same text. A `String` never has them. No effect
    /// with [`Utf8::Strict`], or with [`max_output`](Self::max_output), which counts what replaces them.
    ///
    /// Set [`utf8`](Self::utf8) before it.
    ///
    /// [`String::from_utf8_lossy`]: alloc::string::String::from_utf8_lossy
    #[doc(hidden)]
    pub const fn leave_invalid_utf8(mut self, leave: bool) -> Self {
        self.decoding.invalid = match (self.decoding.invalid, leave) {
            (Invalid::Refused, _) => Invalid::Refused,
            (_, true) => Invalid::Left,
            (_, false) => Invalid::Replaced,
        };
        self
    }

    /// Refuses bodies longer than `max` bytes with [`TooManyBytes`]. Default: no limit.
    ///
    /// [`TooManyBytes`]: crate::Error::TooManyBytes
    pub const fn max_bytes(mut self, max: usize) -> Self {
        self.limits.bytes = max;
        self
    }

    /// Refuses bodies with more than `max` pairs with [`TooManyPairs`]. Default: no limit.
    ///
    /// Dropped segments do not count. Pairs whose value [`duplicates`](Self::duplicates) leaves out
    /// do. Pairs are only counted where they are written: not for a shape without `$pairs`.
    ///
    /// [`TooManyPairs`]: crate::Error::TooManyPairs
    pub const fn max_pairs(mut self, max: usize) -> Self {
        self.limits.pairs = max;
        self
    }

    /// Refuses to write more than `max` bytes of JSON with [`TooMuchOutput`]: for the object of
    /// pairs, or for the whole event of an [`Event`](crate::Event). Default: no limit.
    ///
    /// [`TooMuchOutput`]: crate::Error::TooMuchOutput
    pub const fn max_output(mut self, max: usize) -> Self {
        self.limits.output = max;
        self
    }

    /// Lets a [`Transcoder`](crate::Transcoder) buffer at most `max` bytes of the body; more is
    /// [`TooMuchHeld`]. Other conversions ignore it. Default: 1 MiB (1,048,576 bytes).
    ///
    /// With [`Duplicates::Keep`] this bounds the longest segment; in the other modes, which need the
    /// whole body, the longest body.
    ///
    /// [`TooMuchHeld`]: crate::Error::TooMuchHeld
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::{Error, Options, Transcoder};
    ///
    /// let mut transcoder = Transcoder::new(Options::new().max_held(5));
    /// assert_eq!(transcoder.push("a=123&b=45"), Ok(&br#"{"a":"123""#[..]));
    /// assert_eq!(transcoder.push("67"), Err(Error::TooMuchHeld { max: 5, offset: 6 }));
    /// ```
    pub const fn max_held(mut self, max: usize) -> Self {
        self.limits.held = max;
        self
    }
}
