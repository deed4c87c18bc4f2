//! The verdict of the mapping template on a body, for those who move off it.

use core::fmt;

use crate::buffer::abort_on_oom;
use crate::keys::FewKeys;
use crate::scan::{self, BLOCK, Scan, WithScan};
use crate::{DropReason, Options, Pair, segments};

/// The result of the mapping template for a body, from [`verdict`]. If several apply, it is the first of
/// [`Fails`](Self::Fails), [`NotJson`](Self::NotJson), [`Differs`](Self::Differs),
/// [`Loses`](Self::Loses).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// Your function reads every field as it was sent.
    Same,
    /// The template throws, and the request is lost.
    Fails {
        /// The offset in the body of the first segment that is a lone `=`, in bytes.
        offset: usize,
    },
    /// The template's output is not JSON, and the request is lost.
    NotJson {
        /// The offset in the body of the first byte at fault: a control character, or a `\` that
        /// begins no JSON escape or escapes the closing quote.
        offset: usize,
    },
    /// The template's output is JSON, and your function reads other text than was sent.
    Differs {
        /// The offset in the body of the first `\` that is read as a JSON escape.
        offset: usize,
    },
    /// Your function does not get every field. Those that it gets are as they were sent.
    Loses {
        /// The offset in the body of the first segment that is lost, in bytes.
        offset: usize,
        /// Why the template drops the segment. `None` if it is a pair whose key comes again: JSON
        /// readers keep the last value of a key.
        reason: Option<DropReason>,
    },
}

impl Verdict {
    /// The verdict's name: `same`, `fails`, `not-json`, `differs` or `loses`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Verdict::Same => "same",
            Verdict::Fails { .. } => "fails",
            Verdict::NotJson { .. } => "not-json",
            Verdict::Differs { .. } => "differs",
            Verdict::Loses { .. } => "loses",
        }
    }

    /// The offset in the body that the verdict is about, in bytes. `None` for [`Same`](Self::Same).
    pub const fn offset(self) -> Option<usize> {
        match self {
            Verdict::Same => None,
            Verdict::Fails { offset }
            | Verdict::NotJson { offset }
            | Verdict::Differs { offset }
            | Verdict::Loses { offset, .. } => Some(offset),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, offset) = match *self {
            Verdict::Same => {
                return f.write_str("the template passes on every field as it was sent");
            }
            Verdict::Fails { offset } => ("the template fails on the lone `=`", offset),
            Verdict::NotJson { offset } => {
                ("the template writes invalid JSON for the byte", offset)
            }
            Verdict::Differs { offset } => ("JSON readers take the `\\` for an escape", offset),
            Verdict::Loses { offset, reason: Some(_) } => {
                ("the template drops the segment", offset)
            }
            Verdict::Loses { offset, reason: None } => {
                ("JSON readers keep only the last value of the key", offset)
            }
        };
        write!(f, "{text} at byte offset {offset}")
    }
}

/// Returns what the API Gateway mapping template for forms would have done to `body`.
///
/// The template keeps the pairs of [`Rules::Template`](crate::Rules::Template) and writes their keys
/// and values between quotes, undecoded. It escapes `"`, but neither `\` nor control characters. A
/// segment that is a lone `=` makes it throw.
///
/// Invalid UTF-8 counts as no difference: the template reads text, in which it is U+FFFD, and formevent
/// writes that too. An escape of half a surrogate pair, such as `\ud800`, is
/// [`Differs`](Verdict::Differs): the JSON grammar allows it, though some readers refuse it. API
/// Gateway's own quotas are not considered, such as 1,000 rounds of a `#foreach`.
///
/// Takes time in proportion to the body, unless a key repeats: then as [`Options::repeated_keys`].
/// Allocates nothing for up to 32 segments with keys that differ, else at most what that does; aborts on
/// out of memory, like `Vec`.
///
/// # Examples
///
/// ```
/// use formevent::DropReason;
/// use formevent::template::{Verdict, verdict};
///
/// assert_eq!(verdict("name=Ada&note=%22Hi%22"), Verdict::Same);
/// assert_eq!(verdict("a=1&="), Verdict::Fails { offset: 4 });
/// assert_eq!(verdict(r"path=C:\"), Verdict::NotJson { offset: 7 });
/// assert_eq!(verdict(r"path=C:\new"), Verdict::Differs { offset: 7 });
/// assert_eq!(verdict("a=1&b=2&a=3"), Verdict::Loses { offset: 0, reason: None });
/// let reason = Some(DropReason::ManyEquals);
/// assert_eq!(verdict("a=1&b=2=3"), Verdict::Loses { offset: 4, reason });
/// ```
pub fn verdict<B: AsRef<[u8]> + ?Sized>(body: &B) -> Verdict {
    of_body(body.as_ref())
}

// Not generic, so it is compiled once, in this crate.
fn of_body(body: &[u8]) -> Verdict {
    if scan::dispatch(IsPlain(body)) {
        return Verdict::Same;
    }
    let may_spoil = scan::dispatch(NeedsEscapes(body));
    let (mut dropped, mut spoilt) = (None, Verdict::Same);
    for segment in segments(body) {
        match segment {
            Err(segment) if segment.text == b"=" => {
                return Verdict::Fails { offset: segment.offset };
            }
            Err(segment) => {
                dropped.get_or_insert((segment.offset, Some(segment.reason)));
            }
            Ok(pair) if may_spoil => spoil(&mut spoilt, &pair),
            Ok(_) => {}
        }
    }
    if spoilt != Verdict::Same {
        return spoilt;
    }
    let repeated = abort_on_oom(Options::new().repeated_keys(body));
    let repeated = repeated.first().map(|key| (key.offset, None));
    match dropped.into_iter().chain(repeated).min_by_key(|(offset, _)| *offset) {
        Some((offset, reason)) => Verdict::Loses { offset, reason },
        None => Verdict::Same,
    }
}

