//! Writing JSON strings, escaped as `serde_json` does, into a caller's buffer and within a limit.

#![expect(clippy::inline_always, reason = "SIMD is slow unless it is inlined")]

use alloc::string::String;
use alloc::vec::Vec;

use crate::Error;
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
use crate::blocks;
#[cfg(not(target_family = "wasm"))]
use crate::buffer::SPARE_LEN;
use crate::buffer::{self, Spare, abort_on_oom};
use crate::escape::escape;
use crate::name_values::NameValue;
use crate::scan::{self, BLOCK, Scan, WithScan};
use crate::utf8::{lossy, owned, repair};

/// Appends `text` to `out` as a JSON string with its quotes, escaped as `serde_json` does. Replaces
/// invalid UTF-8 with U+FFFD.
///
/// Use it for JSON that you write beside an event: a log line, a response, a dropped segment.
///
/// # Examples
///
/// ```
/// let mut line = b"dropped ".to_vec();
/// formevent::append_json_string("a=\"b\"=c", &mut line);
/// assert_eq!(line, br#"dropped "a=\"b\"=c""#);
/// ```
pub fn append_json_string<T: AsRef<[u8]> + ?Sized>(text: &T, out: &mut Vec<u8>) {
    abort_on_oom(append_string(out, text.as_ref()));
}

/// Appends to `out` within a limit of `max` bytes. Restores `out` on an error.
#[inline]
pub(crate) fn append(
    out: &mut Vec<u8>,
    max: usize,
    write: impl FnOnce(&mut Writer<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let start = out.len();
    let mut writer = Writer::new(out, start.saturating_add(max), max);
    let result = write(&mut writer).and_then(|()| writer.check(0));
    if result.is_err() {
        out.truncate(start);
    }
    result
}

pub(crate) fn to_string(
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), Error>,
) -> Result<String, Error> {
    let mut json = Vec::new();
    write(&mut json)?;
    match String::from_utf8(json) {
        Ok(json) => Ok(json),
        // Only if the options leave it to this.
        Err(error) => owned(lossy(error.into_bytes().into())?),
    }
}

/// A caller's buffer, and how long it may get.
pub(crate) struct Writer<'o> {
    pub(crate) out: &'o mut Vec<u8>,
    /// The length that `out` may reach.
    pub(crate) limit: usize,
    max: usize,
    /// The offset in the body that an error reports.
    pub(crate) offset: usize,
}

impl<'o> Writer<'o> {
    /// Appends to `out` up to the length `limit`, at which `max` is reached.
    pub(crate) fn new(out: &'o mut Vec<u8>, limit: usize, max: usize) -> Self {
        Writer { out, limit, max, offset: 0 }
    }

    pub(crate) fn raw(&mut self, json: &[u8]) -> Result<(), Error> {
        buffer::append(self.out, json)
    }

    /// Writes `text` as a JSON string. Refuses text that cannot fit before it writes it, so the
    /// buffer never grows beyond 6 times the limit (`\u00XX`), 12 if invalid UTF-8 is replaced.
    pub(crate) fn string(&mut self, text: &[u8]) -> Result<(), Error> {
        self.check(text.len())?;
        append_string(self.out, text)?;
        self.check(0)
    }

    /// Writes the first `len` bytes of `json`, then `text` as a JSON string. Faster if `json` goes on.
    pub(crate) fn string_after(
        &mut self,
        json: &[u8],
        len: usize,
        text: &[u8],
    ) -> Result<(), Error> {
        let is_short = len.saturating_add(text.len()) <= PIECE;
        let write = |spare: &mut Spare<'_>| scan::dispatch(After { spare, json, len, text });
        // On wasm it costs more bytes than it is worth.
        if cfg!(not(target_family = "wasm")) && self.short(text.len(), is_short, write)? {
            return Ok(());
        }
        self.raw(json.get(..len).unwrap_or_default())?;
        self.string(text)
    }

