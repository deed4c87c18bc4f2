//! Decoding: `+` and `%XX` back into bytes, bytes into text.

#![expect(clippy::inline_always, reason = "it is called for every few bytes")]

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use percent_encoding::percent_decode;

use crate::room::{append, push, remove};
use crate::{Error, Part, json};

/// The text that a raw key or value stands for: `+` is a space, `%XX` a byte, a `%` without two
/// hexadecimal digits stays as it is; bytes that are then not UTF-8 become U+FFFD as
/// [`String::from_utf8_lossy`] makes them.
///
/// These are the steps of the URL Standard's [parser]. Borrowed, without an allocation, where
/// there is nothing to decode or repair.
///
/// [parser]: https://url.spec.whatwg.org/#concept-urlencoded-parser
///
/// # Examples
///
/// ```
/// use formevent::decode;
/// use std::borrow::Cow;
///
/// assert_eq!(decode(b"caf%C3%A9+noir"), "café noir");
/// assert_eq!(decode(b"100%"), "100%");
/// assert_eq!(decode(b"%C3"), "\u{FFFD}");
/// assert!(matches!(decode(b"plain"), Cow::Borrowed("plain")));
/// ```
pub fn decode(raw: &[u8]) -> Cow<'_, str> {
    json::or_abort(decode_bytes(raw).and_then(repair))
}

/// `+` and `%XX` decoded, in one pass and with at most one allocation.
fn decode_bytes(raw: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
    let is_encoded = |(at, &byte)| byte == b'+' || byte == b'%' && escaped(raw, at).is_some();
    if !raw.iter().enumerate().any(is_encoded) {
        return Ok(raw.into());
    }
    let mut decoded = Vec::new();
    decoded.try_reserve_exact(raw.len())?;
    // A `+` is never part of a `%XX`, so the parts between them decode by themselves.
    for (index, part) in raw.split(|&byte| byte == b'+').enumerate() {
        if index > 0 {
            push(&mut decoded, b' ')?;
        }
        for byte in percent_decode(part) {
            push(&mut decoded, byte)?;
        }
    }
    Ok(decoded.into())
}

/// `bytes` as text, with U+FFFD for what is not UTF-8.
fn repair(bytes: Cow<'_, [u8]>) -> Result<Cow<'_, str>, Error> {
    let mut bytes = match bytes {
        Cow::Borrowed(bytes) => match core::str::from_utf8(bytes) {
            Ok(text) => return Ok(text.into()),
            Err(_) => copy(bytes)?,
        },
        Cow::Owned(bytes) => bytes,
    };
    repair_from(&mut bytes, 0)?;
    Ok(String::from_utf8(bytes).unwrap_or_default().into())
}

fn copy(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let mut copy = Vec::new();
    append(&mut copy, bytes)?;
    Ok(copy)
}

/// `bytes` as text, with U+FFFD for what is not UTF-8.
pub(crate) fn lossy(bytes: &[u8]) -> Result<Cow<'_, str>, Error> {
    repair(Cow::Borrowed(bytes))
}

/// `text` as the caller's own.
pub(crate) fn owned(text: Cow<'_, str>) -> Result<String, Error> {
    match text {
        Cow::Borrowed(text) => Ok(String::from_utf8(copy(text.as_bytes())?).unwrap_or_default()),
        Cow::Owned(text) => Ok(text),
    }
}

/// Whether `bytes` are UTF-8.
pub(crate) fn is_utf8(bytes: &[u8]) -> bool {
    #[cfg(all(feature = "simd", not(target_family = "wasm")))]
    return simdutf8::basic::from_utf8(bytes).is_ok();
    #[cfg(not(all(feature = "simd", not(target_family = "wasm"))))]
    return core::str::from_utf8(bytes).is_ok();
}

/// Makes `out` UTF-8 from `begin`, as [`String::from_utf8_lossy`] does, within `out`.
#[cold]
pub(crate) fn repair_from(out: &mut Vec<u8>, begin: usize) -> Result<(), Error> {
    let end = out.len();
    let (mut from, mut kept) = (begin, None);
    while let Some(Err(error)) = out.get(from..end).map(core::str::from_utf8) {
        let bad = from + error.valid_up_to();
        if kept.is_some() {
            append_within(out, from, bad)?;
        }
        kept = kept.or(Some(bad));
        from = error.error_len().map_or(end, |len| bad + len);
        // What begins nothing is passed over without a look at what follows.
        let nothing = |byte: &&u8| matches!(byte, 0x80..=0xC1 | 0xF5..);
        let more = out.iter().take(end).skip(from).take_while(nothing).count();
        for _ in 0..=more {
            append(out, REPLACEMENT)?;
        }
        from += more;
    }
    if let Some(kept) = kept {
        append_within(out, from, end)?;
        remove(out, kept, end);
    }
    Ok(())
}