/// Updates the verdict on the pairs before `pair`.
fn spoil(spoilt: &mut Verdict, pair: &Pair<'_>) {
    let value_offset = pair.offset.saturating_add(pair.key.len()).saturating_add(1);
    for (text, offset) in [(pair.key, pair.offset), (pair.value, value_offset)] {
        let read = read_back(text, offset);
        if matches!(
            (*spoilt, read),
            (Verdict::Same, _) | (Verdict::Differs { .. }, Verdict::NotJson { .. })
        ) {
            *spoilt = read;
        }
    }
}

/// Reads the string that the template writes for `text`: all of it as it is, but `\"` for `"`.
///
/// A string that ends too early or too late is never valid in the end. From there on, quotes that open
/// a string close one and the reverse, so the text of the body stands outside strings. It could turn
/// that round only with a quote, which the template would write with a `\`, and that is invalid outside
/// strings. And at the end of the object, the text after the last quote is not a string.
fn read_back(text: &[u8], offset: usize) -> Verdict {
    let mut verdict = Verdict::Same;
    let mut bytes = (offset..).zip(text);
    while let Some((offset, byte)) = bytes.next() {
        let mut next = || bytes.next().map(|(_, byte)| byte);
        let is_valid = match byte {
            b'\\' => {
                if verdict == Verdict::Same {
                    verdict = Verdict::Differs { offset };
                }
                match next() {
                    Some(b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => true,
                    Some(b'u') => (0..4).all(|_| next().is_some_and(u8::is_ascii_hexdigit)),
                    _ => false,
                }
            }
            byte => *byte >= 0x20,
        };
        if !is_valid {
            return Verdict::NotJson { offset };
        }
    }
    verdict
}

/// Whether the body is an ordinary one, which the template certainly passes on: ASCII that needs no
/// escapes, all of it pairs, and few, with keys that differ.
#[derive(Clone, Copy)]
struct IsPlain<'b>(&'b [u8]);

impl WithScan for IsPlain<'_> {
    type Output = bool;

    #[expect(clippy::inline_always, reason = "SIMD is slow unless it is inlined")]
    #[inline(always)]
    fn with_scan<S: Scan>(self, scan: S) -> bool {
        let mut pairs =
            PlainPairs { body: self.0, start: 0, in_value: false, keys: FewKeys::new() };
        let (blocks, tail) = self.0.as_chunks();
        for (index, block) in blocks.iter().enumerate() {
            if !pairs.read(scan, index * BLOCK, block) {
                return false;
            }
        }
        pairs.read(scan, self.0.len() - tail.len(), &padded(tail))
            && (pairs.in_value || self.0.is_empty())
    }
}

/// The pairs while they are read.
struct PlainPairs<'b> {
    body: &'b [u8],
    /// The offset of the pair.
    start: usize,
    /// Whether its `=` was read.
    in_value: bool,
    keys: FewKeys,
}

impl PlainPairs<'_> {
    /// Reads the block at `offset`. Returns `false` if there is something else than pairs, or a key
    /// that may have come before.
    #[expect(clippy::inline_always, reason = "SIMD is slow unless it is inlined")]
    #[inline(always)]
    fn read<S: Scan>(&mut self, scan: S, offset: usize, block: &[u8; BLOCK]) -> bool {
        if !scan.is_plain(block) {
            return false;
        }
        let (equals, ampersands) = (scan.find(block, b'='), scan.find(block, b'&'));
        let mut rest = equals | ampersands;
        while rest != 0 {
            let at = offset + rest.trailing_zeros() as usize;
            let is_equals = equals & rest & rest.wrapping_neg() != 0;
            if is_equals == self.in_value {
                return false;
            }
            if is_equals {
                let key = self.body.get(self.start..at).unwrap_or_default();
                if key.is_empty() || !self.keys.insert(key) {
                    return false;
                }
            } else {
                self.start = at + 1;
            }
            self.in_value = is_equals;
            rest &= rest - 1;
        }
        true
    }
}

/// Whether JSON escapes a byte of the body.
struct NeedsEscapes<'b>(&'b [u8]);

impl WithScan for NeedsEscapes<'_> {
    type Output = bool;

    #[expect(clippy::inline_always, reason = "SIMD is slow unless it is inlined")]
    #[inline(always)]
    fn with_scan<S: Scan>(self, scan: S) -> bool {
        let (blocks, tail) = self.0.as_chunks();
        blocks.iter().chain([&padded(tail)]).any(|block| scan.json_escaped(block) != 0)
    }
}

/// The end of a body as a block.
fn padded(tail: &[u8]) -> [u8; BLOCK] {
    let mut block = [b' '; BLOCK];
    for (to, byte) in block.iter_mut().zip(tail) {
        *to = *byte;
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::tests::on_every;

    #[test]
    fn ordinary_bodies_are_decided_in_one_pass() {
        let long = b"name=Ada+L.&email=ada%40example.com&message=&newsletter=yes&a-very-long-key=1";
        for (body, expected) in [
            (&b""[..], true),
            (b"a=", true),
            (long, true),
            (&long[..long.len() - 2], false),
            (b"a", false),
            (b"a=1&", false),
            (b"a=1&=", false),
            (b"a==", false),
            (b"a=1&b&c=", false),
            (b"a=1&a=2", false),
            (b"a=\"", false),
            (b"a=\xC3\xA9", false),
        ] {
            for ran in on_every(&IsPlain(body)) {
                assert_eq!(ran.output, expected, "{}: {}", ran.scanner, body.escape_ascii());
            }
        }
    }
}
