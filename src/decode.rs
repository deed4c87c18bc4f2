//! Decoding: `+` and `%XX` back into bytes, bytes into text.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use percent_encoding::percent_decode;

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
    repair(decode_bytes(raw))
}

/// `+` and `%XX` decoded, in one pass and with at most one allocation.
fn decode_bytes(raw: &[u8]) -> Cow<'_, [u8]> {
    if !raw.contains(&b'+') {
        return percent_decode(raw).into();
    }
    // A `+` is never part of a `%XX`, so the parts between them decode by themselves.
    let mut decoded = Vec::with_capacity(raw.len());
    for (index, part) in raw.split(|&byte| byte == b'+').enumerate() {
        if index > 0 {
            decoded.push(b' ');
        }
        decoded.extend(percent_decode(part));
    }
    decoded.into()
}

fn repair(bytes: Cow<'_, [u8]>) -> Cow<'_, str> {
    match bytes {
        Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
        Cow::Owned(bytes) => Cow::Owned(match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        }),
    }
}

/// How raw bytes become the text that is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Decoding {
    /// `+` and `%XX` are decoded.
    pub(crate) decode: bool,
    /// What is not UTF-8 is an error and not repaired.
    pub(crate) strict: bool,
}

impl Decoding {
    /// The text of `raw`, or where in `raw` the first bytes begin that are not UTF-8.
    pub(crate) fn text(self, raw: &[u8]) -> Result<Cow<'_, str>, usize> {
        let bytes = self.bytes(raw);
        if self.strict {
            if let Err(error) = core::str::from_utf8(&bytes) {
                let valid = error.valid_up_to();
                return Err(if self.decode { raw_offset(raw, valid) } else { valid });
            }
        }
        Ok(repair(bytes))
    }

    /// The text of `raw` where strictness has had its say already.
    pub(crate) fn repaired(self, raw: &[u8]) -> Cow<'_, str> {
        repair(self.bytes(raw))
    }

    fn bytes(self, raw: &[u8]) -> Cow<'_, [u8]> {
        if self.decode { decode_bytes(raw) } else { Cow::Borrowed(raw) }
    }
}

/// Where in `raw` the byte begins that is number `decoded` (from 0) once `raw` is decoded.
#[cold]
fn raw_offset(raw: &[u8], decoded: usize) -> usize {
    let mut offset = 0;
    for _ in 0..decoded {
        let escape = matches!(
            raw[offset..],
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