/// Appends what is from `begin` to `end` once more.
fn append_within(out: &mut Vec<u8>, begin: usize, end: usize) -> Result<(), Error> {
    if begin <= end && end <= out.len() {
        out.try_reserve(end - begin)?;
        out.extend_from_within(begin..end);
    }
    Ok(())
}

/// U+FFFD.
const REPLACEMENT: &[u8] = "\u{FFFD}".as_bytes();

/// The byte that the `%` at `at` and what is behind it stand for, if they are a `%XX`.
#[inline(always)]
pub(crate) fn escaped(text: &[u8], at: usize) -> Option<u8> {
    let (high, low) = (*text.get(at + 1)?, *text.get(at + 2)?);
    let (high, low) = (VALUES[usize::from(high)], VALUES[usize::from(low)]);
    (high | low <= 0xF).then_some(high << 4 | low)
}

/// The value of a hexadecimal digit; 0xFF for other bytes.
const VALUES: [u8; 256] = {
    let mut values = [0xFF; 256];
    let mut value = 0;
    while value < 16 {
        values[b"0123456789abcdef"[value as usize] as usize] = value;
        values[b"0123456789ABCDEF"[value as usize] as usize] = value;
        value += 1;
    }
    values
};

/// How raw bytes become the text that is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Decoding {
    /// `+` and `%XX` are decoded.
    pub(crate) decode: bool,
    /// What is not UTF-8 is an error and not repaired.
    pub(crate) strict: bool,
}

impl Decoding {
    /// The text of `raw`, which begins at `offset` in the body.
    pub(crate) fn text(self, raw: &[u8], offset: usize) -> Result<Cow<'_, str>, Error> {
        let bytes = self.bytes(raw)?;
        if self.strict
            && let Err(error) = core::str::from_utf8(&bytes)
        {
            let valid = error.valid_up_to();
            let valid = if self.decode { raw_offset(raw, valid) } else { valid };
            let offset = offset.saturating_add(valid);
            return Err(Error::InvalidUtf8 { part: Part::Body, offset });
        }
        repair(bytes)
    }

    /// The text of `raw` where strictness has had its say already.
    pub(crate) fn repaired(self, raw: &[u8]) -> Result<Cow<'_, str>, Error> {
        repair(self.bytes(raw)?)
    }

    fn bytes(self, raw: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
        if self.decode { decode_bytes(raw) } else { Ok(raw.into()) }
    }
}

/// How many bytes at the end of `text` mean what is still to come: a `%XX` that has not ended, where
/// it is decoded, and a character in UTF-8 that has not.
pub(crate) fn unfinished(text: &[u8], decode: bool) -> usize {
    let is_digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_hexdigit);
    let mut end = text.len();
    if decode {
        end -= match *text {
            [.., b'%'] => 1,
            [.., b'%', digit] if digit.is_ascii_hexdigit() => 2,
            _ => 0,
        };
    }
    // The bytes of a character, from the last to the first.
    let (mut begin, mut character) = (end, [0; 3]);
    for first in (0..character.len()).rev() {
        let escape = begin.wrapping_sub(3);
        let is_escape = decode
            && text.get(escape) == Some(&b'%')
            && is_digit(escape.wrapping_add(1))
            && is_digit(escape.wrapping_add(2));
        begin = if is_escape { escape } else { begin.wrapping_sub(1) };
        character[first] = match text.get(begin) {
            Some(_) if is_escape => escaped(text, begin).unwrap_or_default(),
            Some(&byte) => byte,
            None => break,
        };
        match character[first] {
            0x80..=0xBF => {}
            0xC0.. => {
                let character = core::str::from_utf8(&character[first..]);
                let unfinished = character.is_err_and(|error| error.error_len().is_none());
                return text.len() - if unfinished { begin } else { end };
            }
            _ => break,
        }
    }
    text.len() - end
}

/// Where in `raw` the byte begins that is number `decoded` (from 0) once `raw` is decoded.
#[cold]
fn raw_offset(raw: &[u8], decoded: usize) -> usize {
    let mut offset = 0;
    for _ in 0..decoded {
        let escape = matches!(
            raw.get(offset..).unwrap_or_default(),
            [b'%', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit()
        );
        offset += if escape { 3 } else { 1 };
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoded_offset_leads_back_to_the_raw_byte() {
        let raw = b"+%41%4g%%42%C3%A9x%";
        assert_eq!(decode(raw), " A%4g%B\u{e9}x%");
        let starts = [0, 1, 4, 5, 6, 7, 8, 11, 14, 17, 18];
        for (decoded, start) in starts.into_iter().enumerate() {
            assert_eq!(raw_offset(raw, decoded), start);
        }
    }
}
