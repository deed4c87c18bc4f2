//! Writing: JSON strings as `serde_json` writes them, into a caller's buffer, within a limit.

#![expect(clippy::inline_always, reason = "SIMD is slow unless it is inlined")]

use core::alloc::Layout;

use alloc::string::String;
use alloc::vec::Vec;

use crate::room::{self, Room};
use crate::scan::{self, BLOCK, Scan, Task};
use crate::{Error, decode};

/// Appends `text` to `out` as a JSON string, quotes included, escaped as `serde_json` does. Bytes
/// that are not UTF-8 become U+FFFD.
///
/// For what goes beside an event: a log line, an answer, what was dropped.
///
/// # Examples
///
/// ```
/// let mut line = b"{\"dropped\":".to_vec();
/// formevent::write_string(b"a=\"b\"=c", &mut line);
/// line.push(b'}');
/// assert_eq!(line, br#"{"dropped":"a=\"b\"=c"}"#);
/// ```
pub fn write_string(text: &[u8], out: &mut Vec<u8>) {
    or_abort(quote(out, text));
}

/// What cannot fail but for want of memory, where the caller takes no error: ends as the
/// collections of `alloc` do.
pub(crate) fn or_abort<T>(result: Result<T, Error>) -> T {
    result.unwrap_or_else(|_| alloc::alloc::handle_alloc_error(Layout::new::<u8>()))
}

/// Appends what `write` writes to `out`; on an error `out` is left as it was.
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

/// What [`append`] appended to an empty buffer, as text.
pub(crate) fn into_string(json: Vec<u8>) -> String {
    // All of it is UTF-8 already.
    String::from_utf8(json).unwrap_or_default()
}

/// The caller's buffer with the limit on what is appended.
pub(crate) struct Writer<'o> {
    pub(crate) out: &'o mut Vec<u8>,
    /// The length that `out` may reach: `max` more than it had.
    pub(crate) limit: usize,
    max: usize,
    /// Where in the body the pair begins that is being written, for the error.
    pub(crate) at: usize,
}

impl<'o> Writer<'o> {
    /// Writes to `out` up to its length `limit`, which is where `max` is passed.
    pub(crate) fn new(out: &'o mut Vec<u8>, limit: usize, max: usize) -> Self {
        Writer { out, limit, max, at: 0 }
    }

    /// Writes punctuation.
    pub(crate) fn raw(&mut self, json: &[u8]) -> Result<(), Error> {
        room::append(self.out, json)
    }

    /// Writes `text` as a JSON string, repaired where it is not UTF-8. Text that cannot fit is
    /// refused before it is written, so the buffer never grows to more than 6 times the limit
    /// (`\u00xx` for a byte).
    pub(crate) fn string(&mut self, text: &[u8]) -> Result<(), Error> {
        self.check(text.len())?;
        quote(self.out, text)?;
        self.check(0)
    }

    /// Writes a part of a JSON string, between its quotes.
    pub(crate) fn text(&mut self, text: &[u8]) -> Result<(), Error> {
        self.check(text.len())?;
        escape_text(self.out, text)?;
        self.check(0)
    }

    /// Writes `"name":"value"`.
    pub(crate) fn member(&mut self, name: &[u8], value: &[u8]) -> Result<(), Error> {
        self.check(name.len() + value.len())?;
        // Most are short: one room for all of it.
        if name.len() + value.len() <= PIECE {
            let begin = self.out.len();
            let ascii = room::fill(self.out, |room| scan::baseline(Member { room, name, value }));
            if ascii == Some(true) {
                return self.check(0);
            }
            self.out.truncate(begin);
        }
        self.string(name)?;
        self.raw(b":")?;
        self.string(value)
    }

    pub(crate) fn check(&self, more: usize) -> Result<(), Error> {
        if self.out.len().saturating_add(more) > self.limit {
            return Err(Error::TooMuchOutput { max: self.max, offset: self.at });
        }
        Ok(())
    }
}

/// What stands for `byte` within a JSON string: the first bytes of eight, and how many these are.
#[inline(always)]
pub(crate) fn escape(byte: u8) -> ([u8; 8], usize) {
    let escaped = ESCAPED.get(usize::from(byte)).copied().unwrap_or(1 << 56 | u64::from(byte));
    (escaped.to_le_bytes(), (escaped >> 56) as usize)
}

/// The bytes that stand for each byte up to the last that is escaped, and how many these are in the
/// last of the eight.
static ESCAPED: [u64; b'\\' as usize + 1] = {
    let mut escaped = [0; b'\\' as usize + 1];
    let mut byte = 0;
    while byte <= b'\\' {
        let digits = b"0123456789abcdef";
        let letter = match byte {
            0x08 => b'b',
            b'\t' => b't',
            b'\n' => b'n',
            0x0C => b'f',
            b'\r' => b'r',
            b'"' | b'\\' => byte,
            _ => 0,
        };
        escaped[byte as usize] = u64::from_le_bytes(if letter != 0 {
            [b'\\', letter, 0, 0, 0, 0, 0, 2]
        } else if byte < 0x20 {
            let (high, low) = (digits[byte as usize >> 4], digits[byte as usize & 15]);
            [b'\\', b'u', b'0', b'0', high, low, 0, 6]
        } else {
            [byte, 0, 0, 0, 0, 0, 0, 1]
        });
        byte += 1;
    }
    escaped
};

