//! Splitting a body into segments: pairs, and the segments that are dropped. This is the rule as it
//! is read; `fast/chunk.rs` states it once more as it is written.

use core::fmt;
use core::iter::FusedIterator;

use alloc::borrow::Cow;

use crate::names::{Escaped, names};
use crate::scan::{self, BLOCK, Scan, WithScan};
use crate::text::decode;

/// How to split a body into pairs.
///
/// # Examples
///
/// ```
/// use formevent::Rules;
///
/// let body = "a&b=1=2";
/// assert_eq!(Rules::Template.pairs(body).count(), 0);
///
/// let pairs: Vec<_> = Rules::Whatwg.pairs(body).map(|pair| (pair.key, pair.value)).collect();
/// assert_eq!(pairs, [(&b"a"[..], &b""[..]), (b"b", b"1=2")]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rules {
    /// The rules of the API Gateway mapping template: a pair has exactly one `=` and at least one
    /// byte before it. Every other non-empty segment is [`Dropped`].
    #[default]
    Template,
    /// The rules of the URL Standard's [parser]: a segment is split at its first `=`, a segment
    /// without `=` has an empty value, and nothing is dropped. If you want the Standard's exact result,
    /// set [`Options::decode`](crate::Options::decode) too.
    ///
    /// [parser]: https://url.spec.whatwg.org/#concept-urlencoded-parser
    Whatwg,
}

names!(Rules {
    Template => "template",
    Whatwg => "whatwg",
});

impl Rules {
    /// Iterates over the pairs of `body` by these rules, in order. Does not allocate.
    pub fn pairs<B: AsRef<[u8]> + ?Sized>(self, body: &B) -> Pairs<'_> {
        Pairs { segments: self.segments(body) }
    }

    /// Iterates over the segments of `body` by these rules, in order: `Ok` for a pair, `Err` for a
    /// dropped segment. Does not allocate.
    pub fn segments<B: AsRef<[u8]> + ?Sized>(self, body: &B) -> Segments<'_> {
        Segments { body: body.as_ref(), offset: 0, scanned: 0, masks: (0, 0), rules: self }
    }
}

/// Iterates over the pairs of `body` by the template's rules, in order. Skips dropped segments.
///
/// If you want to see those too, use [`segments`]; for other rules, [`Rules::pairs`]. Does not allocate:
/// you get keys and values as slices of `body`, as they were sent.
///
/// # Examples
///
/// ```
/// let mut pairs = formevent::pairs("name=Ada&note=&c=d=e");
///
/// let pair = pairs.next().unwrap();
/// assert_eq!((pair.key, pair.value, pair.offset), (&b"name"[..], &b"Ada"[..], 0));
/// let pair = pairs.next().unwrap();
/// assert_eq!((pair.key, pair.value, pair.offset), (&b"note"[..], &b""[..], 9));
/// assert_eq!(pairs.next(), None);
/// ```
pub fn pairs<B: AsRef<[u8]> + ?Sized>(body: &B) -> Pairs<'_> {
    Rules::Template.pairs(body)
}

/// Iterates over the segments of `body` by the template's rules, in order: `Ok` for a pair, `Err` for
/// a dropped segment with its offset, text and reason.
///
/// Skips empty segments (`&&`, a leading or trailing `&`). Does not allocate.
///
/// # Examples
///
/// ```
/// let dropped = formevent::segments("a=1&b&&c=d=e").filter_map(Result::err);
/// assert!(dropped.map(|it| it.to_string()).eq([
///     "`b` at byte offset 4 is not a pair: it has no `=`",
///     "`c=d=e` at byte offset 7 is not a pair: it has more than one `=`",
/// ]));
/// ```
pub fn segments<B: AsRef<[u8]> + ?Sized>(body: &B) -> Segments<'_> {
    Rules::Template.segments(body)
}