    /// Writes those of `members` that are easy to write, the first after `open`, the others after a comma.
    /// Returns the next that is not, for [`member`](Self::member).
    #[inline(always)]
    pub(crate) fn next_member<'t>(
        &mut self,
        open: &mut u8,
        members: &mut impl Iterator<Item = Result<NameValue<'t>, Error>>,
    ) -> Result<Option<NameValue<'t>>, Error> {
        // On wasm dispatch costs nothing, and this more bytes than it is worth.
        #[cfg(target_family = "wasm")]
        let (next, _) = (members.next(), open);
        #[cfg(not(target_family = "wasm"))]
        let next = scan::dispatch(Members { out: self, open, left: members })?;
        next.transpose()
    }

    /// Writes `"name":"value"` after `open`, which is `{` or a comma.
    pub(crate) fn member(&mut self, open: u8, name: &[u8], value: &[u8]) -> Result<(), Error> {
        let len = name.len().saturating_add(value.len());
        if self
            .short(len, len <= PIECE, |spare| scan::baseline(Member { spare, open, name, value }))?
        {
            return Ok(());
        }
        self.raw(&[open])?;
        self.string(name)?;
        self.raw(b":")?;
        self.string(value)
    }

    /// Lets `write` write text of `len` bytes, if it is short enough to reserve once for all of it.
    /// Returns whether that was right: it was short, and ASCII, as most text is.
    #[inline(always)]
    fn short(
        &mut self,
        len: usize,
        is_short: bool,
        write: impl FnOnce(&mut Spare<'_>) -> bool,
    ) -> Result<bool, Error> {
        self.check(len)?;
        if !is_short {
            return Ok(false);
        }
        let begin = self.out.len();
        if buffer::with_spare(self.out, write) != Some(true) {
            self.out.truncate(begin);
            return Ok(false);
        }
        self.check(0)?;
        Ok(true)
    }

    /// Fails if `additional` bytes exceed the limit.
    pub(crate) fn check(&self, additional: usize) -> Result<(), Error> {
        if self.out.len().saturating_add(additional) > self.limit {
            return Err(Error::TooMuchOutput { max: self.max, offset: self.offset });
        }
        Ok(())
    }
}

/// Whether `json` is the content of the JSON string for `text`.
pub(crate) fn is_escaped(json: &[u8], text: &[u8]) -> bool {
    let escaped = text.iter().flat_map(|&byte| {
        let (bytes, len) = escape(byte);
        bytes.into_iter().take(len)
    });
    escaped.eq(json.iter().copied())
}

/// Appends `text` as a JSON string, with invalid UTF-8 replaced.
fn append_string(out: &mut Vec<u8>, text: &[u8]) -> Result<(), Error> {
    buffer::push(out, b'"')?;
    let begin = out.len();
    let mut ascii = true;
    for text in text.chunks(PIECE) {
        let write = |spare: &mut Spare<'_>| scan::baseline(Text { spare, text });
        let piece = buffer::with_spare(out, write);
        ascii &= piece.ok_or(Error::OutOfMemory)?;
    }
    if !ascii {
        repair(out, begin)?;
    }
    buffer::push(out, b'"')
}

/// The length of text that fits into a [`Spare`] however much of it is escaped.
const PIECE: usize = 256;

/// Writes `{"name":"value"`, the strings together at most [`PIECE`] bytes. Returns whether it wrote all
/// of them; it does if they are ASCII.
struct Member<'w, 'r, 't> {
    spare: &'w mut Spare<'r>,
    open: u8,
    name: &'t [u8],
    value: &'t [u8],
}

impl WithScan for Member<'_, '_, '_> {
    type Output = bool;

    #[inline(always)]
    fn with_scan<S: Scan>(self, scan: S) -> bool {
        let Member { spare, open, name, value } = self;
        spare.copy(&[open, b'"'], 2);
        let name = Text { spare, text: name }.with_scan(scan);
        spare.copy(b"\":\"\0", 3);
        let value = Text { spare, text: value }.with_scan(scan);
        spare.copy(b"\"", 1);
        name & value
    }
}

/// Writes as many members as it can with one scanner. Returns the first that is left: it is long, not
/// ASCII, or exceeds the limit.
#[cfg(not(target_family = "wasm"))]
struct Members<'w, 'o, I> {
    out: &'w mut Writer<'o>,
    open: &'w mut u8,
    left: &'w mut I,
}

#[cfg(not(target_family = "wasm"))]
impl<'t, I: Iterator<Item = Result<NameValue<'t>, Error>>> WithScan for Members<'_, '_, I> {
    type Output = Result<Option<I::Item>, Error>;

    #[inline(always)]
    fn with_scan<S: Scan>(self, scan: S) -> Self::Output {
        let Members { out, open, left } = self;
        let mut next = left.next();
        loop {
            let limit = out.limit.saturating_sub(out.out.len());
            let is_hard = buffer::with_spare(
                out.out,
                #[inline(always)]
                |spare: &mut Spare<'_>| {
                    while let Some(Ok((name, value))) = next {
                        let len = name.len().saturating_add(value.len());
                        if len > PIECE {
                            return true;
                        }
                        // As many bytes as the spare capacity has for a piece.
                        if spare.room() < SPARE_LEN - 6 * (PIECE - len) {
                            return false;
                        }
                        let begin = spare.len();
                        let is_written = Member { spare, open: *open, name, value }.with_scan(scan);
                        if !is_written || spare.len() > limit {
                            spare.truncate(begin);
                            return true;
                        }
                        *open = b',';
                        next = left.next();
                    }
                    true
                },
            );
            if is_hard.ok_or(Error::OutOfMemory)? {
                return Ok(next);
            }
        }
    }
}

