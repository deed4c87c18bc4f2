//! Splitting: a body's bytes into pairs and what is dropped, all of them slices of the body.

use core::fmt;
use core::iter::FusedIterator;

use alloc::borrow::Cow;
use alloc::string::String;

/// How a body is split into pairs.
///
/// # Examples
///
/// ```
/// use formevent::Rules;
///
/// let body = b"a&b=1=2";
/// assert_eq!(Rules::Template.pairs(body).count(), 0);
///
/// let pairs: Vec<_> = Rules::Whatwg.pairs(body).map(|pair| (pair.key, pair.value)).collect();
/// assert_eq!(pairs, [(&b"a"[..], &b""[..]), (b"b", b"1=2")]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Rules {
    /// The API Gateway mapping template's: a pair has exactly one `=` and at least one byte before
    /// it. Every other segment that is not empty is [`Dropped`].
    #[default]
    Template,
    /// The URL Standard's [parser]: a segment is split at its first `=`, one without `=` has an
    /// empty value, an empty key is kept, nothing is dropped. It is the Standard's whole result
    /// only together with [`Options::decode`](crate::Options::decode).
    ///
    /// [parser]: https://url.spec.whatwg.org/#concept-urlencoded-parser
    Whatwg,
}

impl Rules {
    /// The pairs of `body` by these rules, in order. Does not allocate.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut pairs = formevent::Rules::Whatwg.pairs(b"=1&b");
    /// assert_eq!(pairs.next().unwrap().value, b"1");
    /// assert_eq!(pairs.next().unwrap().key, b"b");
    /// assert!(pairs.next().is_none());
    /// ```
    pub const fn pairs(self, body: &[u8]) -> Pairs<'_> {
        Pairs { segments: self.segments(body) }
    }

    /// The segments of `body` by these rules, in order: pairs, and what is dropped. Does not
    /// allocate.
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::Rules;
    ///
    /// assert!(Rules::Template.segments(b"a").next().unwrap().is_err());
    /// assert!(Rules::Whatwg.segments(b"a").next().unwrap().is_ok());
    /// ```
    pub const fn segments(self, body: &[u8]) -> Segments<'_> {
        Segments { rest: body, offset: 0, rules: self }
    }
}

/// The pairs of `body` by the template's rules, in order; what is no pair is passed over.
///
/// See [`segments`] for an iterator that names what is passed over, and [`Rules::pairs`] for the
/// URL Standard's rules. Does not allocate: keys and values are slices of `body`, as they were
/// sent.
///
/// # Examples
///
/// ```
/// let mut pairs = formevent::pairs(b"name=Ada&note=&c=d=e");
///
/// let pair = pairs.next().unwrap();
/// assert_eq!((pair.key, pair.value, pair.offset), (&b"name"[..], &b"Ada"[..], 0));
/// let pair = pairs.next().unwrap();
/// assert_eq!((pair.key, pair.value, pair.offset), (&b"note"[..], &b""[..], 9));
/// assert_eq!(pairs.next(), None);
/// ```
pub const fn pairs(body: &[u8]) -> Pairs<'_> {
    Rules::Template.pairs(body)
}

/// The segments of `body` by the template's rules, in order: `Ok` for a pair, `Err` for what is
/// dropped, with its offset, its text and the reason.
///
/// Empty segments (`&&`, a leading or trailing `&`) are nothing and not reported. Does not
/// allocate.
///
/// # Examples
///
/// ```
/// use formevent::Reason;
///
/// let mut kept = 0;
/// for segment in formevent::segments(b"a=1&b&&c=d=e") {
///     match segment {
///         Ok(pair) => kept += pair.value.len(),
///         Err(dropped) if dropped.offset == 4 => assert_eq!(dropped.reason, Reason::NoEquals),
///         Err(dropped) => assert_eq!(
///             dropped.to_string(),
///             "`c=d=e` at byte offset 7 is no pair: more than one `=`, a pair has exactly one"
///         ),
///     }
/// }
/// assert_eq!(kept, 1);
/// ```
///
/// A caller that wants all or nothing uses `?`:
///
/// ```
/// fn bytes_of_values(body: &[u8]) -> Result<usize, formevent::Error> {
///     let mut bytes = 0;
///     for segment in formevent::segments(body) {
///         bytes += segment?.value.len();
///     }
///     Ok(bytes)
/// }
/// assert_eq!(bytes_of_values(b"a=1&b=23"), Ok(3));
/// assert_eq!(bytes_of_values(b"a=1&b").unwrap_err().offset(), Some(4));
/// ```
pub const fn segments(body: &[u8]) -> Segments<'_> {
    Rules::Template.segments(body)
}

