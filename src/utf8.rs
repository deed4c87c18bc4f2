//! Checking UTF-8, and replacing invalid bytes with U+FFFD as [`String::from_utf8_lossy`] does.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use crate::Error;
use crate::buffer::append;
use crate::names::names;

/// How to treat bytes that are not UTF-8.
///
/// # Examples
///
/// ```
/// use formevent::{Error, Input, Options, Utf8};
///
/// assert_eq!(Options::new().to_string(b"a=\xFF")?, "{\"a\":\"\u{FFFD}\"}");
/// assert_eq!(
///     Options::new().utf8(Utf8::Strict).to_string(b"a=\xFF"),
///     Err(Error::InvalidUtf8 { input: Input::Body, offset: 2 })
/// );
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Utf8 {
    /// Replace them with U+FFFD, as [`String::from_utf8_lossy`] does.
    #[default]
    Replace,
    /// Return [`Error::InvalidUtf8`]. Dropped segments are not checked.
    Strict,
}

names!(Utf8 {
    Replace => "replace",
    Strict => "strict",
});

/// How to treat bytes that are not UTF-8: as [`Utf8`] says, or not at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Invalid {
    #[default]
    Replaced,
    Refused,
    /// They may stay in the output, whose reader replaces them.
    Left,
}

/// Whether `bytes` are UTF-8.
pub(crate) fn is_utf8(bytes: &[u8]) -> bool {
    text(bytes).is_some()
}

/// `bytes`, if they are UTF-8.
pub(crate) fn text(bytes: &[u8]) -> Option<&str> {
    #[cfg(all(feature = "simd", not(target_family = "wasm")))]
    return simdutf8::basic::from_utf8(bytes).ok();
    #[cfg(not(all(feature = "simd", not(target_family = "wasm"))))]
    return core::str::from_utf8(bytes).ok();
}

/// `bytes` as text. Allocates only to replace invalid bytes.
pub(crate) fn lossy(bytes: Cow<'_, [u8]>) -> Result<Cow<'_, str>, Error> {
    let mut bytes = match bytes {
        Cow::Borrowed(bytes) => match core::str::from_utf8(bytes) {
            Ok(text) => return Ok(text.into()),
            Err(_) => copy(bytes)?,
        },
        Cow::Owned(bytes) => bytes,
    };
    replace_invalid(&mut bytes, 0)?;
    Ok(String::from_utf8(bytes).unwrap_or_default().into())
}

/// `text` as a `String`, with fallible allocation.
pub(crate) fn owned(text: Cow<'_, str>) -> Result<String, Error> {
    match text {
        Cow::Borrowed(text) => Ok(String::from_utf8(copy(text.as_bytes())?).unwrap_or_default()),
        Cow::Owned(text) => Ok(text),
    }
}

fn copy(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let mut copy = Vec::new();
    append(&mut copy, bytes)?;
    Ok(copy)
}

/// Replaces the invalid bytes of `out` from `begin` on, in place.
#[inline]
pub(crate) fn repair(out: &mut Vec<u8>, begin: usize) -> Result<(), Error> {
    // On wasm this check is the one that finds them, so a call of its own is only code.
    if cfg!(not(target_family = "wasm")) && out.get(begin..).is_some_and(is_utf8) {
        return Ok(());
    }
    replace_invalid(out, begin)
}

#[cold]
fn replace_invalid(out: &mut Vec<u8>, begin: usize) -> Result<(), Error> {
    let end = out.len();
    let (mut from, mut kept) = (begin, None);
    while let Some(Err(error)) = out.get(from..end).map(core::str::from_utf8) {
        let bad = from + error.valid_up_to();
        if kept.is_some() {
            append_within(out, from, bad)?;
        }
        kept = kept.or(Some(bad));
        from = error.error_len().map_or(end, |len| bad + len);
        // Bytes that cannot begin a character are each replaced, whatever follows them.
        let cannot_begin = |byte: &&u8| matches!(byte, 0x80..=0xC1 | 0xF5..);
        let more = out.iter().take(end).skip(from).take_while(cannot_begin).count();
        for _ in 0..=more {
            append(out, REPLACEMENT)?;
        }
        from += more;
    }
    if let Some(kept) = kept {
        append_within(out, from, end)?;
        if kept <= end && end <= out.len() {
            out.drain(kept..end);
        }
    }
    Ok(())
}

/// Appends a copy of the bytes from `begin` to `end`.
fn append_within(out: &mut Vec<u8>, begin: usize, end: usize) -> Result<(), Error> {
    if begin <= end && end <= out.len() {
        out.try_reserve(end - begin)?;
        out.extend_from_within(begin..end);
    }
    Ok(())
}

const REPLACEMENT: &[u8] = "\u{FFFD}".as_bytes();

/// Whether `label` is one of UTF-8, or of US-ASCII, which the Encoding Standard and IANA give.
#[cfg(any(feature = "http", feature = "multipart"))]
pub(crate) fn is_utf8_label(label: &[u8]) -> bool {
    const LABELS: [&str; 4] = ["utf-8", "utf8", "us-ascii", "ascii"];
    // The Encoding Standard looks a label up without the space around it.
    let label = label.trim_ascii();
    LABELS.iter().any(|own| label.eq_ignore_ascii_case(own.as_bytes()))
}