/// A key and its value, as slices of the body that you passed: neither decoded nor checked.
///
/// # Examples
///
/// ```
/// let pair = formevent::pairs("q=caf%C3%A9+noir").next().unwrap();
/// assert_eq!(pair.value, b"caf%C3%A9+noir");
/// assert_eq!(pair.decode_value(), "café noir");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Pair<'a> {
    /// The bytes before the first `=`.
    pub key: &'a [u8],
    /// The bytes after the first `=`, or nothing if there is no `=`.
    pub value: &'a [u8],
    /// The offset of the key in the body, in bytes.
    pub offset: usize,
}

impl<'a> Pair<'a> {
    /// Decodes the key. See [`decode`](crate::decode()), also for when it allocates.
    pub fn decode_key(&self) -> Cow<'a, str> {
        decode(self.key)
    }

    /// Decodes the value. See [`decode`](crate::decode()), also for when it allocates.
    pub fn decode_value(&self) -> Cow<'a, str> {
        decode(self.value)
    }
}

/// A segment that is not a pair, and why.
///
/// You can log its `Display` safely: it escapes control characters and cuts the text to 40 bytes.
///
/// # Examples
///
/// ```
/// let dropped = formevent::segments("a=1&=2").find_map(Result::err).unwrap();
/// assert_eq!(dropped.offset, 4);
/// assert_eq!(dropped.text, b"=2");
/// assert_eq!(dropped.reason.as_str(), "empty-key");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Dropped<'a> {
    /// The offset of the segment in the body, in bytes.
    pub offset: usize,
    /// The whole segment as it was sent.
    pub text: &'a [u8],
    /// Why it is not a pair.
    pub reason: DropReason,
}

/// Formats bytes as a byte string.
pub(crate) struct ByteString<'a>(pub(crate) &'a [u8]);

impl fmt::Debug for ByteString<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

impl fmt::Debug for Pair<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pair")
            .field("key", &ByteString(self.key))
            .field("value", &ByteString(self.value))
            .field("offset", &self.offset)
            .finish()
    }
}

impl fmt::Debug for Dropped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dropped")
            .field("offset", &self.offset)
            .field("text", &ByteString(self.text))
            .field("reason", &self.reason)
            .finish()
    }
}

impl fmt::Display for Dropped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (offset, reason) = (self.offset, self.reason.description());
        write!(f, "`{}` at byte offset {offset} is not a pair: {reason}", Escaped(self.text))
    }
}

impl core::error::Error for Dropped<'_> {}

/// Why [`Rules::Template`] drops a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DropReason {
    /// It has no `=`.
    NoEquals,
    /// It has two `=` or more, whether or not its key is empty.
    ManyEquals,
    /// It has one `=` and nothing before it.
    EmptyKey,
}

names!(DropReason {
    NoEquals => "no-equals",
    ManyEquals => "many-equals",
    EmptyKey => "empty-key",
});

impl DropReason {
    const fn description(self) -> &'static str {
        match self {
            DropReason::NoEquals => "it has no `=`",
            DropReason::ManyEquals => "it has more than one `=`",
            DropReason::EmptyKey => "it has nothing before the `=`",
        }
    }
}

/// The iterator that [`segments`] and [`Rules::segments`] return.
#[derive(Clone, Debug)]
pub struct Segments<'a> {
    body: &'a [u8],
    /// The offset of the next segment; the body's length, or one more, at the end.
    offset: usize,
    /// How much of the body was searched for structural characters.
    scanned: usize,
    /// The `&` and the `=` of the last block that are not read yet, as masks.
    masks: (u32, u32),
    rules: Rules,
}