/// Writes the first `len` bytes of `json` and the string `text`, together at most [`PIECE`] bytes.
/// Returns whether `json` went on long enough to copy blocks, and it wrote all of `text`, as it does if
/// that is ASCII.
struct After<'w, 'r, 't> {
    spare: &'w mut Spare<'r>,
    json: &'t [u8],
    len: usize,
    text: &'t [u8],
}

impl WithScan for After<'_, '_, '_> {
    type Output = bool;

    #[inline(always)]
    fn with_scan<S: Scan>(self, scan: S) -> bool {
        let After { spare, mut json, mut len, text } = self;
        while let Some((block, rest)) = json.split_first_chunk::<16>() {
            spare.copy(block, len.min(16));
            json = rest;
            len = len.saturating_sub(16);
            if len == 0 {
                spare.copy(b"\"", 1);
                let is_written = Text { spare, text }.with_scan(scan);
                spare.copy(b"\"", 1);
                return is_written;
            }
        }
        false
    }
}

/// Escapes `text`, at most [`PIECE`] bytes. Returns whether it is ASCII; with AVX-512 whether it wrote all
/// of it, which it may not even if it is ASCII.
struct Text<'w, 'r, 't> {
    spare: &'w mut Spare<'r>,
    text: &'t [u8],
}

impl WithScan for Text<'_, '_, '_> {
    type Output = bool;

    #[inline(always)]
    fn with_scan<S: Scan>(self, scan: S) -> bool {
        let Text { spare, text } = self;
        #[cfg(all(feature = "simd", target_arch = "x86_64"))]
        if let Some(avx512) = scan.avx512() {
            return blocks::write_ascii(avx512, spare, text).is_some();
        }
        let begin = spare.len();
        if copy_plain(scan, spare, text) {
            return true;
        }
        spare.truncate(begin);
        #[cfg(all(feature = "simd", target_arch = "x86_64"))]
        if let Some(avx2) = scan.avx2() {
            if blocks::write_ascii(avx2, spare, text).is_some() {
                return true;
            }
            spare.truncate(begin);
        }
        copy_escaped(scan, spare, text);
        text.is_ascii()
    }
}

/// Copies `text`. Returns whether that was right: it is ASCII and JSON escapes none of it.
#[cfg_attr(not(target_family = "wasm"), inline(always))]
fn copy_plain<S: Scan>(scan: S, spare: &mut Spare<'_>, text: &[u8]) -> bool {
    // The first two blocks overlap unless the length is a multiple of a block.
    if let Some(first) = text.first_chunk() {
        let partial = text.len() % BLOCK;
        let mut plain = scan.is_plain(first);
        spare.copy(first, partial);
        for block in text[partial..].as_chunks().0 {
            plain &= scan.is_plain(block);
            spare.copy(block, BLOCK);
        }
        return plain;
    }
    let mut block = [b' '; BLOCK];
    let copied = copy_halves::<16>(spare, text, &mut block)
        || copy_halves::<8>(spare, text, &mut block)
        || copy_halves::<4>(spare, text, &mut block);
    if !copied && let [Some(&first), Some(&last)] = [text.first(), text.last()] {
        let bytes = [first, text[text.len() / 2], last];
        block[..3].copy_from_slice(&bytes);
        spare.copy(&bytes, text.len());
    }
    scan.is_plain(&block)
}

/// Copies `text`, if it has `N` to `2 * N` bytes, to `spare` and to `block`.
#[inline(always)]
fn copy_halves<const N: usize>(
    spare: &mut Spare<'_>,
    text: &[u8],
    block: &mut [u8; BLOCK],
) -> bool {
    let [Some(first), Some(last)] = [text.first_chunk::<N>(), text.last_chunk()] else {
        return false;
    };
    block[..N].copy_from_slice(first);
    block[N..2 * N].copy_from_slice(last);
    spare.copy(first, text.len() - N);
    spare.copy(last, N);
    true
}