/// One key and its value, slices of the body as it was sent (neither decoded nor checked).
///
/// # Examples
///
/// ```
/// let pair = formevent::pairs(b"q=caf%C3%A9+noir").next().unwrap();
/// assert_eq!(pair.value, b"caf%C3%A9+noir");
/// assert_eq!(pair.decode_value(), "café noir");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pair<'a> {
    /// The bytes before the first `=`.
    pub key: &'a [u8],
    /// The bytes after the first `=`; empty where there is none.
    pub value: &'a [u8],
    /// Where the key begins in the body, in bytes.
    pub offset: usize,
}

impl<'a> Pair<'a> {
    /// The key as text: see [`decode`](crate::decode()), also for when it allocates.
    ///
    /// # Examples
    ///
    /// ```
    /// let pair = formevent::pairs(b"first+name=Ada").next().unwrap();
    /// assert_eq!(pair.decode_key(), "first name");
    /// ```
    pub fn decode_key(&self) -> Cow<'a, str> {
        crate::decode(self.key)
    }

    /// The value as text: see [`decode`](crate::decode()), also for when it allocates.
    ///
    /// # Examples
    ///
    /// ```
    /// let pair = formevent::pairs(b"name=Ada%20L.").next().unwrap();
    /// assert_eq!(pair.decode_value(), "Ada L.");
    /// ```
    pub fn decode_value(&self) -> Cow<'a, str> {
        crate::decode(self.value)
    }
}

/// A segment that is no pair, and why.
///
/// It is an error type, and `?` turns it into [`Error::Dropped`](crate::Error::Dropped), so that a
/// caller can refuse a body for it.
///
/// # Examples
///
/// ```
/// let dropped = formevent::segments(b"a=1&=2").find_map(Result::err).unwrap();
/// assert_eq!(dropped.offset, 4);
/// assert_eq!(dropped.text, b"=2");
/// assert_eq!(dropped.reason.as_str(), "empty-key");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dropped<'a> {
    /// Where the segment begins in the body, in bytes.
    pub offset: usize,
    /// The whole segment as it was sent.
    pub text: &'a [u8],
    /// Why it is no pair.
    pub reason: Reason,
}

/// Bytes as a byte string, for `Debug`.
pub(crate) struct Readable<'a>(pub(crate) &'a [u8]);

impl fmt::Debug for Readable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

impl fmt::Debug for Pair<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pair")
            .field("key", &Readable(self.key))
            .field("value", &Readable(self.value))
            .field("offset", &self.offset)
            .finish()
    }
}

impl fmt::Debug for Dropped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dropped")
            .field("offset", &self.offset)
            .field("text", &Readable(self.text))
            .field("reason", &self.reason)
            .finish()
    }
}

impl fmt::Display for Dropped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = String::from_utf8_lossy(self.text);
        write!(f, "`{text}` at byte offset {} is no pair: {}", self.offset, self.reason.because())
    }
}

impl core::error::Error for Dropped<'_> {}

/// Why a segment is no pair by [`Rules::Template`].
///
/// # Examples
///
/// ```
/// use formevent::{Reason, segments};
///
/// let reason = |body| segments(body).next().unwrap().unwrap_err().reason;
/// assert_eq!(reason(b"a"), Reason::NoEquals);
/// assert_eq!(reason(b"a=b=c"), Reason::ManyEquals);
/// assert_eq!(reason(b"=="), Reason::ManyEquals);
/// assert_eq!(reason(b"=b"), Reason::EmptyKey);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// There is no `=`.
    NoEquals,
    /// There are two `=` or more; whether the key is empty does not matter then.
    ManyEquals,
    /// There is one `=` and nothing before it.
    EmptyKey,
}