/// Appends `text` as a JSON string, repaired where it is not UTF-8.
fn quote(out: &mut Vec<u8>, text: &[u8]) -> Result<(), Error> {
    room::push(out, b'"')?;
    escape_text(out, text)?;
    room::push(out, b'"')
}

/// Appends `text` as it stands within a JSON string, repaired where it is not UTF-8.
fn escape_text(out: &mut Vec<u8>, text: &[u8]) -> Result<(), Error> {
    let begin = out.len();
    let mut ascii = true;
    for text in text.chunks(PIECE) {
        let piece = room::fill(out, |room| scan::baseline(Text { room, text }));
        ascii &= piece.ok_or(Error::OutOfMemory)?;
    }
    if !ascii && !decode::is_utf8(text) {
        decode::repair_from(out, begin)?;
    }
    Ok(())
}

/// How much text fits into a room however it is escaped.
const PIECE: usize = 256;

/// Puts `"name":"value"`, at most [`PIECE`] bytes of them, into the room; whether all is ASCII.
struct Member<'w, 'r, 't> {
    room: &'w mut Room<'r>,
    name: &'t [u8],
    value: &'t [u8],
}

impl Task for Member<'_, '_, '_> {
    type Output = bool;

    #[inline(always)]
    fn run<S: Scan>(self, scan: S) -> bool {
        let Member { room, name, value } = self;
        room.put(b"\"", 1);
        let name = Text { room, text: name }.run(scan);
        room.put(b"\":\"\0", 3);
        let value = Text { room, text: value }.run(scan);
        room.put(b"\"", 1);
        name & value
    }
}

/// Puts `text`, at most [`PIECE`] bytes, into the room as it stands within a JSON string; whether it
/// is ASCII.
struct Text<'w, 'r, 't> {
    room: &'w mut Room<'r>,
    text: &'t [u8],
}

impl Task for Text<'_, '_, '_> {
    type Output = bool;

    #[inline(always)]
    fn run<S: Scan>(self, scan: S) -> bool {
        let Text { room, text } = self;
        let begin = room.len();
        if put_plain(scan, room, text) {
            return true;
        }
        room.take_back(begin);
        put_escaped(scan, room, text);
        text.is_ascii()
    }
}

/// Puts `text` as it is; whether that was right, since it is ASCII and nothing in it is escaped.
#[cfg_attr(not(target_family = "wasm"), inline(always))]
fn put_plain<S: Scan>(scan: S, room: &mut Room<'_>, text: &[u8]) -> bool {
    // Text of no whole number of blocks is covered by two that overlap.
    if let Some(first) = text.first_chunk() {
        let partial = text.len() % BLOCK;
        let mut plain = scan.is_plain(first);
        room.put(first, partial);
        for block in text[partial..].as_chunks().0 {
            plain &= scan.is_plain(block);
            room.put(block, BLOCK);
        }
        return plain;
    }
    let mut block = [b' '; BLOCK];
    let put = put_halves::<16>(room, text, &mut block)
        || put_halves::<8>(room, text, &mut block)
        || put_halves::<4>(room, text, &mut block);
    if !put && let [Some(&first), Some(&last)] = [text.first(), text.last()] {
        let bytes = [first, text[text.len() / 2], last];
        block[..3].copy_from_slice(&bytes);
        room.put(&bytes, text.len());
    }
    scan.is_plain(&block)
}

/// Puts `text`, if it has `N` to twice as many bytes, into the room, and all of it into `block`.
#[inline(always)]
fn put_halves<const N: usize>(room: &mut Room<'_>, text: &[u8], block: &mut [u8; BLOCK]) -> bool {
    let [Some(first), Some(last)] = [text.first_chunk::<N>(), text.last_chunk()] else {
        return false;
    };
    block[..N].copy_from_slice(first);
    block[N..2 * N].copy_from_slice(last);
    room.put(first, text.len() - N);
    room.put(last, N);
    true
}

/// Puts `text` with what is escaped in it.
fn put_escaped<S: Scan>(scan: S, room: &mut Room<'_>, text: &[u8]) {
    let mut padded = [b' '; PIECE + 2 * BLOCK];
    for (padded, byte) in padded.iter_mut().zip(text) {
        *padded = *byte;
    }
    let block_at = |at: usize| -> &[u8; BLOCK] {
        padded.get(at..).and_then(<[u8]>::first_chunk).unwrap_or(&[b' '; BLOCK])
    };
    let mut from = 0;
    for begin in (0..text.len()).step_by(BLOCK) {
        let mut escaped = scan.escaped(block_at(begin));
        while escaped != 0 {
            let at = begin + escaped.trailing_zeros() as usize;
            room.put(block_at(from), at - from);
            let (bytes, len) = escape(text.get(at).copied().unwrap_or_default());
            room.put(&bytes, len);
            from = at + 1;
            escaped &= escaped - 1;
        }
        let end = text.len().min(begin + BLOCK);
        room.put(block_at(from), end - from);
        from = end;
    }
}