impl<'a> Segments<'a> {
    /// Reads the next segment that is not empty.
    #[inline]
    fn read(&mut self) -> Option<UnclassifiedSegment<'a>> {
        while self.offset < self.body.len() {
            let offset = self.offset;
            let (mut equals, mut has_more) = (None, false);
            let end = loop {
                // The `=` of the block before its next `&`.
                let (ampersands, equals_here) = &mut self.masks;
                let before = *ampersands & ampersands.wrapping_neg();
                let found = *equals_here & before.wrapping_sub(1);
                if found != 0 {
                    has_more |= equals.is_some() || found & (found - 1) != 0;
                    equals =
                        equals.or(Some(self.scanned - BLOCK + found.trailing_zeros() as usize));
                    *equals_here ^= found;
                }
                if before != 0 {
                    *ampersands ^= before;
                    break self.scanned - BLOCK + before.trailing_zeros() as usize;
                }
                if self.scanned >= self.body.len() {
                    break self.body.len();
                }
                self.scan();
            };
            self.offset = end + 1;
            if end > offset {
                let text = self.body.get(offset..end).unwrap_or_default();
                let equals = equals.map(|at| at - offset);
                return Some(UnclassifiedSegment { text, offset, equals, has_more });
            }
        }
        None
    }

    /// Searches the next block that has structural characters, or the last one, for them.
    fn scan(&mut self) {
        let rest = self.body.get(self.scanned..).unwrap_or_default();
        let (blocks, _) = rest.as_chunks();
        self.masks = if !blocks.is_empty() {
            let (skipped, masks) = scan::baseline(Structural(blocks));
            self.scanned += skipped * BLOCK;
            masks
        } else if let Some(last) = self.body.last_chunk() {
            let (_, (ampersands, equals)) = scan::baseline(Structural(&[*last]));
            let known = BLOCK - rest.len();
            (ampersands >> known, equals >> known)
        } else {
            rest.iter().rev().fold((0, 0), |(ampersands, equals), &byte| {
                (ampersands << 1 | u32::from(byte == b'&'), equals << 1 | u32::from(byte == b'='))
            })
        };
        self.scanned += BLOCK;
    }
}

/// Finds the first of the blocks that has structural characters: how many come before it, and its `&` and its `=` as
/// masks. If none has any, that is the last one.
struct Structural<'b>(&'b [[u8; BLOCK]]);

impl WithScan for Structural<'_> {
    type Output = (usize, (u32, u32));

    #[expect(clippy::inline_always, reason = "SIMD is slow unless it is inlined")]
    #[inline(always)]
    fn with_scan<S: Scan>(self, scan: S) -> Self::Output {
        for (index, block) in self.0.iter().enumerate() {
            let masks = (scan.find(block, b'&'), scan.find(block, b'='));
            if masks != (0, 0) {
                return (index, masks);
            }
        }
        (self.0.len().saturating_sub(1), (0, 0))
    }
}

/// A segment, with the position of its first `=` and whether it has more of them.
struct UnclassifiedSegment<'a> {
    text: &'a [u8],
    offset: usize,
    equals: Option<usize>,
    has_more: bool,
}

impl<'a> UnclassifiedSegment<'a> {
    fn pair(&self, key_len: usize) -> Pair<'a> {
        let (key, value) = self.text.split_at_checked(key_len).unwrap_or_default();
        Pair { key, value: value.get(1..).unwrap_or(value), offset: self.offset }
    }

    fn by_template(&self) -> Result<Pair<'a>, Dropped<'a>> {
        let reason = match self.equals {
            None => DropReason::NoEquals,
            Some(_) if self.has_more => DropReason::ManyEquals,
            Some(0) => DropReason::EmptyKey,
            Some(key_len) => return Ok(self.pair(key_len)),
        };
        Err(Dropped { offset: self.offset, text: self.text, reason })
    }

    fn by_whatwg(&self) -> Pair<'a> {
        self.pair(self.equals.unwrap_or(self.text.len()))
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = Result<Pair<'a>, Dropped<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        let segment = self.read()?;
        Some(match self.rules {
            Rules::Template => segment.by_template(),
            Rules::Whatwg => Ok(segment.by_whatwg()),
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // Every segment has at least one byte, and all but the last an `&`.
        (0, Some(self.body.len().saturating_sub(self.offset).div_ceil(2)))
    }
}

impl FusedIterator for Segments<'_> {}

/// The iterator that [`pairs`] and [`Rules::pairs`] return.
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