impl Reason {
    /// `no-equals`, `many-equals` or `empty-key`, the names that the command and the npm package
    /// use.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(formevent::Reason::NoEquals.as_str(), "no-equals");
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            Reason::NoEquals => "no-equals",
            Reason::ManyEquals => "many-equals",
            Reason::EmptyKey => "empty-key",
        }
    }

    /// In words, with what is allowed.
    pub(crate) const fn because(self) -> &'static str {
        match self {
            Reason::NoEquals => "no `=`, a pair has exactly one",
            Reason::ManyEquals => "more than one `=`, a pair has exactly one",
            Reason::EmptyKey => "nothing before the `=`, a pair has at least one byte there",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The iterator that [`segments`] and [`Rules::segments`] return.
///
/// # Examples
///
/// ```
/// let segments: formevent::Segments<'_> = formevent::segments(b"a=1&b");
/// let (pairs, dropped): (Vec<_>, Vec<_>) = segments.partition(Result::is_ok);
/// assert_eq!((pairs.len(), dropped.len()), (1, 1));
/// ```
#[derive(Clone, Debug)]
pub struct Segments<'a> {
    /// The tail of the body that begins at `offset`: nothing, or a whole segment or `&` first.
    rest: &'a [u8],
    offset: usize,
    rules: Rules,
}

impl<'a> Segments<'a> {
    /// Cuts off the bytes before the next `&`, which goes too, with the place of their first `=`
    /// and whether they hold another.
    fn cut(&mut self) -> Cut<'a> {
        let (mut equals, mut many_equals) = (None, false);
        let mut end = self.rest.len();
        for (at, &byte) in self.rest.iter().enumerate() {
            match byte {
                b'=' if equals.is_none() => equals = Some(at),
                b'=' => many_equals = true,
                b'&' => {
                    end = at;
                    break;
                }
                _ => {}
            }
        }
        let (text, behind) = self.rest.split_at_checked(end).unwrap_or_default();
        let cut = Cut { text, offset: self.offset, equals, many_equals };
        self.offset += end + usize::from(!behind.is_empty());
        self.rest = behind.get(1..).unwrap_or_default();
        cut
    }
}

/// A segment's text with what the rules ask about it.
struct Cut<'a> {
    text: &'a [u8],
    offset: usize,
    equals: Option<usize>,
    many_equals: bool,
}

impl<'a> Cut<'a> {
    fn pair(&self, key_len: usize) -> Pair<'a> {
        let (key, value) = self.text.split_at_checked(key_len).unwrap_or_default();
        Pair { key, value: value.get(1..).unwrap_or(value), offset: self.offset }
    }

    fn template(&self) -> Result<Pair<'a>, Dropped<'a>> {
        let reason = match self.equals {
            None => Reason::NoEquals,
            Some(_) if self.many_equals => Reason::ManyEquals,
            Some(0) => Reason::EmptyKey,
            Some(key_len) => return Ok(self.pair(key_len)),
        };
        Err(Dropped { offset: self.offset, text: self.text, reason })
    }

    fn whatwg(&self) -> Pair<'a> {
        self.pair(self.equals.unwrap_or(self.text.len()))
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = Result<Pair<'a>, Dropped<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            let cut = self.cut();
            if !cut.text.is_empty() {
                return Some(match self.rules {
                    Rules::Template => cut.template(),
                    Rules::Whatwg => Ok(cut.whatwg()),
                });
            }
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // The most there can be is one-byte segments with an `&` after each but the last.
        (0, Some(self.rest.len().div_ceil(2)))
    }
}

impl FusedIterator for Segments<'_> {}

/// The iterator that [`pairs`] and [`Rules::pairs`] return.
///
/// # Examples
///
/// ```
/// let pairs: formevent::Pairs<'_> = formevent::pairs(b"a=1&b=2");
/// assert_eq!(pairs.clone().count(), 2);
/// assert_eq!(pairs.last().unwrap().key, b"b");
/// ```
#[derive(Clone, Debug)]
pub struct Pairs<'a> {
    segments: Segments<'a>,
}

impl<'a> Iterator for Pairs<'a> {
    type Item = Pair<'a>;

    fn next(&mut self) -> Option<Pair<'a>> {
        self.segments.find_map(Result::ok)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.segments.size_hint()
    }
}

impl FusedIterator for Pairs<'_> {}