/// Escapes `text`, at most [`PIECE`] bytes.
fn copy_escaped<S: Scan>(scan: S, spare: &mut Spare<'_>, text: &[u8]) {
    let mut padded = [b' '; PIECE + 2 * BLOCK];
    for (padded, byte) in padded.iter_mut().zip(text) {
        *padded = *byte;
    }
    let block_at = |at: usize| -> &[u8; BLOCK] {
        padded.get(at..).and_then(<[u8]>::first_chunk).unwrap_or(&[b' '; BLOCK])
    };
    let mut from = 0;
    for begin in (0..text.len()).step_by(BLOCK) {
        let mut escaped = scan.json_escaped(block_at(begin));
        while escaped != 0 {
            let at = begin + escaped.trailing_zeros() as usize;
            spare.copy(block_at(from), at - from);
            let (bytes, len) = escape(text.get(at).copied().unwrap_or_default());
            spare.copy(&bytes, len);
            from = at + 1;
            escaped &= escaped - 1;
        }
        let end = text.len().min(begin + BLOCK);
        spare.copy(block_at(from), end - from);
        from = end;
    }
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    use alloc::string::String;
    use alloc::vec;
    use alloc::vec::Vec;

    use super::Writer;
    use crate::Error;
    use crate::buffer::SPARE_LEN;
    use crate::name_values::NameValue;

    /// Writes `members` up to the length `max`. Returns how many of them were not easy.
    fn write(out: &mut Vec<u8>, max: usize, members: &[NameValue<'_>]) -> Result<usize, Error> {
        let mut out = Writer::new(out, max, max);
        let mut members = members.iter().map(|&member| Ok(member));
        let (mut open, mut hard) = (b'{', 0);
        while let Some((name, value)) = out.next_member(&mut open, &mut members)? {
            out.member(open, name, value)?;
            open = b',';
            hard += 1;
        }
        Ok(hard)
    }

    fn expected(members: &[NameValue<'_>]) -> String {
        let string = |text: &[u8]| serde_json::to_string(&String::from_utf8_lossy(text)).unwrap();
        let member = |&(name, value): &NameValue<'_>| [string(name), string(value)].join(":");
        ["{", &members.iter().map(member).collect::<Vec<_>>().join(",")].concat()
    }

    #[test]
    fn members_with_every_byte() {
        for len in [1, 2, 30, 62, 63, 64, 126, 127, 200] {
            for byte in 0..=0xFF {
                for at in [0, len / 2, len - 1] {
                    let mut text = vec![b'x'; len];
                    text[at] = byte;
                    let members = [(&text[..], &b""[..]), (b"k", &text), (b"", b"\"")];
                    let mut out = Vec::with_capacity(3 * SPARE_LEN);
                    let hard = write(&mut out, usize::MAX, &members).unwrap();
                    assert_eq!(String::from_utf8(out).unwrap(), expected(&members));
                    if matches!(byte, 0x20..0x80 | 8 | b'\t' | b'\n' | 0x0C | b'\r') {
                        assert_eq!(hard, 0, "{byte:#x}");
                    }
                }
            }
        }
    }

    #[test]
    fn members_that_are_long_or_many() {
        for (len, is_hard) in [(255, false), (256, true), (2_000, true)] {
            for byte in *b"x\"\x01" {
                let text = vec![byte; len];
                for many in [1, 2, 40] {
                    let members = vec![(&b"k"[..], &text[..]); many];
                    let mut out = Vec::new();
                    let hard = write(&mut out, usize::MAX, &members).unwrap();
                    assert_eq!(String::from_utf8(out).unwrap(), expected(&members));
                    assert!(!is_hard || hard == many);
                }
            }
        }
    }

    #[test]
    fn members_that_fill_the_spare_capacity() {
        for byte in *b"x\"\x01" {
            for (plain, len) in (0..30).flat_map(|plain| [1, 20, 100, 250].map(|len| (plain, len)))
            {
                let text = vec![byte; len];
                let mut members = vec![(&b"name"[..], &[b'x'; 60][..]); plain];
                members.push((b"k", &text));
                members.push((&text, b"v"));
                let mut out = Vec::new();
                write(&mut out, usize::MAX, &members).unwrap();
                assert_eq!(String::from_utf8(out).unwrap(), expected(&members));
            }
        }
    }

    #[test]
    fn members_within_a_limit() {
        let members = [(&b"name"[..], &b"\"value\""[..]), (b"k", b"v"), (b"", b"\n")];
        let len = expected(&members).len();
        for max in 0..len + 2 {
            let written = write(&mut Vec::new(), max, &members);
            assert_eq!(written.is_ok(), max >= len, "{max}");
        }
    }
}
